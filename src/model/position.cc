#include "model/position.h"

#include <charconv>
#include <cstring>

#include <fmt/format.h>

namespace rowhouse {

namespace {

// Eight digits at once: a byte a digit, the first in the lowest.
void HexOf(uint32_t v, char* out) {
  constexpr uint64_t kOnes = 0x0101'0101'0101'0101;
  uint64_t digits = __builtin_bswap32(v);
  digits = (digits | digits << 16) & 0x0000'FFFF'0000'FFFF;
  digits = (digits | digits << 8) & 0x00FF'00FF'00FF'00FF;
  digits = (digits >> 4 | digits << 8) & (0x0F * kOnes);
  const uint64_t letters = (digits + 6 * kOnes) >> 4 & kOnes;  // of digits from ten on
  digits += '0' * kOnes + letters * ('a' - '0' - 10);
  std::memcpy(out, &digits, sizeof(digits));
}

}  // namespace

Result<uint32_t> BinlogFileNumber(std::string_view file) {
  const size_t dot = file.rfind('.');
  uint32_t n = 0;
  if (dot != std::string_view::npos && dot + 1 < file.size()) {
    const char* end = file.data() + file.size();
    const auto [at, ec] = std::from_chars(file.data() + dot + 1, end, n);
    if (ec == std::errc() && at == end) {
      return n;
    }
  }
  return Error(
      ErrorKind::kBadRecord, fmt::format("binlog file name '{}' does not end in .NUMBER", file)
  );
}

int Compare(const BinlogPosition& a, const BinlogPosition& b) {
  if (a.file != b.file) {
    const auto number_a = BinlogFileNumber(a.file);
    const auto number_b = BinlogFileNumber(b.file);
    const uint32_t na = number_a ? *number_a : 0;
    const uint32_t nb = number_b ? *number_b : 0;
    if (na != nb) {
      return na < nb ? -1 : 1;
    }
  }
  return a.pos == b.pos ? 0 : a.pos < b.pos ? -1 : 1;
}

void RowVersion::ToHex(char* out) const {
  HexOf(static_cast<uint32_t>(high >> 32), out);
  HexOf(static_cast<uint32_t>(high), out + 8);
  HexOf(static_cast<uint32_t>(low >> 32), out + 16);
  HexOf(static_cast<uint32_t>(low), out + 24);
}

std::string RowVersion::ToHex() const {
  std::string text(32, '0');
  ToHex(text.data());
  return text;
}

Result<RowVersion> RowVersion::FromHex(std::string_view hex) {
  RowVersion v;
  if (hex.size() == 32) {
    const char* p = hex.data();
    const auto high = std::from_chars(p, p + 16, v.high, 16);
    const auto low = std::from_chars(p + 16, p + 32, v.low, 16);
    if (high.ec == std::errc() && low.ec == std::errc() && high.ptr == p + 16 &&
        low.ptr == p + 32) {
      return v;
    }
  }
  return Error(
      ErrorKind::kBadRecord, fmt::format("'{}' is not a row version of 32 hex digits", hex)
  );
}

}  // namespace rowhouse
