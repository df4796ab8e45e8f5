#pragma once

#include <cstddef>
#include <cstdint>

namespace rowhouse {

// Variable-length integers: seven bits a byte, least first. Signed ones zigzag,
// so that small negative numbers are short. Avro's int and long.
inline constexpr size_t kVarintBytesMax = 10;

constexpr uint64_t ZigZag(int64_t v) {
  return static_cast<uint64_t>(v) << 1 ^ static_cast<uint64_t>(v >> 63);
}

constexpr int64_t UnZigZag(uint64_t v) {
  return static_cast<int64_t>(v >> 1 ^ (~(v & 1) + 1));
}

// Writes at most kVarintBytesMax bytes; gives the place after them.
inline uint8_t* PutVarint(uint8_t* to, uint64_t v) {
  while (v >= 0x80) {
    *to++ = static_cast<uint8_t>(v | 0x80);
    v >>= 7;
  }
  *to++ = static_cast<uint8_t>(v);
  return to;
}

inline uint8_t* PutZigZag(uint8_t* to, int64_t v) {
  return PutVarint(to, ZigZag(v));
}

}  // namespace rowhouse
