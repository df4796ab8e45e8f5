#include "mysql/snapshot.h"

#include <fmt/format.h>

#include "base/clock.h"
#include "mysql/start_position.h"

namespace rowhouse::mysql {

namespace {

constexpr seconds kVisibleMost{30};

Error NotVisible(const Connection& connection, const SourcePosition& seen) {
  return Error(
             ErrorKind::kUnavailable,
             fmt::format(
                 "{}: changes before {} are not visible to a snapshot after {} s",
                 connection.where(),
                 seen.binlog.ToString(),
                 kVisibleMost.count()
             )
  )
      .WithHint(
          "is a commit hanging (SHOW PROCESSLIST), or is this another server than the stream's?"
      );
}

Status Begin(Connection& connection) {
  return connection.Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT");
}

// MySQL: a transaction is in gtid_executed only when it is visible.
Status WaitUntilVisible(Connection& connection, const SourcePosition& seen) {
  if (seen.gtid_set.empty()) {
    return Ok();
  }
  const std::string timed_out = ROWHOUSE_TRY(connection.Value(fmt::format(
      "SELECT WAIT_FOR_EXECUTED_GTID_SET({}, {})", QuoteText(seen.gtid_set), kVisibleMost.count()
  )));
  return timed_out == "0" ? Ok() : Status(NotVisible(connection, seen));
}

// Writers of the table have committed, visibly, before the lock is given, and none starts
// while it is held: the log's end is the snapshot's place as far as this table goes.
Result<SnapshotPlace> OpenUnderLock(
    Connection& connection,
    const SourceOptions& options,
    const TableSchema& table,
    const SourcePosition& seen
) {
  const auto locker = ROWHOUSE_TRY(Connection::Open(options));
  ROWHOUSE_TRY(locker->Execute(
      fmt::format("LOCK TABLES {}.{} READ", QuoteName(table.id.db), QuoteName(table.id.table))
  ));
  ROWHOUSE_TRY(Begin(connection));
  SnapshotPlace place{seen, true};
  place.read_at.binlog = ROWHOUSE_TRY(LogEnd(*locker));
  ROWHOUSE_TRY(locker->Execute("UNLOCK TABLES"));
  return place;
}

}  // namespace

Result<SnapshotPlace> OpenSnapshot(
    Connection& connection,
    const SourceOptions& options,
    const TableSchema& table,
    const SourcePosition& seen
) {
  const bool mysql = connection.flavor() == Flavor::kMySql;
  if (mysql) {
    ROWHOUSE_TRY(WaitUntilVisible(connection, seen));
  }
  const Deadline deadline = Deadline::After(kVisibleMost);
  while (true) {
    ROWHOUSE_TRY(Begin(connection));
    const BinlogPosition at = ROWHOUSE_TRY(SnapshotPosition(connection));
    if (at.empty()) {
      break;
    }
    if (seen.binlog.empty() || Compare(at, seen.binlog) >= 0) {
      SnapshotPlace place{seen, true};
      place.read_at.binlog = at;
      return place;
    }
    // Committed in the log, not yet in the engine: a matter of milliseconds.
    ROWHOUSE_TRY(connection.Execute("COMMIT"));
    if (deadline.Passed()) {
      return NotVisible(connection, seen);
    }
    ROWHOUSE_TRY(connection.Execute("DO SLEEP(0.002)"));
  }
  if (table.has_key()) {
    return SnapshotPlace{seen, false};
  }
  ROWHOUSE_TRY(connection.Execute("COMMIT"));
  return OpenUnderLock(connection, options, table, seen);
}

Status PrepareForReading(Connection& connection, const SourceOptions& options) {
  ROWHOUSE_TRY(connection.Execute(fmt::format(
      "SET SESSION time_zone = '+00:00', SESSION sql_mode = '', SESSION net_write_timeout = {}, "
      "SESSION wait_timeout = 86400",
      options.net_write_timeout.count()
  )));
  ROWHOUSE_TRY(connection.Execute("SET NAMES utf8mb4"));
  return connection.Execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ");
}

}  // namespace rowhouse::mysql
