#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "base/varint.h"

namespace rowhouse::types {

// Avro schemas and bytes as Connect's AvroConverter makes them, for the records that are no
// table's rows: the few kinds of field they have.

// Types of fields that may be null, with the default that goes with them.
inline constexpr std::string_view kOptionalText = R"(["null","string"],"default":null)";
inline constexpr std::string_view kOptionalLong = R"(["null","long"],"default":null)";

// Whether a record's schema says its namespace, or has that of the record around it.
enum class Namespace { kWritten, kInherited };

std::string ConnectField(std::string_view name, std::string_view type);
std::string ConnectRecord(
    std::string_view name, std::string_view space, std::string_view fields, Namespace written
);

// Writes the fields of one record, in their order.
class ConnectWriter {
 public:
  explicit ConnectWriter(Buffer& out) : out_(out) {}

  // Confluent's: what comes first.
  void Header(int32_t schema_id);

  void Long(int64_t value) { out_.Commit(PutZigZag(out_.Reserve(kVarintBytesMax), value)); }

  void Text(std::string_view text) {
    Long(static_cast<int64_t>(text.size()));
    out_.Append(text);
  }

  void Null() { Long(0); }

  // The second branch of ["null", ...].
  void Some() { Long(1); }

  void OptionalLong(std::optional<int64_t> value);

  // An empty one is null.
  void OptionalText(std::string_view text);

  void OptionalBool(bool value);

  // An array's items follow, then End().
  void Items(size_t count) {
    if (count != 0) {
      Long(static_cast<int64_t>(count));
    }
  }

  void End() { Long(0); }

 private:
  Buffer& out_;
};

}  // namespace rowhouse::types
