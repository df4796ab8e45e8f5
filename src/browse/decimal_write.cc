#include "browse/decimal_write.h"

#include <algorithm>
#include <charconv>

namespace rowhouse::browse {

namespace {

constexpr size_t kDigitsMost = 400;

}  // namespace

std::optional<DecimalText> DecimalText::Parse(std::string_view text) {
  DecimalText out;
  if (!text.empty() && (text.front() == '-' || text.front() == '+')) {
    out.negative = text.front() == '-';
    text.remove_prefix(1);
  }
  bool point = false;
  bool any = false;
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '.' && !point) {
      point = true;
    } else if (c >= '0' && c <= '9') {
      any = true;
      out.scale += point ? 1 : 0;
      if (!out.digits.empty() || c != '0') {
        out.digits += c;
      }
    } else {
      break;
    }
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    at += at < text.size() && text[at] == '+' ? 1 : 0;
    int32_t exponent = 0;
    const auto [end, error] =
        std::from_chars(text.data() + at, text.data() + text.size(), exponent);
    if (error != std::errc() || exponent < -4000 || exponent > 4000) {
      return std::nullopt;
    }
    at = static_cast<size_t>(end - text.data());
    out.scale -= exponent;
  }
  const bool good = any && at == text.size() && out.digits.size() <= kDigitsMost;
  return good ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<DecimalText> DecimalText::AtScale(int32_t wanted) const {
  DecimalText out = *this;
  while (out.scale > wanted && !out.digits.empty() && out.digits.back() == '0') {
    out.digits.pop_back();
    --out.scale;
  }
  if (out.digits.empty()) {
    out.scale = wanted;
    return out;
  }
  if (out.scale > wanted || static_cast<size_t>(wanted - out.scale) > kDigitsMost) {
    return std::nullopt;
  }
  out.digits.append(static_cast<size_t>(wanted - out.scale), '0');
  out.scale = wanted;
  return out;
}

std::string DecimalText::Bytes() const {
  std::string bytes(1, '\0');  // little-endian
  for (const char digit : digits) {
    int carry = digit - '0';
    for (char& byte : bytes) {
      const int value = static_cast<uint8_t>(byte) * 10 + carry;
      byte = static_cast<char>(value & 0xFF);
      carry = value >> 8;
    }
    if (carry != 0) {
      bytes += static_cast<char>(carry);
    }
  }
  if (negative && !digits.empty()) {
    int carry = 1;
    for (char& byte : bytes) {
      const int value = (~static_cast<uint8_t>(byte) & 0xFF) + carry;
      byte = static_cast<char>(value & 0xFF);
      carry = value >> 8;
    }
  }
  const bool minus = negative && !digits.empty();
  const bool top = (static_cast<uint8_t>(bytes.back()) & 0x80U) != 0;
  if (minus && !top) {
    bytes += '\xFF';
  } else if (!minus && top) {
    bytes += '\0';
  }
  // What the sign says already.
  while (bytes.size() > 1 && bytes.back() == (minus ? '\xFF' : '\0') &&
         ((static_cast<uint8_t>(bytes[bytes.size() - 2]) & 0x80U) != 0) == minus) {
    bytes.pop_back();
  }
  std::ranges::reverse(bytes);
  return bytes;
}

}  // namespace rowhouse::browse
