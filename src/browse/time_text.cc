#include "browse/time_text.h"

#include <iterator>

#include <fmt/format.h>

#include "types/calendar.h"

namespace rowhouse::browse {

namespace {

using types::kMicrosPerDay;
using types::kMicrosPerSecond;

// Reads fixed digits from a text; sticky like ByteCursor.
class Digits {
 public:
  explicit Digits(std::string_view text) : left_(text) {}

  int64_t Take(size_t count) {
    int64_t value = 0;
    for (size_t i = 0; i < count; ++i) {
      if (left_.empty() || left_[0] < '0' || left_[0] > '9') {
        ok_ = false;
        return 0;
      }
      value = value * 10 + (left_[0] - '0');
      left_.remove_prefix(1);
    }
    return value;
  }

  bool Accept(std::string_view any_of) {
    if (left_.empty() || any_of.find(left_[0]) == std::string_view::npos) {
      return false;
    }
    left_.remove_prefix(1);
    return true;
  }

  void Expect(char c) { ok_ = Accept({&c, 1}) && ok_; }

  bool AtDigit() const { return !left_.empty() && left_[0] >= '0' && left_[0] <= '9'; }

  char Peek() const { return left_.empty() ? '\0' : left_[0]; }

  bool ok() const { return ok_; }

  bool done() const { return ok_ && left_.empty(); }

 private:
  std::string_view left_;
  bool ok_ = true;
};

int64_t Fraction(Digits& in) {
  int64_t micros = 0;
  int digits = 0;
  for (; in.AtDigit(); ++digits) {
    const int64_t digit = in.Take(1);
    micros = digits < 6 ? micros * 10 + digit : micros;
  }
  for (; digits < 6; ++digits) {
    micros *= 10;
  }
  return micros;
}

// Micros that the offset behind a time is east of UTC.
int64_t Offset(Digits& in) {
  const char sign = in.Peek();
  if (in.Accept("Zz") || sign == '\0') {
    return 0;
  }
  if (!in.Accept("+-")) {
    return 0;
  }
  const int64_t hours = in.Take(2);
  in.Accept(":");
  const int64_t minutes = in.AtDigit() ? in.Take(2) : 0;
  const int64_t micros = (hours * 3600 + minutes * 60) * kMicrosPerSecond;
  return sign == '-' ? -micros : micros;
}

constexpr int64_t kPowers[] = {1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};

}  // namespace

std::optional<int64_t> ParseTime(std::string_view text) {
  Digits in(text);
  types::CivilDate date;
  date.year = static_cast<int32_t>(in.Take(4));
  in.Expect('-');
  date.month = static_cast<uint32_t>(in.Take(2));
  in.Expect('-');
  date.day = static_cast<uint32_t>(in.Take(2));
  if (!in.ok() || date.month < 1 || date.month > 12 || date.day < 1 || date.day > 31) {
    return std::nullopt;
  }
  const int64_t days = types::DaysOf(date);
  if (types::DateOf(days).day != date.day) {
    return std::nullopt;  // the 31st of a month of 30
  }
  int64_t micros = days * kMicrosPerDay;
  if (in.Accept("Tt ")) {
    const int64_t hour = in.Take(2);
    in.Expect(':');
    const int64_t minute = in.Take(2);
    const int64_t second = in.Accept(":") ? in.Take(2) : 0;
    const int64_t fraction = in.Accept(".,") ? Fraction(in) : 0;
    if (hour > 23 || minute > 59 || second > 60) {
      return std::nullopt;
    }
    micros += (hour * 3600 + minute * 60 + second) * kMicrosPerSecond + fraction;
    micros -= Offset(in);
  }
  return in.done() ? std::optional(micros) : std::nullopt;
}

void AppendDate(int64_t days, std::string& out) {
  // Beyond what a calendar's four digits can say, the number itself.
  constexpr int64_t kDaysMost = 2'932'896;  // 9999-12-31
  constexpr int64_t kDaysLeast = -719'528;  // 0000-01-01
  if (days < kDaysLeast || days > kDaysMost) {
    fmt::format_to(std::back_inserter(out), "day {}", days);
    return;
  }
  const types::CivilDate date = types::DateOf(days);
  fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02}", date.year, date.month, date.day);
}

void AppendTimeOfDay(int64_t micros, int fraction_digits, std::string& out) {
  uint64_t left = static_cast<uint64_t>(micros);
  if (micros < 0) {
    out += '-';
    left = 0 - left;
  }
  const uint64_t second = left / static_cast<uint64_t>(kMicrosPerSecond);
  const uint64_t fraction = left % static_cast<uint64_t>(kMicrosPerSecond);
  fmt::format_to(
      std::back_inserter(out), "{:02}:{:02}:{:02}", second / 3600, second / 60 % 60, second % 60
  );
  if (fraction_digits > 0) {
    const auto shown = fraction / static_cast<uint64_t>(kPowers[fraction_digits]);
    fmt::format_to(std::back_inserter(out), ".{:0{}}", shown, fraction_digits);
  }
}

void AppendDateTime(int64_t micros, int fraction_digits, std::string& out) {
  int64_t days = micros / kMicrosPerDay;
  int64_t rest = micros % kMicrosPerDay;
  if (rest < 0) {
    rest += kMicrosPerDay;
    --days;
  }
  AppendDate(days, out);
  out += ' ';
  AppendTimeOfDay(rest, fraction_digits, out);
}

}  // namespace rowhouse::browse
