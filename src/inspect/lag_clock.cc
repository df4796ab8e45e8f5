#include "inspect/lag_clock.h"

#include <algorithm>
#include <utility>

namespace rowhouse::inspect {

void LagClock::Look(int64_t now_us, int64_t end, int64_t consumed) {
  while (!waiting_.empty() && waiting_.front().end <= consumed) {
    waiting_.pop_front();
  }
  if (end <= consumed || (!waiting_.empty() && waiting_.back().end >= end)) {
    return;
  }
  const int64_t apart =
      waiting_.empty() ? 0 : (now_us - waiting_.front().at_us) / static_cast<int64_t>(kPerLag);
  if (!waiting_.empty() && now_us - waiting_.back().at_us < apart) {
    waiting_.back().end = end;
    return;
  }
  waiting_.push_back({now_us, end});
  if (waiting_.size() > 2 * kPerLag) {
    std::deque<Seen> joined;
    for (size_t i = 0; i < waiting_.size(); i += 2) {
      joined.push_back({waiting_[i].at_us, waiting_[std::min(i + 1, waiting_.size() - 1)].end});
    }
    waiting_ = std::move(joined);
  }
}

double LagClock::Seconds(int64_t now_us) const {
  return waiting_.empty() ? 0 : static_cast<double>(now_us - waiting_.front().at_us) / 1e6;
}

}  // namespace rowhouse::inspect
