#include "kafka/murmur2.h"

#include <bit>
#include <cstring>

namespace rowhouse::kafka {

namespace {

constexpr uint32_t kSeed = 0x9747B28C;
constexpr uint32_t kMix = 0x5BD1E995;
constexpr uint32_t kShift = 24;

}  // namespace

uint32_t Murmur2(std::string_view key) {
  static_assert(std::endian::native == std::endian::little);
  uint32_t h = kSeed ^ static_cast<uint32_t>(key.size());
  while (key.size() >= 4) {
    uint32_t k = 0;
    std::memcpy(&k, key.data(), 4);
    k *= kMix;
    k ^= k >> kShift;
    h = h * kMix ^ k * kMix;
    key.remove_prefix(4);
  }
  if (!key.empty()) {
    uint32_t rest = 0;
    std::memcpy(&rest, key.data(), key.size());
    h = (h ^ rest) * kMix;
  }
  h ^= h >> 13;
  h *= kMix;
  h ^= h >> 15;
  return h;
}

}  // namespace rowhouse::kafka
