#include "browse/group_lag.h"

#include <chrono>

namespace rowhouse::browse {

std::optional<double> LagTrend::Look(const std::string& group, int64_t lag, Clock::TimePoint now) {
  MutexLock lock(mu_);
  if (seen_.size() >= kGroupsMost && !seen_.contains(group)) {
    seen_.clear();
  }
  const auto [at, fresh] = seen_.try_emplace(group, Seen{now, lag, std::nullopt});
  Seen& before = at->second;
  const double apart = std::chrono::duration<double>(now - before.at).count();
  if (now - before.at > kOld) {
    before = {now, lag, std::nullopt};
  } else if (!fresh && now - before.at >= kApart) {
    before = {now, lag, static_cast<double>(lag - before.lag) / apart};
  }
  return before.per_second;
}

}  // namespace rowhouse::browse
