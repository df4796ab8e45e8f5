#include "mysql/temporal.h"

#include <array>

namespace rowhouse::mysql {

namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

// Microseconds in one unit of a fraction of so many bytes.
constexpr std::array<int64_t, 4> kFractionUnit = {0, 10'000, 100, 1};

inline uint64_t BigEndian(const uint8_t* p, size_t bytes) {
  uint64_t v = 0;
  for (size_t i = 0; i < bytes; ++i) {
    v = v << 8 | p[i];
  }
  return v;
}

constexpr bool IsLeap(unsigned year) {
  return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

constexpr unsigned DaysOfMonth(unsigned year, unsigned month) {
  constexpr std::array<uint8_t, 12> kDays = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && IsLeap(year) ? 29 : kDays[month - 1];
}

// Hour, minute and second of the low 6, 6 and upper bits as seconds; -1 when out of range.
constexpr int64_t SecondsOfBits(uint64_t bits, uint64_t hours_max) {
  const uint64_t second = bits & 63;
  const uint64_t minute = bits >> 6 & 63;
  const uint64_t hour = bits >> 12;
  if (second > 59 || minute > 59 || hour > hours_max) {
    return -1;
  }
  return static_cast<int64_t>(hour * 3600 + minute * 60 + second);
}

constexpr std::array<uint8_t, 7> kOldTimeBytes = {3, 4, 4, 5, 5, 5, 6};
constexpr std::array<uint8_t, 7> kOldDateTimeBytes = {8, 6, 6, 7, 7, 7, 8};
constexpr std::array<uint8_t, 7> kOldFractionBytes = {0, 1, 1, 2, 2, 3, 3};
// Units of a fraction of so many digits in a second, and microseconds in a unit.
constexpr std::array<int64_t, 7> kUnits = {1, 10, 100, 1'000, 10'000, 100'000, 1'000'000};

inline uint64_t LittleEndian(const uint8_t* p, size_t bytes) {
  uint64_t v = 0;
  for (size_t i = bytes; i > 0; --i) {
    v = v << 8 | p[i - 1];
  }
  return v;
}

// Decimal digits hhmmss as seconds; -1 when they are no time of day.
constexpr int64_t SecondsOfDigits(int64_t hhmmss, int64_t hours_max) {
  const int64_t second = hhmmss % 100;
  const int64_t minute = hhmmss / 100 % 100;
  const int64_t hour = hhmmss / 10'000;
  return second > 59 || minute > 59 || hour > hours_max ? -1 : hour * 3600 + minute * 60 + second;
}

constexpr int64_t kTimeHoursMax = 838;

}  // namespace

// Counts from 1 March, so that the leap day is a year's last.
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day) {
  year -= month <= 2 ? 1 : 0;
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const auto year_of_era = static_cast<unsigned>(year - era * 400);
  const unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
  return era * 146'097 + static_cast<int64_t>(day_of_era) - 719'468;
}

Cell DateCell(unsigned year, unsigned month, unsigned day, int64_t day_us, CellKind kind) {
  const bool exists =
      year > 0 && month > 0 && month <= 12 && day > 0 && day <= DaysOfMonth(year, month);
  if (!exists) [[unlikely]] {
    const ZeroDateParts parts{
        static_cast<uint16_t>(year), static_cast<uint8_t>(month), static_cast<uint8_t>(day)};
    return Cell::OfUint(CellKind::kZeroDate, parts.Packed());
  }
  const int64_t days = DaysFromCivil(year, month, day);
  return Cell::OfInt(kind, kind == CellKind::kDate ? days : days * kDay + day_us);
}

Cell DateFromImage(const uint8_t* p) {
  const unsigned bits = p[0] | unsigned{p[1]} << 8 | unsigned{p[2]} << 16;
  return DateCell(bits >> 9, bits >> 5 & 15, bits & 31, 0, CellKind::kDate);
}

// One signed number, offset so that its bytes sort: a negative time with a fraction is
// only right when integer part and fraction are negated together.
bool TimeFromImage(const uint8_t* p, unsigned fsp, Cell& out) {
  const size_t fraction_bytes = FractionBytes(fsp);
  const size_t fraction_bits = fraction_bytes * 8;
  const auto offset = int64_t{0x800000} << fraction_bits;
  const int64_t v = static_cast<int64_t>(BigEndian(p, 3 + fraction_bytes)) - offset;
  const auto magnitude = static_cast<uint64_t>(v < 0 ? -v : v);
  constexpr uint64_t kHoursMax = 838;
  const int64_t seconds = SecondsOfBits(magnitude >> fraction_bits, kHoursMax);
  const auto fraction = static_cast<int64_t>(magnitude & ((uint64_t{1} << fraction_bits) - 1)) *
                        kFractionUnit[fraction_bytes];
  const int64_t us = seconds * kSecond + fraction;
  out = Cell::OfInt(CellKind::kTime, v < 0 ? -us : us);
  return seconds >= 0 && fraction < kSecond;
}

bool DateTimeFromImage(const uint8_t* p, unsigned fsp, Cell& out) {
  constexpr uint64_t kOffset = 0x80'0000'0000;
  const size_t fraction_bytes = FractionBytes(fsp);
  const uint64_t stored = BigEndian(p, 5);
  const uint64_t bits = stored - kOffset;
  const int64_t seconds = SecondsOfBits(bits & 0x1FFFF, 23);
  const int64_t fraction =
      static_cast<int64_t>(BigEndian(p + 5, fraction_bytes)) * kFractionUnit[fraction_bytes];
  const auto ymd = static_cast<unsigned>(bits >> 17);
  const unsigned month_count = ymd >> 5;
  const unsigned year = month_count / 13;
  constexpr unsigned kYearMax = 9999;
  if (stored < kOffset || seconds < 0 || fraction >= kSecond || year > kYearMax) {
    return false;
  }
  const int64_t day_us = seconds * kSecond + fraction;
  out = DateCell(year, month_count % 13, ymd & 31, day_us, CellKind::kDateTime);
  return true;
}

Cell TimestampFromImage(const uint8_t* p, unsigned fsp) {
  const size_t fraction_bytes = FractionBytes(fsp);
  const auto seconds = static_cast<int64_t>(BigEndian(p, 4));
  const int64_t fraction =
      static_cast<int64_t>(BigEndian(p + 4, fraction_bytes)) * kFractionUnit[fraction_bytes];
  if (seconds == 0 && fraction == 0) [[unlikely]] {
    return Cell::OfUint(CellKind::kZeroDate, 0);
  }
  return Cell::OfInt(CellKind::kTimestamp, seconds * kSecond + fraction);
}

size_t OldTimeBytes(unsigned fsp) {
  return kOldTimeBytes[fsp];
}

size_t OldDateTimeBytes(unsigned fsp) {
  return kOldDateTimeBytes[fsp];
}

size_t OldTimestampBytes(unsigned fsp) {
  return size_t{4} + kOldFractionBytes[fsp];
}

// The digits hhmmss as a signed number; with a fraction: its units since the least time.
bool OldTimeFromImage(const uint8_t* p, unsigned fsp, Cell& out) {
  constexpr int64_t kTimeEnd =
      (kTimeHoursMax + 1) * 3600;  // seconds; the least time is its negative
  if (fsp > 0) {
    const auto stored = static_cast<int64_t>(BigEndian(p, OldTimeBytes(fsp)));
    const int64_t units = stored - kTimeEnd * kUnits[fsp];
    out = Cell::OfInt(CellKind::kTime, units * kUnits[6 - fsp]);
    return units < kTimeEnd * kUnits[fsp];
  }
  const auto digits = static_cast<int32_t>(static_cast<uint32_t>(LittleEndian(p, 3)) << 8) >> 8;
  const int64_t seconds = SecondsOfDigits(digits < 0 ? -digits : digits, kTimeHoursMax);
  out = Cell::OfInt(CellKind::kTime, (digits < 0 ? -seconds : seconds) * kSecond);
  return seconds >= 0;
}

// The digits YYYYMMDDhhmmss; with a fraction: year * 13 + month, day, hour, minute, second and
// units as one number of mixed bases.
bool OldDateTimeFromImage(const uint8_t* p, unsigned fsp, Cell& out) {
  constexpr int64_t kYearMax = 9999;
  int64_t seconds = -1;
  int64_t micros = 0;
  int64_t year = 0;
  int64_t month = 0;
  int64_t day = 0;
  if (fsp > 0) {
    auto rest = static_cast<int64_t>(BigEndian(p, OldDateTimeBytes(fsp)) & INT64_MAX);
    micros = rest % kUnits[fsp] * kUnits[6 - fsp];
    rest /= kUnits[fsp];
    seconds = rest % 86'400;
    rest /= 86'400;
    day = rest % 32;
    month = rest / 32 % 13;
    year = rest / 32 / 13;
  } else {
    const auto digits = static_cast<int64_t>(LittleEndian(p, 8) & INT64_MAX);
    seconds = SecondsOfDigits(digits % 1'000'000, 23);
    day = digits / 1'000'000 % 100;
    month = digits / 100'000'000 % 100;
    year = digits / 10'000'000'000;
  }
  if (seconds < 0 || year > kYearMax || month > 12 || day > 31) {
    return false;
  }
  const auto part = [](int64_t v) { return static_cast<unsigned>(v); };
  const int64_t day_us = seconds * kSecond + micros;
  out = DateCell(part(year), part(month), part(day), day_us, CellKind::kDateTime);
  return true;
}

bool OldTimestampFromImage(const uint8_t* p, unsigned fsp, Cell& out) {
  const auto seconds = static_cast<int64_t>(fsp == 0 ? LittleEndian(p, 4) : BigEndian(p, 4));
  const auto units = static_cast<int64_t>(BigEndian(p + 4, kOldFractionBytes[fsp]));
  const int64_t micros = seconds * kSecond + units * kUnits[6 - fsp];
  out = micros == 0 ? Cell::OfUint(CellKind::kZeroDate, 0)
                    : Cell::OfInt(CellKind::kTimestamp, micros);
  return units < kUnits[fsp];
}

}  // namespace rowhouse::mysql
