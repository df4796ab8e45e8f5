#include "inspect/history.h"

#include <algorithm>
#include <cmath>

namespace rowhouse::inspect {

void History::CloseMinute(Series& series) {
  const auto at = static_cast<size_t>(series.newest_second / 60 % kMinutes);
  series.by_minute[at] =
      series.seen == 0 ? kNone : static_cast<float>(series.sum / static_cast<double>(series.seen));
  series.sum = 0;
  series.seen = 0;
}

// Empties what lies between the newest value and `second`: rings are written over.
void History::Advance(Series& series, int64_t second) {
  const int64_t minute = second / 60;
  const int64_t newest_minute = series.newest_second / 60;
  if (minute != newest_minute) {
    CloseMinute(series);
    for (int64_t m = std::max(newest_minute + 1, minute - kMinutes + 1); m <= minute; ++m) {
      series.by_minute[static_cast<size_t>(m % kMinutes)] = kNone;
    }
  }
  for (int64_t s = std::max(series.newest_second + 1, second - kSeconds + 1); s <= second; ++s) {
    series.by_second[static_cast<size_t>(s % kSeconds)] = kNone;
  }
  series.newest_second = second;
}

void History::Put(int64_t now_us, std::string_view name, double value) {
  const int64_t second = now_us / 1'000'000;
  MutexLock lock(mu_);
  const auto [at, made] = series_.try_emplace(std::string(name));
  Series& series = at->second;
  if (made) {
    series.by_second.assign(kSeconds, kNone);
    series.by_minute.assign(kMinutes, kNone);
    series.newest_second = second;
  }
  if (second < series.newest_second) {
    return;  // the clock went back; it will catch up
  }
  if (second > series.newest_second) {
    Advance(series, second);
  }
  series.by_second[static_cast<size_t>(second % kSeconds)] = static_cast<float>(value);
  series.sum += value;
  ++series.seen;
}

Stretch History::Last(std::string_view name, seconds range, int64_t now_us) const {
  const bool by_minute = range.count() > kSeconds;
  const int64_t step = by_minute ? 60 : 1;
  const int64_t slots = by_minute ? kMinutes : kSeconds;
  const int64_t wanted = std::clamp<int64_t>(range.count() / step, 1, slots);
  const int64_t newest = now_us / 1'000'000 / step;
  Stretch out;
  out.step = seconds(step);
  out.from_us = (newest - wanted + 1) * step * 1'000'000;
  MutexLock lock(mu_);
  const auto found = series_.find(name);
  if (found == series_.end()) {
    return out;
  }
  const Series& series = found->second;
  const int64_t written = series.newest_second / step;
  for (int64_t at = newest - wanted + 1; at <= newest; ++at) {
    double value = kNone;
    if (at <= written && at > written - slots) {
      value =
          by_minute && at == written
              ? (series.seen == 0 ? kNone : series.sum / static_cast<double>(series.seen))
              : (by_minute ? series.by_minute : series.by_second)[static_cast<size_t>(at % slots)];
    }
    out.values.push_back(value);
  }
  return out;
}

std::vector<std::string> History::Names() const {
  std::vector<std::string> names;
  MutexLock lock(mu_);
  for (const auto& [name, series] : series_) {
    names.push_back(name);
  }
  return names;
}

}  // namespace rowhouse::inspect
