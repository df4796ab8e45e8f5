#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"

namespace rowhouse::browse {

// How groups' lags change, from one look to a later one.
//
// Threads: any. Bounded: forgets all beyond kGroupsMost groups.
class LagTrend {
 public:
  static constexpr size_t kGroupsMost = 20'000;
  static constexpr seconds kApart{5};
  static constexpr seconds kOld{600};

  // Offsets a second, above 0 where it grows, between two looks at least kApart from each other;
  // none before there were two, or where the one before is kOld.
  std::optional<double> Look(const std::string& group, int64_t lag, Clock::TimePoint now);

 private:
  struct Seen {
    Clock::TimePoint at;
    int64_t lag = 0;
    std::optional<double> per_second;
  };

  Mutex mu_;
  std::map<std::string, Seen> seen_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::browse
