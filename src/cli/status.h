#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/loads.h"
#include "config/config.h"

namespace rowhouse::cli {

// One table on its way, as far as each server could be asked.
struct TableStatus {
  std::string table;
  std::string state;                    // snapshot, running, failed, gone, new
  uint64_t snapshot_rows = 0;           // of the first load so far
  std::optional<LoadStatus> load;       // of the one under way, by the process itself
  std::optional<int64_t> records;       // in its topic
  std::optional<int64_t> behind;        // of these not yet in ClickHouse
  std::optional<int64_t> messages;      // rows of the history table
  std::optional<int64_t> errors;        // rows of the errors table
  std::optional<double> fresh_seconds;  // since the newest message became visible
  std::string note;
};

// A pipeline seen from outside, by its servers.
struct PipelineStatus {
  std::string pipeline;
  std::string process;   // "running", "standby ...", "not ready: ...", "not running"
  std::string position;  // saved: "binlog.000002:1501"
  std::string gtid;
  std::string source_position;          // now
  std::optional<int64_t> behind_bytes;  // of binary log, where both are in one file
  std::vector<TableStatus> tables;
  std::string schema_changes;         // the last ones, as the process tells them; JSON or empty
  std::string verified;               // the last scheduled comparison, JSON or empty
  std::vector<std::string> troubles;  // servers that could not be asked

  // The worst of all: RUNNING, LOADING, DEGRADED, STOPPED; of a standby STANDBY.
  std::string Verdict() const;
};

// Asks process, Kafka, source and ClickHouse; whoever is away is a trouble, not an error.
PipelineStatus ReadStatus(const config::Config& config);

}  // namespace rowhouse::cli
