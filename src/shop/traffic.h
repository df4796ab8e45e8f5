#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "base/thread.h"
#include "mysql/source_options.h"

namespace rowhouse::shop {

// How the shop is kept busy.
struct TrafficOptions {
  mysql::SourceOptions server;
  std::string database = "shop";
  double changes_per_second = 50;  // row changes; 0 keeps it quiet
  uint64_t seed = 1;
};

// Customers: changes the shop at a steady rate until stopped.
//
// A lost database is met again with growing waits, and what was missed meanwhile is not
// made up for: the rate is never exceeded by much.
//
// Owns:    a thread ("shop") and its connection. The destructor stops it between two transactions.
// Threads: any method from any thread.
// Errors:  logged; nobody waits for them.
class Traffic {
 public:
  explicit Traffic(TrafficOptions options) : options_(std::move(options)) {}

  void Start();
  void Stop();

  uint64_t changes() const { return changes_.load(); }

 private:
  void Run(const std::stop_token& stop);
  Status Serve(const std::stop_token& stop);

  const TrafficOptions options_;
  std::atomic<uint64_t> changes_{0};
  Thread thread_;
};

}  // namespace rowhouse::shop
