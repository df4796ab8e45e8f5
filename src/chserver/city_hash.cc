#include "chserver/city_hash.h"

#include <bit>
#include <cstring>
#include <utility>

namespace rowhouse::chserver {
namespace {

// The algorithm's constants.
constexpr uint64_t kA = 0xc3a5c85c97cb3127;
constexpr uint64_t kB = 0xb492b66fbe98f273;
constexpr uint64_t kC = 0x9ae16a3b2f90404f;
constexpr uint64_t kD = 0xc949d7c7509e6557;
constexpr uint64_t kMix = 0x9ddfea08eb382d69;

uint64_t Word(std::string_view bytes, size_t at) {
  uint64_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

uint32_t HalfWord(std::string_view bytes, size_t at) {
  uint32_t word = 0;
  std::memcpy(&word, bytes.data() + at, sizeof(word));
  return word;
}

uint64_t Fold(uint64_t v) {
  return v ^ v >> 47;
}

uint64_t Join(uint64_t u, uint64_t v) {
  const uint64_t first = Fold((u ^ v) * kMix);
  return Fold((v ^ first) * kMix) * kMix;
}

uint64_t HashOfUpTo16(std::string_view bytes) {
  const size_t n = bytes.size();
  if (n > 8) {
    const uint64_t last = Word(bytes, n - 8);
    return Join(Word(bytes, 0), std::rotr(last + n, static_cast<int>(n))) ^ last;
  }
  if (n >= 4) {
    return Join(n + (uint64_t{HalfWord(bytes, 0)} << 3), HalfWord(bytes, n - 4));
  }
  if (n == 0) {
    return kC;
  }
  const auto byte = [&](size_t at) { return uint32_t{static_cast<uint8_t>(bytes[at])}; };
  const uint32_t y = byte(0) + (byte(n / 2) << 8);
  const uint32_t z = static_cast<uint32_t>(n) + (byte(n - 1) << 2);
  return Fold(y * kC ^ z * kD) * kC;
}

// Takes in 32 bytes at `at`.
Hash128 Absorb(std::string_view bytes, size_t at, uint64_t a, uint64_t b) {
  const uint64_t last = Word(bytes, at + 24);
  a += Word(bytes, at);
  b = std::rotr(b + a + last, 21);
  const uint64_t start = a;
  a += Word(bytes, at + 8) + Word(bytes, at + 16);
  return {a + last, b + std::rotr(a, 44) + start};
}

Hash128 HashOfShort(std::string_view bytes, Hash128 seed) {
  const size_t n = bytes.size();
  uint64_t a = seed.low;
  uint64_t b = seed.high;
  uint64_t c = 0;
  uint64_t d = 0;
  if (n <= 16) {
    a = Fold(a * kB) * kB;
    c = b * kB + HashOfUpTo16(bytes);
    d = Fold(a + (n >= 8 ? Word(bytes, 0) : c));
  } else {
    c = Join(Word(bytes, n - 8) + kB, a);
    d = Join(b + n, c + Word(bytes, n - 16));
    a += d;
    for (size_t at = 0; at + 16 < n; at += 16) {
      a = (a ^ Fold(Word(bytes, at) * kB) * kB) * kB;
      b ^= a;
      c = (c ^ Fold(Word(bytes, at + 8) * kB) * kB) * kB;
      d ^= c;
    }
  }
  a = Join(a, c);
  b = Join(d, b);
  return {a ^ b, Join(b, a)};
}

// The 56 bytes of state that a long text is stirred into.
struct State {
  Hash128 v;
  Hash128 w;
  uint64_t x = 0;
  uint64_t y = 0;
  uint64_t z = 0;

  void Take64(std::string_view bytes, size_t at) {
    x = std::rotr(x + y + v.low + Word(bytes, at + 16), 37) * kB ^ w.high;
    y = std::rotr(y + v.high + Word(bytes, at + 48), 42) * kB ^ v.low;
    z = std::rotr(z ^ w.low, 33);
    v = Absorb(bytes, at, v.high * kB, x + w.low);
    w = Absorb(bytes, at + 32, z + w.high, y);
    std::swap(z, x);
  }
};

Hash128 HashWithSeed(std::string_view bytes, Hash128 seed) {
  const size_t n = bytes.size();
  if (n < 128) {
    return HashOfShort(bytes, seed);
  }
  State s;
  s.x = seed.low;
  s.y = seed.high;
  s.z = n * kB;
  s.v.low = std::rotr(s.y ^ kB, 49) * kB + Word(bytes, 0);
  s.v.high = std::rotr(s.v.low, 42) * kB + Word(bytes, 8);
  s.w.low = std::rotr(s.y + s.z, 35) * kB + s.x;
  s.w.high = std::rotr(s.x + Word(bytes, 88), 53) * kB;
  size_t at = 0;
  for (; n - at >= 128; at += 128) {
    s.Take64(bytes, at);
    s.Take64(bytes, at + 64);
  }
  s.y += std::rotr(s.w.low, 37) * kA + s.z;
  s.x += std::rotr(s.v.low + s.z, 49) * kA;
  // What is left, in steps of 32 bytes from the end; the last step may reach back.
  for (size_t back = 32; back < n - at + 32; back += 32) {
    s.y = std::rotr(s.y - s.x, 42) * kA + s.v.high;
    s.w.low += Word(bytes, n - back + 16);
    s.x = std::rotr(s.x, 49) * kA + s.w.low;
    s.w.low += s.v.low;
    s.v = Absorb(bytes, n - back, s.v.low, s.v.high);
  }
  const uint64_t x = Join(s.x, s.v.low);
  const uint64_t y = Join(s.y, s.w.low);
  return {Join(x + s.v.high, s.w.high) + y, Join(x + s.w.high, y + s.v.high)};
}

}  // namespace

Hash128 CityHash128(std::string_view bytes) {
  const size_t n = bytes.size();
  if (n >= 16) {
    return HashWithSeed(bytes.substr(16), {Word(bytes, 0) ^ kD, Word(bytes, 8)});
  }
  if (n >= 8) {
    return HashWithSeed({}, {Word(bytes, 0) ^ n * kA, Word(bytes, n - 8) ^ kB});
  }
  return HashWithSeed(bytes, {kA, kB});
}

}  // namespace rowhouse::chserver
