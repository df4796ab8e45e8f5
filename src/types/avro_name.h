#pragma once

#include <string>
#include <string_view>

namespace rowhouse::types {

// The name Avro gives a column: what is not [A-Za-z0-9_] becomes '_', one for each
// character, and a leading digit gets '_' in front. That is Debezium's
// adjustment "avro"; legal names stay as they are.
std::string AvroFieldName(std::string_view name);

// The same for a topic name, whose dots stay: they part namespace and name.
std::string AvroFullName(std::string_view name);

}  // namespace rowhouse::types
