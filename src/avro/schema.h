#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace rowhouse::avro {

enum class Kind : uint8_t {
  kNull,
  kBoolean,
  kInt,
  kLong,
  kFloat,
  kDouble,
  kBytes,
  kString,
  kRecord,
  kEnum,
  kArray,
  kMap,
  kUnion,
  kFixed,
};

// Avro's own word: "record".
std::string_view KindWord(Kind kind);

struct Node;

// An attribute Avro gives no meaning to (connect.name, logicalType, …), its value as JSON text.
struct Property {
  std::string name;
  std::string json;
};

// One field of a record.
struct RecordField {
  std::string name;
  const Node* type = nullptr;
  std::optional<std::string> doc;
  std::optional<std::string> default_json;
  std::string order;  // empty: ascending, and not written
  std::vector<std::string> aliases;
  std::vector<Property> properties;
};

// What the bytes of a value mean beyond their kind, where we make use of it.
enum class Logical : uint8_t { kNone, kDecimal, kDate, kTimestampMillis, kTimestampMicros, kUuid };

// One type in a schema. A named type that is used again is the same node.
struct Node {
  Kind kind = Kind::kNull;
  Logical logical = Logical::kNone;
  int precision = 0;  // kDecimal
  int scale = 0;
  std::string name;   // named types: without namespace
  std::string space;  // their namespace
  std::optional<std::string> doc;
  std::vector<RecordField> fields;          // record
  std::vector<std::string> symbols;         // enum
  std::optional<std::string> enum_default;  // enum
  std::vector<const Node*> children;        // union: branches; array, map: the one inside
  size_t size = 0;                          // fixed
  std::vector<std::string> aliases;         // full names
  std::vector<Property> properties;         // in the order they were written

  bool is_named() const {
    return kind == Kind::kRecord || kind == Kind::kEnum || kind == Kind::kFixed;
  }

  // "io.debezium.data.Geometry"; for other kinds the kind's word.
  std::string FullName() const;

  // The property's JSON text, or nullopt.
  std::optional<std::string_view> Find(std::string_view property) const;
};

class Schema;
using SchemaPtr = std::shared_ptr<const Schema>;

// A parsed Avro schema.
//
// Text() is what Avro's Java library prints for it, which is what a Confluent
// registry stores: attributes in its fixed order, unknown ones kept in theirs, no
// spaces. Two texts of one schema that differ only in spaces or order become
// the same text.
//
// Threads: immutable, any.
// Errors:  kBadRecord; the message names the place: "/fields/2/type: …".
// Bounds:  nesting kDepthMax, text kTextBytesMax; more is an error.
class Schema {
 public:
  static constexpr int kDepthMax = 200;
  static constexpr size_t kTextBytesMax = size_t{16} << 20;

  static Result<SchemaPtr> Parse(std::string_view json);

  // `references` are schemas whose named types `json` may use without defining them.
  static Result<SchemaPtr> Parse(std::string_view json, const std::vector<SchemaPtr>& references);

  const Node& root() const { return *root_; }

  const std::string& Text() const { return text_; }

  // Parsing Canonical Form of the Avro specification: names, types and sizes only.
  std::string Canonical() const;

  // CRC-64-AVRO of the canonical form.
  uint64_t Fingerprint() const;

  // The named type, or null.
  const Node* Find(const std::string& full_name) const;

 private:
  friend class Parser;
  Schema() = default;

  std::deque<Node> nodes_;
  std::map<std::string, const Node*, std::less<>> named_;
  std::vector<SchemaPtr> references_;  // kept alive: nodes point into them
  const Node* root_ = nullptr;
  std::string text_;
};

}  // namespace rowhouse::avro
