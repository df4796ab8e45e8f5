#pragma once

#include <deque>
#include <optional>
#include <stop_token>
#include <utility>

#include "base/mutex.h"
#include "base/result.h"

namespace rowhouse {

// A queue of items whose summed weight in bytes is bounded.
//
// One item heavier than the whole bound is let in alone, so that a large row
// is slow rather than stuck.
//
// Threads:  any method from any thread.
// Blocking: Push waits for room, Pop for an item; both end at Close(), a stop
//           request or their deadline.
// Errors:   kCancelled after Close() (Pop: once it is empty) or a stop request,
//           kUnavailable at the deadline.
template <typename T>
class BoundedQueue {
 public:
  explicit BoundedQueue(size_t bytes_max) : bytes_max_(bytes_max) {}

  Status Push(T item, size_t bytes, const std::stop_token& stop) {
    MutexLock lock(mu_);
    changed_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
      return closed_ || items_.empty() || bytes_ + bytes <= bytes_max_;
    });
    if (closed_ || stop.stop_requested()) {
      return Error(ErrorKind::kCancelled, "queue closed");
    }
    bytes_ += bytes;
    items_.emplace_back(std::move(item), bytes);
    changed_.NotifyAll();
    return Ok();
  }

  Result<T> Pop(const std::stop_token& stop, Deadline deadline = Deadline::Never()) {
    MutexLock lock(mu_);
    changed_.WaitFor(mu_, stop, deadline, [&]() NO_THREAD_SAFETY_ANALYSIS {
      return closed_ || !items_.empty();
    });
    if (items_.empty()) {
      const bool over = closed_ || stop.stop_requested();
      return over ? Error(ErrorKind::kCancelled, "queue closed")
                  : Error(ErrorKind::kUnavailable, "queue empty at the deadline");
    }
    T item = std::move(items_.front().first);
    bytes_ -= items_.front().second;
    items_.pop_front();
    changed_.NotifyAll();
    return item;
  }

  // Ends all waits; items already there can still be popped.
  void Close() {
    MutexLock lock(mu_);
    closed_ = true;
    changed_.NotifyAll();
  }

  size_t bytes() const {
    MutexLock lock(mu_);
    return bytes_;
  }

  size_t bytes_max() const { return bytes_max_; }

 private:
  const size_t bytes_max_;

  mutable Mutex mu_;
  CondVar changed_;
  std::deque<std::pair<T, size_t>> items_ GUARDED_BY(mu_);
  size_t bytes_ GUARDED_BY(mu_) = 0;
  bool closed_ GUARDED_BY(mu_) = false;
};

}  // namespace rowhouse
