#include "browse/geometry.h"

#include <array>
#include <bit>
#include <iterator>

#include <fmt/format.h>

#include "base/bytes.h"

namespace rowhouse::browse {

namespace {

constexpr uint32_t kPoint = 1;
constexpr uint32_t kLine = 2;
constexpr uint32_t kPolygon = 3;
constexpr uint32_t kCollection = 7;
constexpr std::array<std::string_view, 8> kNames = {
    "",
    "POINT",
    "LINESTRING",
    "POLYGON",
    "MULTIPOINT",
    "MULTILINESTRING",
    "MULTIPOLYGON",
    "GEOMETRYCOLLECTION",
};

// Writes one geometry; its coordinates are as many as the bytes hold, whatever its counts say.
class WktWriter {
 public:
  WktWriter(std::string_view wkb, std::string& out) : in_(AsBytes(wkb)), out_(out) {}

  bool Write() { return Geometry(0, kNamed) && in_.done(); }

 private:
  enum Name { kNamed, kBare };

  bool Geometry(int depth, Name name) {
    constexpr int kDepthMax = 16;
    little_ = in_.U8() == 1;
    const uint32_t type = U32();
    if (!in_.ok() || depth > kDepthMax || type < kPoint || type > kCollection) {
      return false;
    }
    out_ += name == kNamed ? kNames[type] : "";
    if (type == kPoint) {
      out_ += name == kNamed ? "(" : "";
      Point();
      out_ += name == kNamed ? ")" : "";
      return in_.ok();
    }
    if (type == kLine) {
      return Points();
    }
    if (type == kPolygon) {
      return List([this] { return Points(); });
    }
    // Of a MULTI... the parts have no names of their own.
    const Name of_parts = type == kCollection ? kNamed : kBare;
    return List([this, depth, of_parts] { return Geometry(depth + 1, of_parts); });
  }

  template <typename Part>
  bool List(Part part) {
    const uint32_t count = U32();
    out_ += '(';
    for (uint32_t i = 0; i < count; ++i) {
      out_ += i == 0 ? "" : ",";
      if (!in_.ok() || !part()) {
        return false;
      }
    }
    out_ += ')';
    return in_.ok();
  }

  bool Points() {
    return List([this] {
      Point();
      return in_.ok();
    });
  }

  void Point() {
    const double x = Real();
    const double y = Real();
    fmt::format_to(std::back_inserter(out_), "{} {}", x, y);
  }

  uint32_t U32() {
    return little_ ? in_.U32() : static_cast<uint32_t>(in_.BigEndian(sizeof(uint32_t)));
  }

  double Real() {
    return std::bit_cast<double>(little_ ? in_.U64() : in_.BigEndian(sizeof(uint64_t)));
  }

  ByteCursor in_;
  std::string& out_;
  bool little_ = true;
};

}  // namespace

bool AppendWkt(std::string_view wkb, int64_t srid, std::string& out) {
  const size_t start = out.size();
  if (srid != 0) {
    fmt::format_to(std::back_inserter(out), "SRID={};", srid);
  }
  if (WktWriter(wkb, out).Write()) {
    return true;
  }
  out.resize(start);
  return false;
}

}  // namespace rowhouse::browse
