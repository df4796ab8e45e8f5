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

// MySQL, without a stream: a place in the files that every transaction before it is visible at.
//
// The log's end may already hold transactions whose commit is not over. Each of them owns its GTID
// until it is visible; those that own one after the end was asked for are waited for.
Result<SourcePosition> VisiblePlace(Connection& connection, uint16_t epoch) {
  SourcePosition place;
  place.epoch = epoch;
  place.binlog = ROWHOUSE_TRY(LogEnd(connection));
  // "uuid:4#23:5#24": a number, and the session that owns it.
  const std::string owned = ROWHOUSE_TRY(connection.Value("SELECT @@GLOBAL.gtid_owned"));
  bool in_session = false;
  for (const char c : owned) {
    in_session = c == '#' || (in_session && c >= '0' && c <= '9');
    if (!in_session) {
      place.gtid_set += c;
    }
  }
  return place;
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

Result<SnapshotPlace> OpenWithoutStream(
    Connection& connection, const SourceOptions& options, const TableSchema& table, uint16_t epoch
) {
  const std::string gtids = ROWHOUSE_TRY(connection.Value("SELECT @@GLOBAL.gtid_mode"));
  SourcePosition from;
  from.epoch = epoch;
  if (!table.has_key() || gtids != "ON") {
    return OpenUnderLock(connection, options, table, from);
  }
  from = ROWHOUSE_TRY(VisiblePlace(connection, epoch));
  ROWHOUSE_TRY(WaitUntilVisible(connection, from));
  ROWHOUSE_TRY(Begin(connection));
  return SnapshotPlace{from, false};
}

}  // namespace

Result<SnapshotPlace> OpenSnapshot(
    Connection& connection,
    const SourceOptions& options,
    const TableSchema& table,
    const SourcePosition& seen
) {
  if (connection.flavor() == Flavor::kMySql) {
    if (seen.empty()) {
      return OpenWithoutStream(connection, options, table, seen.epoch);
    }
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
