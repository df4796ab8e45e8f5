#include "base/json_text.h"

#include <array>
#include <charconv>
#include <cmath>

namespace rowhouse {
namespace {

void AppendEscaped(std::string& out, unsigned char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      break;
  }
  out += "\\u00";
  out += kHex[c >> 4];
  out += kHex[c & 15];
}

// Digits and exponent of "d.ddde±xx" in Java's layout.
std::string JavaLayout(std::string_view scientific) {
  std::string out;
  if (scientific.front() == '-') {
    out += '-';
    scientific.remove_prefix(1);
  }
  const size_t e = scientific.find('e');
  std::string digits(1, scientific.front());
  if (e > 1) {
    digits += scientific.substr(2, e - 2);
  }
  int exponent = 0;
  std::string_view power = scientific.substr(e + 1);
  const bool negative = power.front() == '-';
  power.remove_prefix(1);
  std::from_chars(power.data(), power.data() + power.size(), exponent);
  exponent = negative ? -exponent : exponent;
  if (exponent >= 7 || exponent < -3) {
    const std::string rest = digits.size() > 1 ? digits.substr(1) : "0";
    return out + digits[0] + "." + rest + "E" + std::to_string(exponent);
  }
  if (exponent < 0) {
    return out + "0." + std::string(static_cast<size_t>(-exponent - 1), '0') + digits;
  }
  const size_t whole = static_cast<size_t>(exponent) + 1;
  if (digits.size() <= whole) {
    return out + digits + std::string(whole - digits.size(), '0') + ".0";
  }
  return out + digits.substr(0, whole) + "." + digits.substr(whole);
}

template <typename T>
std::string Shortest(T v) {
  if (std::isnan(v)) {
    return "\"NaN\"";
  }
  if (std::isinf(v)) {
    return v > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  }
  std::array<char, 40> text{};
  const auto end =
      std::to_chars(text.data(), text.data() + text.size(), v, std::chars_format::scientific);
  return JavaLayout({text.data(), static_cast<size_t>(end.ptr - text.data())});
}

}  // namespace

void AppendJsonString(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto u = static_cast<unsigned char>(c);
    if (u < 0x20 || c == '"' || c == '\\') {
      AppendEscaped(out, u);
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string JsonDouble(double v) {
  return Shortest(v);
}

std::string JsonFloat(float v) {
  return Shortest(v);
}

}  // namespace rowhouse
