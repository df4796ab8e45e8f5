#include "inspect/source_side.h"

#include <charconv>
#include <utility>

namespace rowhouse::inspect {

namespace {

constexpr seconds kReadLimit{3};
constexpr uint64_t kDay = 86'400;

uint64_t Number(const std::optional<std::string>& cell) {
  uint64_t n = 0;
  if (cell) {
    std::from_chars(cell->data(), cell->data() + cell->size(), n);
  }
  return n;
}

// binlog_expire_logs_seconds, or the older expire_logs_days where only that is set.
Result<uint64_t> Retention(mysql::Connection& connection) {
  const mysql::Rows rows = ROWHOUSE_TRY(connection.Query(
      "SHOW GLOBAL VARIABLES WHERE Variable_name IN ('binlog_expire_logs_seconds', "
      "'expire_logs_days')"
  ));
  uint64_t by_seconds = 0;
  double by_days = 0;
  for (const auto& row : rows.rows) {
    if (row[0] == "binlog_expire_logs_seconds") {
      by_seconds = Number(row[1]);
    } else {
      by_days = row[1] ? std::strtod(row[1]->c_str(), nullptr) : 0;
    }
  }
  return by_seconds > 0 ? by_seconds : static_cast<uint64_t>(by_days * kDay);
}

Status ReadLogs(mysql::Connection& connection, const BinlogPosition& saved, SourceSight& log) {
  const mysql::Rows rows = ROWHOUSE_TRY(connection.Query("SHOW BINARY LOGS"));
  uint64_t behind = 0;
  uint64_t before = 0;
  bool found = false;
  for (const auto& row : rows.rows) {
    const std::string file = row[0].value_or("");
    const uint64_t size = Number(row[1]);
    log.end = {file, size};
    if (file == saved.file) {
      found = true;
      behind += size > saved.pos ? size - saved.pos : 0;
    } else if (found) {
      behind += size;
    } else {
      ++before;
    }
  }
  if (found) {
    log.behind_bytes = behind;
    log.files_before = before;
  }
  return Ok();
}

}  // namespace

Result<SourceLook> SourceSide::LookOnce(const BinlogPosition& saved, Rows rows) {
  if (connection_ == nullptr) {
    connection_ = ROWHOUSE_TRY(mysql::Connection::Open(options_, kReadLimit));
  }
  SourceLook look;
  look.version = connection_->version_text();
  ROWHOUSE_TRY(ReadLogs(*connection_, saved, look.log));
  look.log.retention_seconds = ROWHOUSE_TRY(Retention(*connection_));
  if (rows == Rows::kAsk) {
    const mysql::Rows tables = ROWHOUSE_TRY(connection_->Query(
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_ROWS FROM information_schema.TABLES WHERE "
        "TABLE_TYPE = 'BASE TABLE' AND TABLE_SCHEMA NOT IN ('mysql', 'sys', 'information_schema', "
        "'performance_schema')"
    ));
    for (const auto& row : tables.rows) {
      look.rows[TableId{row[0].value_or(""), row[1].value_or("")}] = Number(row[2]);
    }
  }
  return look;
}

Result<SourceLook> SourceSide::Look(const BinlogPosition& saved, Rows rows) {
  auto look = LookOnce(saved, rows);
  if (!look) {
    connection_.reset();
  }
  return look;
}

}  // namespace rowhouse::inspect
