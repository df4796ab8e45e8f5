#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/cell.h"
#include "model/table.h"
#include "types/type_table.h"

namespace rowhouse::types {

// A column's literal default as a value of the column, and as JSON for its schema.
struct DefaultValue {
  Cell cell;
  std::string json;                          // as it stands in "default" and "connect.default"
  std::shared_ptr<const std::string> bytes;  // what `cell` points into
};

// The default Debezium 3.6 puts into the schema, or none: expressions have none (but
// CURRENT_TIMESTAMP is the epoch), nor have zero dates of nullable columns, shapes and
// vectors, nor texts that are no value of the type.
std::optional<DefaultValue> ParseDefault(const Column& column, Form form);

// As a JSON string; bytes as Avro has them in JSON, one character a byte.
std::string JsonOfText(std::string_view text);
std::string JsonOfBytes(std::string_view bytes);

// "-12.345" at scale 2 as big-endian two's complement, minimal; rounds half away from zero.
// nullopt when it is no decimal number.
std::optional<std::string> UnscaledDecimal(std::string_view text, int scale);

}  // namespace rowhouse::types
