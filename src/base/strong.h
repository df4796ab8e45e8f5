#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace rowhouse {

// A number that is not mixed up with another number: ids, offsets, positions.
//   using Offset = Strong<int64_t, struct OffsetTag>;
template <typename T, typename Tag>
struct Strong {
  T value{};

  constexpr Strong() = default;

  constexpr explicit Strong(T v) : value(v) {}

  friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

}  // namespace rowhouse

template <typename T, typename Tag>
struct std::hash<rowhouse::Strong<T, Tag>> {
  size_t operator()(const rowhouse::Strong<T, Tag>& s) const noexcept {
    return std::hash<T>()(s.value);
  }
};
