#pragma once

#include <set>
#include <string>

#include "avro/schema.h"

namespace rowhouse::avro {

// The schema as Avro's Java library prints it. Named types in `defined` (full names) are
// referred to, not written out again.
std::string SchemaText(const Node& root, std::set<std::string> defined = {});

// Parsing Canonical Form.
std::string CanonicalText(const Node& root, std::set<std::string> defined = {});

}  // namespace rowhouse::avro
