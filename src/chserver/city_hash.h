#pragma once

#include <cstdint>
#include <string_view>

namespace rowhouse::chserver {

// 128 bits as ClickHouse writes them: low half first.
struct Hash128 {
  uint64_t low = 0;
  uint64_t high = 0;

  friend bool operator==(const Hash128&, const Hash128&) = default;
};

// The algorithm CityHash128 of version 1.0.2, which later versions changed: the checksum
// of ClickHouse's compressed blocks. No defence against anything but accidents.
Hash128 CityHash128(std::string_view bytes);

}  // namespace rowhouse::chserver
