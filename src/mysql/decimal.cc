#include "mysql/decimal.h"

#include <array>
#include <cstring>

namespace rowhouse::mysql {

namespace {

constexpr unsigned kGroupDigits = 9;
constexpr unsigned kDigitsMax = 65;
// Bytes of a group with fewer than nine digits.
constexpr std::array<uint8_t, 10> kGroupBytes = {0, 1, 1, 2, 2, 3, 3, 4, 4, 4};
constexpr std::array<uint32_t, 10> kPowers = {
    1, 10, 100, 1'000, 10'000, 100'000, 1'000'000, 10'000'000, 100'000'000, 1'000'000'000};

// An unsigned number up to 10^65, least significant limb first.
class Magnitude {
 public:
  void MultiplyAdd(uint32_t factor, uint32_t addend) {
    uint64_t carry = addend;
    for (size_t i = 0; i < used_; ++i) {
      carry += uint64_t{limbs_[i]} * factor;
      limbs_[i] = static_cast<uint32_t>(carry);
      carry >>= 32;
    }
    if (carry != 0 && used_ < limbs_.size()) {
      limbs_[used_++] = static_cast<uint32_t>(carry);
    }
  }

  Cell ToCell(bool negative, Arena& arena) const {
    const uint64_t low = limbs_[0] | uint64_t{limbs_[1]} << 32;
    const uint64_t most = negative ? uint64_t{1} << 63 : INT64_MAX;
    if (used_ <= 2 && low <= most) {
      return Cell::OfInt(CellKind::kDecimal, static_cast<int64_t>(negative ? 0 - low : low));
    }
    std::array<uint8_t, 32> bytes{};  // big-endian
    uint64_t carry = negative ? 1 : 0;
    for (size_t i = 0; i < limbs_.size(); ++i) {
      const uint64_t v = (negative ? uint32_t(~limbs_[i]) : limbs_[i]) + carry;
      carry = v >> 32;
      for (size_t b = 0; b < 4; ++b) {
        bytes[bytes.size() - 1 - (i * 4 + b)] = static_cast<uint8_t>(v >> (8 * b));
      }
    }
    const uint8_t fill = negative ? 0xFF : 0;
    size_t from = 0;
    while (from + 1 < bytes.size() && bytes[from] == fill &&
           (bytes[from + 1] & 0x80) == (fill & 0x80)) {
      ++from;
    }
    const std::string_view shortest(
        reinterpret_cast<const char*>(bytes.data()) + from, bytes.size() - from
    );
    return Cell::OfBytes(CellKind::kDecimal, arena.Copy(shortest));
  }

 private:
  std::array<uint32_t, 8> limbs_{};  // 256 bits; 10^65 has 216
  size_t used_ = 0;
};

struct Groups {
  unsigned head_digits;  // before the full groups of the integer part
  unsigned full;         // groups of nine, of both parts
  unsigned tail_digits;  // after those of the fraction

  Groups(unsigned precision, unsigned scale)
      : head_digits((precision - scale) % kGroupDigits),
        full((precision - scale) / kGroupDigits + scale / kGroupDigits),
        tail_digits(scale % kGroupDigits) {}
};

// Big-endian; `flip` inverts the bits of a negative number.
inline uint32_t ReadGroup(const uint8_t* p, size_t bytes, uint8_t flip) {
  uint32_t v = 0;
  for (size_t i = 0; i < bytes; ++i) {
    v = v << 8 | static_cast<uint8_t>(p[i] ^ flip);
  }
  return v;
}

// `Number` takes MultiplyAdd(factor, addend), group after group.
template <typename Number>
bool ReadGroups(const uint8_t* raw, const Groups& groups, uint8_t flip, Number& number) {
  uint8_t first[4] = {};
  bool ok = true;
  // The top bit of the first byte is the sign, stored inverted.
  const auto group = [&](size_t bytes, unsigned digits, bool leading) {
    const uint8_t* p = raw;
    if (leading) {
      std::memcpy(first, raw, bytes);
      first[0] ^= 0x80;
      p = first;
    }
    const uint32_t v = ReadGroup(p, bytes, flip);
    ok = ok && v < kPowers[digits];
    number.MultiplyAdd(kPowers[digits], v);
    raw += bytes;
  };
  bool leading = true;
  if (groups.head_digits > 0) {
    group(kGroupBytes[groups.head_digits], groups.head_digits, leading);
    leading = false;
  }
  for (unsigned i = 0; i < groups.full; ++i) {
    group(4, kGroupDigits, leading);
    leading = false;
  }
  if (groups.tail_digits > 0) {
    group(kGroupBytes[groups.tail_digits], groups.tail_digits, leading);
  }
  return ok;
}

struct Small {
  uint64_t value = 0;

