#include "base/bytes.h"

#include <fmt/format.h>

namespace rowhouse {

uint64_t ByteCursor::PackedInt() {
  const uint8_t first = U8();
  switch (first) {
    case 0xFC:
      return U16();
    case 0xFD:
      return U24();
    case 0xFE:
      return U64();
    case 0xFB:
    case 0xFF:
      Fail();
      return 0;
    default:
      return first;
  }
}

std::string_view ByteCursor::ZeroTerminated() {
  const void* zero = left() == 0 ? nullptr : std::memchr(at_, 0, left());
  if (zero == nullptr) {
    Fail();
    return {};
  }
  const auto n = static_cast<size_t>(static_cast<const uint8_t*>(zero) - at_);
  const std::string_view text = Text(n);
  Skip(1);
  return text;
}

std::string ToHex(ByteView bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const uint8_t b : bytes) {
    out += kDigits[b >> 4];
    out += kDigits[b & 15];
  }
  return out;
}

Result<std::string> FromHex(std::string_view hex) {
  const auto digit = [](char c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    const char lower = static_cast<char>(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
  };
  std::string out;
  out.reserve(hex.size() / 2);
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    const int high = digit(hex[i]);
    const int low = digit(hex[i + 1]);
    if (high < 0 || low < 0) {
      return Error(ErrorKind::kBadRecord, fmt::format("not a hex digit at {} of '{}'", i, hex));
    }
    out += static_cast<char>(high << 4 | low);
  }
  if (hex.size() % 2 != 0) {
    return Error(ErrorKind::kBadRecord, fmt::format("odd number of hex digits: {}", hex.size()));
  }
  return out;
}

}  // namespace rowhouse
