#include "base/clock.h"

#include <algorithm>
#include <ctime>

#include <fmt/format.h>

namespace rowhouse {

namespace {

class RealClock : public Clock {
 public:
  TimePoint Now() const override { return std::chrono::steady_clock::now(); }

  int64_t WallMicros() const override {
    const auto since = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<microseconds>(since).count();
  }
};

}  // namespace

const Clock& Clock::Real() {
  static const RealClock clock;
  return clock;
}

Deadline Deadline::After(std::chrono::nanoseconds wait, const Clock& clock) {
  return Deadline(clock.Now() + std::chrono::duration_cast<Clock::TimePoint::duration>(wait));
}

Deadline Deadline::Never() {
  return Deadline(Clock::TimePoint::max());
}

bool Deadline::Passed(const Clock& clock) const {
  return clock.Now() >= at_;
}

milliseconds Deadline::Left(const Clock& clock) const {
  constexpr milliseconds kDay = std::chrono::hours(24);
  if (at_ == Clock::TimePoint::max()) {
    return kDay;
  }
  const auto left = std::chrono::ceil<milliseconds>(at_ - clock.Now());
  return std::clamp(left, milliseconds(0), kDay);
}

std::string FormatUtc(int64_t wall_micros) {
  const time_t whole = wall_micros / 1'000'000;
  tm parts{};
  gmtime_r(&whole, &parts);
  return fmt::format(
      "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z",
      parts.tm_year + 1900,
      parts.tm_mon + 1,
      parts.tm_mday,
      parts.tm_hour,
      parts.tm_min,
      parts.tm_sec,
      wall_micros / 1000 % 1000
  );
}

}  // namespace rowhouse
