#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rowhouse::browse {

// A decimal as it is written: its digits, and how many of them are behind the point.
struct DecimalText {
  bool negative = false;
  std::string digits;  // without leading zeros; empty: zero
  int32_t scale = 0;   // may be below zero: 1e3

  // "12", "-3.50", "1e-3"; nullopt: it is none, or longer than 400 digits.
  static std::optional<DecimalText> Parse(std::string_view text);

  // With so many digits behind the point; nullopt where some would be lost.
  std::optional<DecimalText> AtScale(int32_t scale) const;

  // The digits as a whole number: big-endian two's complement in the fewest bytes.
  std::string Bytes() const;
};

}  // namespace rowhouse::browse
