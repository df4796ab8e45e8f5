#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/report.h"
#include "bench/world.h"

namespace rowhouse::bench {

// What a run must put into Kafka to be over.
struct Goal {
  uint64_t rows = 0;     // what the figures are counted by
  uint64_t records = 0;  // acknowledged by Kafka
};

// Runs the pipeline of `run` (what `rowhouse run` runs: capture, registry, health) in a process
// of its own, which does nothing else, until the goal is reached. This program starts itself anew
// for it, so memory and CPU are that pipeline's alone.
//
// Figures: rows/s and MB/s (keys and values before compression) from the start of the process to
// the last acknowledgement, µs of CPU a row, peak RSS, time to the first acknowledged record.
Result<Run> MeasureRun(
    const World& world,
    const World::RunConfig& run,
    const std::vector<std::string>& set,
    const Goal& goal
);

// The other side: what the process started by MeasureRun does. `args` follow kMeasuredRun.
inline constexpr const char* kMeasuredRun = "--measured-run";
int MeasuredRunMain(const std::vector<std::string>& args);

}  // namespace rowhouse::bench
