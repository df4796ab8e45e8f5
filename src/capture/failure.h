#pragma once

#include <optional>
#include <stop_token>

#include "base/mutex.h"
#include "base/result.h"

namespace rowhouse::capture {

// The first error of a run: set by whichever stage meets it, and it stops the others.
//
// Threads: any. Later errors are consequences of the first and are dropped.
class Failure {
 public:
  // kCancelled is no failure, only somebody stopping.
  void Set(Error error) {
    if (error.kind() == ErrorKind::kCancelled) {
      return;
    }
    MutexLock lock(mu_);
    if (!first_) {
      first_ = std::move(error);
    }
    stop_.request_stop();
  }

  void Stop() { stop_.request_stop(); }

  std::stop_token token() const { return stop_.get_token(); }

  std::optional<Error> Take() {
    MutexLock lock(mu_);
    return std::exchange(first_, std::nullopt);
  }

 private:
  std::stop_source stop_;
  Mutex mu_;
  std::optional<Error> first_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::capture
