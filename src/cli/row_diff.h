#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"

namespace rowhouse::cli {

// One column of a row on both sides, for people; nullopt is NULL.
struct DiffCell {
  std::string column;
  std::optional<std::string> mysql;
  std::optional<std::string> clickhouse;
  bool differs = false;
};

// One message about the row in ClickHouse's history.
struct DiffMessage {
  std::string op;
  std::string source;  // "binlog.000002:1501 row 3"
  std::string version;
  std::string kafka;  // "shop.orders[2]@17"
  std::string visible_at;
};

// The last record of the row's key in Kafka.
struct DiffRecord {
  std::string place;
  int64_t timestamp_ms = 0;
  std::string json;  // the envelope; "null" for a tombstone
};

// One row in each place on its way.
struct RowDiff {
  std::string table;
  bool in_mysql = false;
  bool in_clickhouse = false;
  std::string clickhouse_version;  // of the current row, or of what removed it
  std::vector<DiffCell> cells;
  std::vector<DiffMessage> history;  // the last ones, newest first
  std::optional<DiffRecord> record;
  std::vector<std::string> troubles;  // what could not be asked, and why
};

// The row of `table` ("shop.orders") whose key has these values, in the key's order, as MySQL
// writes them (bytes as 0x...).
//
// Kafka is read from the row's last message in ClickHouse's history on: the whole topic is
// never searched. Errors: no such table, a key of another length, a server that is away.
Result<RowDiff> ReadRowDiff(
    const config::Config& config, const std::string& table, const std::vector<std::string>& key
);

}  // namespace rowhouse::cli
