#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "kafka/admin.h"
#include "model/position.h"
#include "model/table.h"

namespace rowhouse::inspect {

// A server of the pipeline as it was when last asked.
struct PartSight {
  enum class State { kOff, kWaiting, kOk, kDown };

  State state = State::kWaiting;  // kWaiting: not asked yet; kOff: none is configured
  std::string address;
  std::string version;
  int64_t since_us = 0;          // wall clock: in this state since
  std::optional<Error> trouble;  // kDown: why
};

std::string_view StateName(PartSight::State state);

// Where the time of a change went, in seconds: medians of the messages seen since the last look.
struct StageSeconds {
  double read = 0;     // commit in the source to the record's making
  double produce = 0;  // to its time in Kafka
  double insert = 0;   // to the moment it was visible in ClickHouse
  double total = 0;
};

// One partition of a table's topic, and how far its consumer is.
struct PartitionSight {
  int32_t partition = 0;
  int64_t begin = 0;
  int64_t end = 0;
  std::optional<int64_t> consumed;  // the next offset its consumer reads
  double lag_seconds = 0;           // how long the oldest record before it has waited
};

// One table as far as each server could be asked.
struct TableSight {
  std::string topic;
  std::string group;
  std::vector<PartitionSight> partitions;  // empty: no topic yet
  std::optional<int64_t> lag_records;      // offsets not consumed yet, control records among them
  double lag_seconds = 0;                // how long the oldest of them has waited; 0 when none does
  std::optional<double> kept_seconds;    // by its topic; known of those that lag; none: for ever
  std::optional<uint64_t> source_rows;   // the server's estimate
  std::optional<uint64_t> messages;      // rows of the history table
  std::optional<uint64_t> target_rows;   // of the current table, replaced ones among them
  std::optional<uint64_t> dead_letters;  // rows of the errors table
  uint64_t active_parts = 0;             // the most that any of its tables has
  std::optional<int64_t> visible_us;     // wall clock of the newest visible message
  std::optional<int64_t> newest_change_us;  // its commit in the source
  double messages_per_second = 0;           // became visible since the last look
  std::optional<StageSeconds> stages;       // none where nothing new was seen
};

// The source's binary log.
struct SourceSight {
  BinlogPosition end;                         // where it is now
  std::optional<uint64_t> behind_bytes;       // from the saved position to the end
  std::optional<uint64_t> files_before;       // kept files before the saved position's
  std::optional<uint64_t> retention_seconds;  // by which the server purges; 0: never
};

// All servers of a pipeline at one moment, as far as each could be asked.
struct Sight {
  int64_t at_us = 0;
  PartSight source;
  PartSight kafka;
  PartSight clickhouse;
  PartSight registry;
  SourceSight log;
  std::vector<kafka::BrokerInfo> brokers;
  size_t topics = 0;
  std::map<TableId, TableSight> tables;
};

using SightPtr = std::shared_ptr<const Sight>;

}  // namespace rowhouse::inspect
