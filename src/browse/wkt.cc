#include "browse/wkt.h"

#include <array>
#include <bit>
#include <charconv>

namespace rowhouse::browse {

namespace {

constexpr int kDepthMost = 16;
constexpr uint32_t kPoint = 1;
constexpr uint32_t kLine = 2;
constexpr uint32_t kPolygon = 3;
constexpr uint32_t kCollection = 7;
// The longer of two names that begin alike comes first.
constexpr std::array<std::pair<std::string_view, uint32_t>, 7> kNames = {{
    {"POINT", kPoint},
    {"LINESTRING", kLine},
    {"POLYGON", kPolygon},
    {"MULTIPOINT", 4},
    {"MULTILINESTRING", 5},
    {"MULTIPOLYGON", 6},
    {"GEOMETRYCOLLECTION", kCollection},
}};

class WktReader {
 public:
  explicit WktReader(std::string_view text) : left_(text) {}

  std::optional<ParsedGeometry> Read() {
    if (Accept("SRID=")) {
      const auto [end, error] =
          std::from_chars(left_.data(), left_.data() + left_.size(), out_.srid);
      if (error != std::errc()) {
        return std::nullopt;
      }
      left_.remove_prefix(static_cast<size_t>(end - left_.data()));
      if (!Accept(";")) {
        return std::nullopt;
      }
    }
    out_.is_point = left_.starts_with("POINT");
    return Named(0) && left_.empty() ? std::optional(std::move(out_)) : std::nullopt;
  }

 private:
  bool Accept(std::string_view word) {
    while (!left_.empty() && left_.front() == ' ') {
      left_.remove_prefix(1);
    }
    if (!left_.starts_with(word)) {
      return false;
    }
    left_.remove_prefix(word.size());
    return true;
  }

  void U32(uint32_t value) { Raw(value); }

  template <typename T>
  void Raw(T value) {
    const auto bytes = std::bit_cast<std::array<char, sizeof(T)>>(value);
    out_.wkb.append(bytes.data(), bytes.size());
  }

  void Head(uint32_t type) {
    out_.wkb += '\1';
    U32(type);
  }

  bool Named(int depth) {
    for (const auto& [name, type] : kNames) {
      if (Accept(name)) {
        return depth <= kDepthMost && Geometry(type, depth);
      }
    }
    return false;
  }

  bool Geometry(uint32_t type, int depth) {
    Head(type);
    if (type == kPoint) {
      return Accept("(") && Point() && Accept(")");
    }
    if (type == kLine) {
      return Points();
    }
    if (type == kPolygon) {
      return List([this] { return Points(); });
    }
    if (type == kCollection) {
      return List([this, depth] { return Named(depth + 1); });
    }
    return List([this, type, depth] {
      if (type != 4) {
        return Geometry(type - 3, depth + 1);
      }
      Head(kPoint);
      const bool brackets = Accept("(");  // as other servers write it
      return Point() && (!brackets || Accept(")"));
    });
  }

  template <typename Part>
  bool List(Part part) {
    if (!Accept("(")) {
      return false;
    }
    const size_t at = out_.wkb.size();
    U32(0);
    uint32_t count = 0;
    if (!Accept(")")) {
      do {
        if (!part()) {
          return false;
        }
        ++count;
      } while (Accept(","));
      if (!Accept(")")) {
        return false;
      }
    }
    const auto bytes = std::bit_cast<std::array<char, sizeof(count)>>(count);
    out_.wkb.replace(at, bytes.size(), bytes.data(), bytes.size());
    return true;
  }

  bool Points() {
    return List([this] { return Point(); });
  }

  bool Point() { return Real(out_.x) && Real(out_.y); }

  bool Real(double& value) {
    Accept("");  // spaces
    const auto [end, error] = std::from_chars(left_.data(), left_.data() + left_.size(), value);
    if (error != std::errc()) {
      return false;
    }
    left_.remove_prefix(static_cast<size_t>(end - left_.data()));
    Raw(value);
    return true;
  }

  std::string_view left_;
  ParsedGeometry out_;
};

}  // namespace

std::optional<ParsedGeometry> ParseWkt(std::string_view text) {
  return WktReader(text).Read();
}

}  // namespace rowhouse::browse
