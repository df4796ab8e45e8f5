#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "browse/layout.h"

namespace rowhouse::browse {

// Makes an Avro value of JSON: the way back of AvroWalk with LineSink, so that a message can be
// written again as it was shown. Numbers are exact: they, and decimals, may stand in quotes.
//
// A union takes the plain value: null, or what its one other branch, or the one branch that it
// fits, takes. Where it fits several, {"BRANCH": value} says which, as in Avro's own JSON. A field
// that is left out is null where its type may be. A field that the schema has not is refused.
//
// `name` begins the paths of errors: "value".
//
// Errors: kBadRecord (E-KAFKA-007) with the field's path: value.after.price: "abc" is no
//         decimal(10,2).
Result<std::string> WriteAvro(std::string_view json, const Layout& layout, std::string_view name);

}  // namespace rowhouse::browse
