#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rowhouse::browse {

// Appends a WKB geometry as MySQL's ST_AsText writes it: "POINT(1 2)", with "SRID=4326;" before
// it unless that is 0. False, and nothing appended, where the bytes are no geometry.
bool AppendWkt(std::string_view wkb, int64_t srid, std::string& out);

}  // namespace rowhouse::browse
