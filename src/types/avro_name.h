#pragma once

#include <string>
#include <string_view>

#include "types/format.h"

namespace rowhouse::types {

// The name Avro gives a column. kAvro: what is not [A-Za-z0-9_] becomes '_', one for each
// character, and a leading digit gets '_' in front; legal names stay as they are.
// kAvroUnicode: such a character becomes _uXXXX of its UTF-16 units, and so does '_' itself,
// so that two names never become one. kNone: as it is.
std::string AvroFieldName(std::string_view name, NameMode mode = NameMode::kAvro);

// The same for a topic name, whose dots stay: they part namespace and name.
std::string AvroFullName(std::string_view name, NameMode mode = NameMode::kAvro);

// Whether Avro allows the name of a field.
bool IsAvroName(std::string_view name);

}  // namespace rowhouse::types
