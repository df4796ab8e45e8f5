#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rowhouse::registry {

// A schema that another one uses by name: which version of which subject defines it.
struct Reference {
  std::string name;
  std::string subject;
  int32_t version = 0;

  friend auto operator<=>(const Reference&, const Reference&) = default;
};

// What an id stands for: a canonical schema text and where its outside names come from.
// `type` is empty for Avro; others are only kept and shown, so that a topic that
// has them can be taken over.
struct SchemaText {
  std::string text;
  std::vector<Reference> references;
  std::string type = {};

  friend auto operator<=>(const SchemaText&, const SchemaText&) = default;
};

// One version of a subject.
struct SubjectVersion {
  std::string subject;
  int32_t version = 0;
  int32_t id = 0;
  SchemaText schema;
  bool deleted = false;  // softly: hidden, but its id still answers
};

// Which versions a look-up sees.
enum class Deleted { kHide, kInclude, kOnly };

// Everything the `_schemas` topic says, as of the last record applied.
//
// The topic is a change log with one key per thing: a subject's version, a
// compatibility level, a mode. Applying all its records in order, compacted or not,
// gives the same set; so the topic is the only store.
//
// Threads:   one owner.
// Invariant: an id never changes what it stands for: a record that says otherwise is refused.
class SchemaSet {
 public:
  // Takes one record. kBadRecord: it is not understood or contradicts the set, which
  // stays as it was; the caller logs it and goes on.
  Status Apply(std::string_view key, std::optional<std::string_view> value);

  // Null where there is none. Version -1: the latest that is not deleted.
  const SubjectVersion* Find(const std::string& subject, int32_t version, Deleted deleted) const;

  // Ascending.
  std::vector<const SubjectVersion*> Versions(const std::string& subject, Deleted deleted) const;

  // Sorted names. kOnly: those with no version left that is not deleted.
  std::vector<std::string> Subjects(std::string_view prefix, Deleted deleted) const;

  const SchemaText* ById(int32_t id) const;
  std::optional<int32_t> IdOf(const SchemaText& schema) const;
  std::vector<const SubjectVersion*> UsesOf(int32_t id, Deleted deleted) const;

  // Ids of the schemas that refer to this version.
  std::vector<int32_t> ReferencedBy(const std::string& subject, int32_t version) const;

  // Of the subject itself (empty name: of all); nullopt where it is not set.
  std::optional<std::string> Level(const std::string& subject) const;
  std::optional<std::string> Mode(const std::string& subject) const;

  // The highest id ever seen; 0 if none.
  int32_t max_id() const { return max_id_; }

 private:
  using VersionMap = std::map<int32_t, SubjectVersion>;

  Status ApplySchema(SubjectVersion version);
  void EraseVersion(const std::string& subject, int32_t version);
  void DeleteUpTo(const std::string& subject, int32_t last);
  void ClearDeleted(const std::string& subject);

  std::map<std::string, VersionMap> subjects_;
  std::map<int32_t, SchemaText> by_id_;
  std::map<SchemaText, int32_t> ids_;
  std::map<int32_t, std::set<std::pair<std::string, int32_t>>> uses_;
  std::map<std::string, std::string> levels_;
  std::map<std::string, std::string> modes_;
  int32_t max_id_ = 0;
};

// The records of the topic, byte for byte as Confluent's registry writes them.
std::string SchemaKey(const std::string& subject, int32_t version);
std::string SchemaValue(const SubjectVersion& version);
std::string LevelKey(const std::string& subject);  // empty: of all subjects
std::string LevelValue(const std::string& subject, const std::string& level);
std::string ModeKey(const std::string& subject);
std::string ModeValue(const std::string& subject, const std::string& mode);
std::string DeleteSubjectKey(const std::string& subject);
std::string DeleteSubjectValue(const std::string& subject, int32_t up_to_version);

}  // namespace rowhouse::registry
