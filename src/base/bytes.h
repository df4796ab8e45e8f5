#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rowhouse {

using ByteView = std::span<const uint8_t>;

inline ByteView AsBytes(std::string_view s) {
  return {reinterpret_cast<const uint8_t*>(s.data()), s.size()};
}

inline std::string_view AsText(ByteView b) {
  return {reinterpret_cast<const char*>(b.data()), b.size()};
}

// Reads fixed-width numbers and runs of bytes from outside bytes, and never
// past their end.
//
// Errors are sticky: after the first short read ok() is false, every further
// read gives zero or an empty run, and the caller asks once at the end. So a
// decoder is straight-line code, and a cut packet can't be read beyond.
//
// Owns: nothing; the bytes must outlive the cursor and the views it gives.
class ByteCursor {
 public:
  explicit ByteCursor(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool ok() const { return ok_; }

  size_t left() const { return static_cast<size_t>(end_ - at_); }

  bool done() const { return at_ == end_; }

  const uint8_t* data() const { return at_; }

  uint8_t U8() { return Little<uint8_t, 1>(); }

  uint16_t U16() { return Little<uint16_t, 2>(); }

  uint32_t U24() { return Little<uint32_t, 3>(); }

  uint32_t U32() { return Little<uint32_t, 4>(); }

  uint64_t U48() { return Little<uint64_t, 6>(); }

  uint64_t U64() { return Little<uint64_t, 8>(); }

  // `bytes` in 0..8, most significant first.
  uint64_t BigEndian(size_t bytes) {
    const uint8_t* p = Take(bytes);
    uint64_t v = 0;
    for (size_t i = 0; p != nullptr && i < bytes; ++i) {
      v = v << 8 | p[i];
    }
    return v;
  }

  // `bytes` in 0..8, least significant first.
  uint64_t LittleEndian(size_t bytes) {
    const uint8_t* p = Take(bytes);
    uint64_t v = 0;
    for (size_t i = bytes; p != nullptr && i > 0; --i) {
      v = v << 8 | p[i - 1];
    }
    return v;
  }

  // MySQL's length-encoded integer; 0xFB and 0xFF are errors.
  uint64_t PackedInt();

  ByteView Bytes(size_t n) {
    const uint8_t* p = Take(n);
    return p == nullptr ? ByteView{} : ByteView{p, n};
  }

  std::string_view Text(size_t n) { return AsText(Bytes(n)); }

  // Up to and without the next zero byte, which is passed.
  std::string_view ZeroTerminated();

  void Skip(size_t n) { Take(n); }

  void Fail() {
    ok_ = false;
    at_ = end_;
  }

 private:
  const uint8_t* Take(size_t n) {
    if (n > left()) [[unlikely]] {
      Fail();
      return nullptr;
    }
    const uint8_t* p = at_;
    at_ += n;
    return p;
  }

  template <typename T, size_t kBytes>
  T Little() {
    static_assert(std::endian::native == std::endian::little);
    const uint8_t* p = Take(kBytes);
    T v = 0;
    if (p != nullptr) {
      std::memcpy(&v, p, kBytes);
    }
    return v;
  }

  const uint8_t* at_;
  const uint8_t* end_;
  bool ok_ = true;
};

// Lower-case hex, two digits a byte.
std::string ToHex(ByteView bytes);

// kBadRecord when it is not an even number of hex digits.
Result<std::string> FromHex(std::string_view hex);

}  // namespace rowhouse
