#pragma once

#include <cstdint>

namespace rowhouse::types {

// A day of the proleptic Gregorian calendar, which MySQL uses for all years.
struct CivilDate {
  int32_t year = 1970;
  uint32_t month = 1;
  uint32_t day = 1;
};

// Days since 1970-01-01 of a date whose year is 0..9999. Years start in March here, so that
// the leap day is a year's last.
constexpr int64_t DaysOf(CivilDate date) {
  const int64_t year = date.year - (date.month <= 2 ? 1 : 0);
  const int64_t era = (year >= 0 ? year : year - 399) / 400;
  const int64_t year_of_era = year - era * 400;
  const int64_t month = int64_t{date.month} + (date.month > 2 ? -3 : 9);
  const int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
  return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
         719468;
}

constexpr CivilDate DateOf(int64_t days) {
  days += 719468;
  const int64_t era = (days >= 0 ? days : days - 146096) / 146097;
  const int64_t day_of_era = days - era * 146097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * day_of_year + 2) / 153;
  const auto month = static_cast<uint32_t>(shifted < 10 ? shifted + 3 : shifted - 9);
  const auto day = static_cast<uint32_t>(day_of_year - (153 * shifted + 2) / 5 + 1);
  return {static_cast<int32_t>(year_of_era + era * 400 + (month <= 2 ? 1 : 0)), month, day};
}

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

}  // namespace rowhouse::types
