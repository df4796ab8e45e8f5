#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/report.h"

namespace rowhouse::bench {

// What the command line says.
struct Settings {
  std::vector<std::string> workloads;  // empty: all
  uint64_t rows = 2'000'000;
  uint64_t changes = 2'000'000;
  std::vector<uint64_t> rates = {100, 1000};  // changes a second, of `latency`
  uint64_t seconds = 20;                      // a run of `latency`
  int runs = 3;
  bool json = false;
  std::vector<std::string> set;  // options of the measured rowhouse, "key=value"
};

// A named workload; runs it settings.runs times into the report.
struct Workload {
  const char* name;
  Status (*run)(const Settings& settings, Report& report);
};

Status RunDecode(const Settings& settings, Report& report);
Status RunEncode(const Settings& settings, Report& report);
Status RunRecode(const Settings& settings, Report& report);
Status RunSnapshot(const Settings& settings, Report& report);
Status RunStream(const Settings& settings, Report& report);
Status RunLatency(const Settings& settings, Report& report);
Status RunInsert(const Settings& settings, Report& report);

}  // namespace rowhouse::bench
