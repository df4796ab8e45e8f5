#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "browse/node.h"
#include "browse/part.h"
#include "browse/schemas.h"
#include "kafka/record_stream.h"

namespace rowhouse::browse {

// A record in a list: everything as short text.
struct Row {
  static constexpr size_t kKeyCharacters = 256;
  static constexpr size_t kValueCharacters = 512;

  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  std::string op;     // of a change event
  std::string key;    // one line; empty also where there is none (has_key)
  std::string value;  // one line; of a change event the row after it, or before a delete
  bool has_key = false;
  bool tombstone = false;
  int32_t key_id = -1;  // schema ids; -1: none
  int32_t value_id = -1;
  size_t size = 0;  // key and value in bytes
  size_t headers = 0;
  std::string error;  // why something is not decoded

  size_t Bytes() const { return sizeof(Row) + key.size() + value.size() + error.size(); }
};

// Never fails: what can't be decoded is shown as text or hex, and Row::error says why.
Row MakeRow(const kafka::RecordRef& record, PartReader& reader);

// The whole of a record, for one who looks at it.
struct Part {
  static constexpr size_t kTextBytesMax = size_t{1} << 20;
  static constexpr size_t kHexBytesMax = size_t{64} << 10;

  PartFormat format = PartFormat::kNull;
  int32_t schema_id = -1;
  std::string subject;  // one that has the schema; empty: not known
  int32_t version = 0;
  size_t size = 0;
  Node node;
  std::string text;        // JSON on one line, or the text itself
  std::string hex;         // of the first bytes
  bool truncated = false;  // node, text or hex is not all there is
  std::string error;
};

// A header for one who looks at it.
struct HeaderText {
  std::string name;
  std::string text;  // as far as it is text
  std::string hex;
};

// What a change event says of itself.
struct ChangeInfo {
  std::string op;
  std::string table;  // "db.table"
  std::vector<std::pair<std::string, std::string>> pk;
  std::vector<std::string> changed;  // columns that differ between before and after
  std::vector<std::pair<std::string, std::string>> source;  // connector, server, file, pos, ...
  std::string version;                                      // rowhouse's row version, 32 hex digits
  std::string transaction;                                  // id
};

// A record as a whole.
struct Message {
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  kafka::TimestampType timestamp_type = kafka::TimestampType::kNone;
  size_t size = 0;
  Part key;
  Part value;
  std::vector<HeaderText> headers;
  std::optional<ChangeInfo> change;
};

Message MakeMessage(const kafka::RecordRef& record, PartReader& reader);

// Adds subjects and versions to the parts' schema ids; a registry that is away leaves them empty.
void NameSchemas(Message& message, const std::string& topic, Schemas& schemas);

}  // namespace rowhouse::browse
