#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "avro/schema.h"
#include "base/result.h"
#include "model/ports.h"

namespace rowhouse::capture {

// A record's key, as Kafka Connect's SimpleHeaderConverter writes a struct into a header:
// {"id":1,"name":"x"}, bytes in base64, decimals as Java prints them. `key` begins with Confluent's
// five bytes.
Result<std::string> KeyText(const avro::Schema& schema, std::string_view key);

// Says for people which row a record is of: row {"id":1}, a long key cut; "row" alone where it has
// no key or its schema can't be had.
std::string RowOfKey(SchemaStore& schemas, std::optional<std::string_view> key);

}  // namespace rowhouse::capture
