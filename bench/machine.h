#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace rowhouse::bench {

// "2 cores, Intel(R) Xeon(R), 24 GB, Linux 6.1.0".
std::string MachineLine();

// The load average of the last minute: other work makes every number worse.
double LoadNow();

// CPU time of this process and wall time since a moment.
struct Usage {
  double cpu_us = 0;
  std::chrono::steady_clock::time_point at;

  static Usage Now();

  double SecondsSince(const Usage& from) const {
    return std::chrono::duration<double>(at - from.at).count();
  }
};

// The most memory this program has held since it was started ("VmHWM"; getrusage's number also
// counts the parent it was forked from).
uint64_t PeakRssBytes();

}  // namespace rowhouse::bench
