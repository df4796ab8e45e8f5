#include "console/attempts.h"

#include <algorithm>

namespace rowhouse::console {

seconds Attempts::Wait(const std::string& key) {
  const MutexLock lock(mu_);
  const auto found = keys_.find(key);
  const Clock::TimePoint now = clock_.Now();
  if (found == keys_.end() || found->second.until <= now) {
    return seconds(0);
  }
  return std::chrono::ceil<seconds>(found->second.until - now);
}

void Attempts::Failed(const std::string& key) {
  const MutexLock lock(mu_);
  const Clock::TimePoint now = clock_.Now();
  Key& entry = keys_[key];
  if (entry.failures > 0 && now - entry.last > kForgottenAfter) {
    entry.failures = 0;
  }
  ++entry.failures;
  entry.last = now;
  if (entry.failures >= kFree) {
    const int doublings = std::min(entry.failures - kFree, 16);
    entry.until = now + std::min(kLongest, seconds(int64_t{1} << doublings));
  }
  ForgetSome();
}

void Attempts::Succeeded(const std::string& key) {
  const MutexLock lock(mu_);
  keys_.erase(key);
}

void Attempts::ForgetSome() {
  if (keys_.size() <= kKeysMax) {
    return;
  }
  keys_.erase(std::ranges::min_element(keys_, {}, [](const auto& k) { return k.second.last; }));
}

}  // namespace rowhouse::console
