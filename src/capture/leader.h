#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/thread.h"
#include "capture/failure.h"
#include "capture/progress.h"
#include "model/leadership.h"

namespace rowhouse::capture {

// Holds the right to run the pipeline for one life, and ends that life when it is lost.
//
// Threads:  Take from the owner; the thread "leader" renews.
// Blocking: Take stands by as long as another has the right.
// Errors:   Take: kCancelled at a stop. A renewal that failed goes to Failure, as kUnavailable.
class Leader {
 public:
  using Open = std::function<Result<std::unique_ptr<Leadership>>()>;

  Leader(Progress& progress, Failure& failure, milliseconds renew_interval)
      : progress_(progress), failure_(failure), renew_interval_(renew_interval) {}

  Status Take(const Open& open, const std::stop_token& stop);

  // Gives the right up.
  void Stop();

 private:
  Status StandBy(const std::stop_token& stop);
  void Renew(const std::stop_token& stop);

  Progress& progress_;
  Failure& failure_;
  const milliseconds renew_interval_;
  std::unique_ptr<Leadership> right_;
  Thread thread_;
};

}  // namespace rowhouse::capture
