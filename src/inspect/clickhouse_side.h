#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "clickhouse/client.h"
#include "clickhouse/pipeline_sql.h"
#include "inspect/sight.h"
#include "metrics/instruments.h"
#include "model/table.h"

namespace rowhouse::inspect {

// The messages of one table that became visible since the look before.
struct FreshMessages {
  uint64_t count = 0;
  int64_t visible_us = 0;        // the newest
  int64_t newest_change_us = 0;  // its commit
  StageSeconds median;
  // Commit to visible, by the bounds of metrics::kSecondsBounds; loaded rows are not in it.
  std::vector<uint64_t> delays;
  double delay_sum = 0;
};

// What ClickHouse says of one table.
struct TableInClickHouse {
  uint64_t messages = 0;
  uint64_t dead_letters = 0;
  uint64_t target_rows = 0;
  uint64_t active_parts = 0;
  std::map<int32_t, int64_t> consumed;  // by partition: the next offset
  std::optional<FreshMessages> fresh;
};

// What one look at ClickHouse saw.
struct ClickHouseLook {
  std::string version;
  std::map<TableId, TableInClickHouse> tables;  // those that are set up
};

// Asks ClickHouse for all tables of a pipeline at once: two queries of its system tables, and one
// of the history tables that have changed since the last look.
//
// Messages count as seen once, by their kafka_timestamp: a look takes those up to two seconds
// ago, since the moment is taken before the row can be read.
//
// Threads: one owner. Blocking: up to the deadline.
class ClickHouseSide {
 public:
  // `lookback`: the first look sees messages of so long ago.
  ClickHouseSide(
      clickhouse::ClientOptions client, clickhouse::PipelineOptions pipeline, seconds lookback
  )
      : options_(std::move(client)), pipeline_(std::move(pipeline)), lookback_(lookback) {}

  Result<ClickHouseLook> Look(const std::vector<TableId>& tables, Deadline deadline);

 private:
  // Of one table's messages.
  struct Seen {
    uint64_t messages = 0;
    int64_t to_ms = 0;       // ClickHouse's clock: up to here
    int64_t changed_ms = 0;  // when there were more than before; above to_ms: to be looked at
  };

  using ByName = std::map<std::string, TableId>;  // name in ClickHouse → table

  Status Parts(const ByName& names, ClickHouseLook& look, Deadline deadline);
  Status Consumers(const ByName& names, ClickHouseLook& look, Deadline deadline);
  Status Fresh(ClickHouseLook& look, Deadline deadline);
  std::string FreshSql(const TableId& table, int64_t from_ms, int64_t upto_ms) const;
  std::vector<TableId> Changed(const ClickHouseLook& look, int64_t now_ms);

  const clickhouse::ClientOptions options_;
  const clickhouse::PipelineOptions pipeline_;
  const seconds lookback_;
  std::unique_ptr<clickhouse::Client> client_;
  std::map<TableId, Seen> seen_;
};

}  // namespace rowhouse::inspect
