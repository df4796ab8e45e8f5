#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "clickhouse/client.h"
#include "config/config.h"
#include "kafka/admin.h"
#include "mysql/connection.h"

namespace rowhouse::cli {

// One table on both sides; what could not be asked is nullopt.
struct TableCounts {
  std::string table;
  std::optional<uint64_t> mysql_rows;
  std::optional<uint64_t> clickhouse_rows;
  std::optional<double> fresh_seconds;   // median of the last 10 s, from binlog to ClickHouse
  std::optional<uint64_t> lag_messages;  // in Kafka, not yet in ClickHouse

  bool equal() const {
    return mysql_rows && mysql_rows == clickhouse_rows && lag_messages.value_or(0) == 0;
  }
};

// Counts the demo's tables in MySQL, Kafka and ClickHouse.
//
// Place:    one a demo, asked again and again by its view.
// Owns:     a session with each, opened anew after a failure.
// Threads:  one owner.
// Blocking: a few seconds where one does not answer.
class DemoCounts {
 public:
  explicit DemoCounts(const config::Config& config) : config_(config) {}

  std::vector<TableCounts> Read();

 private:
  std::optional<uint64_t> MySqlRows(const std::string& table);
  Status AddClickHouse(TableCounts& counts);
  Status AddLag(TableCounts& counts, const clickhouse::Rows& places);
  Result<clickhouse::Client*> ClickHouse();
  Result<kafka::Admin*> Kafka();

  const config::Config& config_;
  std::unique_ptr<mysql::Connection> mysql_;
  std::unique_ptr<clickhouse::Client> clickhouse_;
  std::unique_ptr<kafka::Admin> kafka_;
  bool kafka_answers_ = true;  // in this round
};

}  // namespace rowhouse::cli
