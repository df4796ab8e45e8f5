#pragma once

#include "base/clock.h"
#include "capture/progress.h"

namespace rowhouse::capture {

// Logs every few seconds how the loads under way go: rows done and estimated, rate, time left.
//
// Place:   the source thread of a run.
// Threads: one.
class LoadReport {
 public:
  LoadReport(const Progress& progress, milliseconds interval, const Clock& clock = Clock::Real());

  // Logs, if it is time and something is being loaded.
  void Tick();

 private:
  const Progress& progress_;
  const milliseconds interval_;
  const Clock& clock_;
  Clock::TimePoint next_;
};

// "45 % of about 2,000,000 rows, 310,000 rows/s, 4 s left"
std::string DescribeLoad(const LoadCounters& load, int64_t now_us);

}  // namespace rowhouse::capture
