#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rowhouse::browse {

// A geometry out of its text.
struct ParsedGeometry {
  std::string wkb;  // little-endian
  int64_t srid = 0;
  double x = 0;  // of a point
  double y = 0;
  bool is_point = false;
};

// The way back of AppendWkt: "SRID=4326;POINT(1 2)", "POLYGON((0 0,1 0,0 1,0 0))". nullopt: it is
// none.
std::optional<ParsedGeometry> ParseWkt(std::string_view text);

}  // namespace rowhouse::browse
