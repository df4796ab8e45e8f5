#pragma once

#include <algorithm>
#include <stop_token>

#include "base/clock.h"
#include "base/mutex.h"

namespace rowhouse {

// Grows the wait between tries: doubles from `first` to `most`.
//
// Threads: one owner. No jitter: each of our retries has one client per server.
class Backoff {
 public:
  Backoff(milliseconds first, milliseconds most) : first_(first), most_(most), next_(first) {}

  // The wait before the next try; doubles for the one after.
  milliseconds Next() {
    const milliseconds now = next_;
    next_ = std::min(next_ * 2, most_);
    return now;
  }

  void Reset() { next_ = first_; }

 private:
  milliseconds first_;
  milliseconds most_;
  milliseconds next_;
};

// Waits unless stopped; false when a stop was requested.
inline bool WaitUnlessStopped(const std::stop_token& stop, milliseconds wait) {
  Mutex mu;
  CondVar cv;
  MutexLock lock(mu);
  cv.WaitFor(mu, stop, Deadline::After(wait), [&] { return stop.stop_requested(); });
  return !stop.stop_requested();
}

}  // namespace rowhouse