  void MultiplyAdd(uint32_t factor, uint32_t addend) { value = value * factor + addend; }
};

// A number as its digits, with the zeros before them.
struct Digits {
  std::array<char, 96> text{};
  size_t count = 0;

  void MultiplyAdd(uint32_t factor, uint32_t addend) {
    for (uint32_t power = factor / 10; power != 0; power /= 10) {
      text[count++] = static_cast<char>('0' + addend / power % 10);
    }
  }
};

}  // namespace

size_t DecimalBytes(unsigned precision, unsigned scale) {
  const Groups g(precision, scale);
  return kGroupBytes[g.head_digits] + size_t{g.full} * 4 + kGroupBytes[g.tail_digits];
}

bool DecimalFromImage(
    const uint8_t* raw, unsigned precision, unsigned scale, Arena& arena, Cell& out
) {
  const Groups groups(precision, scale);
  const bool negative = (raw[0] & 0x80) == 0;
  const uint8_t flip = negative ? 0xFF : 0;
  constexpr unsigned kDigitsOfInt64 = 18;
  if (precision <= kDigitsOfInt64) {
    Small small;
    const bool ok = ReadGroups(raw, groups, flip, small);
    const auto v = static_cast<int64_t>(small.value);
    out = Cell::OfInt(CellKind::kDecimal, negative ? -v : v);
    return ok;
  }
  Magnitude large;
  const bool ok = ReadGroups(raw, groups, flip, large);
  out = large.ToCell(negative, arena);
  return ok;
}

char* DecimalTextFromImage(const uint8_t* raw, unsigned precision, unsigned scale, char* to) {
  const bool negative = (raw[0] & 0x80) == 0;
  Digits digits;
  if (!ReadGroups(raw, Groups(precision, scale), negative ? 0xFF : 0, digits)) {
    return nullptr;
  }
  const auto whole = static_cast<size_t>(precision - scale);
  size_t from = 0;
  while (from < whole && digits.text[from] == '0') {
    ++from;
  }
  *to = '-';
  to += negative ? 1 : 0;
  if (from == whole) {
    *to++ = '0';
  }
  std::memcpy(to, digits.text.data() + from, whole - from);
  to += whole - from;
  if (scale > 0) {
    *to++ = '.';
    std::memcpy(to, digits.text.data() + whole, scale);
    to += scale;
  }
  return to;
}

bool DecimalFromText(std::string_view text, unsigned scale, Arena& arena, Cell& out) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) {
    text.remove_prefix(1);
  }
  Magnitude number;
  unsigned digits = 0;
  unsigned fraction = 0;
  bool in_fraction = false;
  for (const char c : text) {
    if (c == '.' && !in_fraction) {
      in_fraction = true;
      continue;
    }
    if (c < '0' || c > '9' || ++digits > kDigitsMax + 1) {
      return false;
    }
    fraction += in_fraction ? 1 : 0;
    number.MultiplyAdd(10, static_cast<uint32_t>(c - '0'));
  }
  if (digits == 0 || fraction > scale) {
    return false;
  }
  for (; fraction < scale; ++fraction) {
    number.MultiplyAdd(10, 0);
  }
  out = number.ToCell(negative, arena);
  return true;
}

}  // namespace rowhouse::mysql
