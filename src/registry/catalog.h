#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "registry/client.h"
#include "registry/schema_set.h"

namespace rowhouse::registry {

// One version of a subject, as a registry tells of it.
struct CatalogVersion {
  std::string subject;
  int32_t version = 0;
  int32_t id = 0;
  SchemaText schema;
};

// Whether a schema may become a subject's next version, and why not.
struct Compatibility {
  bool compatible = true;
  std::vector<std::string> messages;
};

// What there is in any registry with Confluent's REST API, for those who look around in it;
// nothing is remembered.
//
// Threads:  any.
// Blocking: one request each.
// Errors:   as Client. kUnavailable also where the answer is none of a registry.
class Catalog {
 public:
  explicit Catalog(std::shared_ptr<Client> client) : client_(std::move(client)) {}

  // Sorted by name.
  Result<std::vector<std::string>> Subjects();

  // In order; kNotFound without the subject.
  Result<std::vector<int32_t>> Versions(const std::string& subject);

  // `version` 0: the newest.
  Result<CatalogVersion> Version(const std::string& subject, int32_t version);

  Result<SchemaText> ById(int32_t id);

  // Subjects and versions that have this schema; empty where the registry is too old to say.
  Result<std::vector<std::pair<std::string, int32_t>>> UsesOf(int32_t id);

  // The level that holds for the subject, its own or the registry's.
  Result<std::string> Level(const std::string& subject);

  // A subject without versions takes any schema.
  Result<Compatibility> Check(const std::string& subject, const SchemaText& schema);

  // Gives the schema's id.
  Result<int32_t> Register(const std::string& subject, const SchemaText& schema);

  Status SetLevel(const std::string& subject, const std::string& level);

  // Takes a version away, or with 0 all of them: messages that carry the ids can still be read.
  // For good only where that was done before.
  enum class Removal { kSoft, kForGood };
  Status Remove(const std::string& subject, int32_t version, Removal removal);

 private:
  const std::shared_ptr<Client> client_;
};

}  // namespace rowhouse::registry
