#pragma once

#include <algorithm>
#include <cstdint>

#include "base/clock.h"

namespace rowhouse {

// Says how long to wait after some rows so that no more than a number of them pass a second.
//
// Time that was not used is not saved up: after a pause rows do not come in a burst.
//
// Threads: one at a time.
class Pacer {
 public:
  // `per_second` 0: no limit.
  explicit Pacer(uint64_t per_second, const Clock& clock = Clock::Real())
      : per_second_(per_second), clock_(clock) {}

  // `rows` have passed; the wait before the next ones.
  milliseconds After(uint64_t rows) {
    if (per_second_ == 0) {
      return milliseconds::zero();
    }
    const auto now = clock_.Now();
    const auto cost = static_cast<double>(rows) / static_cast<double>(per_second_);
    free_at_ =
        std::max(free_at_, now) +
        std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(cost));
    return std::chrono::ceil<milliseconds>(free_at_ - now);
  }

 private:
  const uint64_t per_second_;
  const Clock& clock_;
  Clock::TimePoint free_at_ = {};
};

}  // namespace rowhouse
