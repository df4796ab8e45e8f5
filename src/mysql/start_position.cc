#include "mysql/start_position.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "mysql/gtid_set.h"

namespace rowhouse::mysql {

namespace {

struct LogFile {
  std::string name;
  uint64_t size = 0;
};

uint64_t ToNumber(std::string_view text) {
  uint64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

Result<std::vector<LogFile>> LogFiles(Connection& connection) {
  const Rows rows = ROWHOUSE_TRY(connection.Query("SHOW BINARY LOGS"));
  std::vector<LogFile> files;
  for (const auto& row : rows.rows) {
    if (row.size() >= 2) {
      files.push_back({row[0].value_or(""), ToNumber(row[1].value_or(""))});
    }
  }
  if (files.empty()) {
    return Error(ErrorKind::kConfig, connection.where() + ": the server has no binary log")
        .WithCode("E-MYSQL-010")
        .WithHint("start the server with log_bin");
  }
  return files;
}

constexpr std::string_view kLoadAnew =
    "load the tables anew; keep binary logs longer (binlog_expire_logs_seconds)";

Error Purged(const Connection& connection, const std::string& what) {
  return Error(
             ErrorKind::kConfig,
             fmt::format(
                 "{}: the server no longer has the changes to go on from: {}",
                 connection.where(),
                 what
             )
  )
      .WithCode("E-MYSQL-024")
      .WithHint(std::string(kLoadAnew));
}

Error Errant(const Connection& connection, const std::string& what) {
  return Error(
             ErrorKind::kConfig,
             fmt::format(
                 "{}: the server lacks transactions that were read already: {}",
                 connection.where(),
                 what
             )
  )
      .WithCode("E-MYSQL-025")
      .WithHint(
          "it was restored, RESET, or is the wrong server: point source.host at the right one, or "
          "load the tables anew"
      );
}

// A set as SQL; line breaks that MySQL puts between sources are let through.
std::string SetLiteral(const std::string& set) {
  return QuoteText(set);
}

Status CheckMySqlGtids(Connection& connection, const std::string& ours) {
  const std::string set = SetLiteral(ours);
  const Rows rows = ROWHOUSE_TRY(connection.Query(
      "SELECT GTID_SUBTRACT(@@GLOBAL.gtid_purged, " + set + ") AS purged, GTID_SUBTRACT(" + set +
      ", @@GLOBAL.gtid_executed) AS errant"
  ));
  if (const std::string errant = rows.First("errant"); !errant.empty()) {
    return Errant(connection, errant);
  }
  if (const std::string purged = rows.First("purged"); !purged.empty()) {
    return Purged(connection, "GTIDs " + purged + " are purged");
  }
  return Ok();
}

Status CheckMariaDbGtids(Connection& connection, const std::string& ours) {
  const std::string theirs = ROWHOUSE_TRY(connection.Value("SELECT @@GLOBAL.gtid_current_pos"));
  const std::string logged = ROWHOUSE_TRY(connection.Value("SELECT @@GLOBAL.gtid_binlog_pos"));
  GtidSet has = ROWHOUSE_TRY(GtidSet::Parse(Flavor::kMariaDb, theirs));
  has.Add(ROWHOUSE_TRY(GtidSet::Parse(Flavor::kMariaDb, logged)));
  const GtidSet needed = ROWHOUSE_TRY(GtidSet::Parse(Flavor::kMariaDb, ours));
  if (!has.Contains(needed)) {
    return Errant(
        connection, needed.Minus(has).ToString() + " (the server is at " + has.ToString() + ")"
    );
  }
  return Ok();
}

Status CheckGtids(Connection& connection, const std::string& ours) {
  if (ours.empty()) {
    return Ok();
  }
  return connection.flavor() == Flavor::kMySql ? CheckMySqlGtids(connection, ours)
                                               : CheckMariaDbGtids(connection, ours);
}

uint32_t NumberOf(const std::string& file) {
  const Result<uint32_t> number = BinlogFileNumber(file);
  return number ? *number : 0;
}

// What SHOW BINARY LOGS says about a position.
enum class Place { kThere, kPurged, kBeyond };

Place Locate(const std::vector<LogFile>& files, const BinlogPosition& at) {
  for (const LogFile& file : files) {
    if (file.name == at.file) {
      return at.pos <= file.size ? Place::kThere : Place::kBeyond;
    }
  }
  return NumberOf(at.file) < NumberOf(files.front().name) ? Place::kPurged : Place::kBeyond;
}

Result<DumpStart> ResolveOnSameServer(Connection& connection, SourcePosition at) {
  const std::vector<LogFile> files = ROWHOUSE_TRY(LogFiles(connection));
  const Place place = Locate(files, at.binlog);
  // The dump request's offset has 32 bits.
  const bool reachable = at.binlog.pos <= std::numeric_limits<uint32_t>::max();
  if (place == Place::kThere && reachable) {
    return DumpStart{std::move(at)};
  }
  if (at.gtid_set.empty()) {
    const std::string what = fmt::format(
        "{}; its files are {} to {} ({} bytes)",
        at.binlog.ToString(),
        files.front().name,
        files.back().name,
        files.back().size
    );
    return place == Place::kPurged ? Purged(connection, what) : Errant(connection, what);
  }
  if (place == Place::kBeyond) {
    ++at.epoch;  // names were started anew
  }
  at.binlog = {};
  return DumpStart{std::move(at)};
}

}  // namespace

Result<DumpStart> ResolveStart(Connection& connection, const SourcePosition& from) {
  if (from.empty()) {
    SourcePosition now = ROWHOUSE_TRY(CurrentPosition(connection));
    now.epoch = from.epoch;
    return DumpStart{std::move(now)};
  }
  SourcePosition at = from;
  at.server_uuid = ROWHOUSE_TRY(ServerIdentity(connection));
  ROWHOUSE_TRY(CheckGtids(connection, at.gtid_set));
  const bool same = from.server_uuid.empty() || from.server_uuid == at.server_uuid;
  if (same) {
    return at.binlog.empty() ? Result<DumpStart>(DumpStart{std::move(at)})
                             : ResolveOnSameServer(connection, std::move(at));
  }
  if (at.gtid_set.empty()) {
    return Error(
               ErrorKind::kConfig,
               fmt::format(
                   "{} is server {}, but the position {} is of server {} and has no GTIDs to go on "
                   "by",
                   connection.where(),
                   at.server_uuid,
                   from.binlog.ToString(),
                   from.server_uuid
               )
    )
        .WithCode("E-MYSQL-015")
        .WithHint("point source.host at the old server, or load the tables anew");
  }
  ++at.epoch;
  at.binlog = {};
  return DumpStart{std::move(at)};
}

Result<std::string> ServerIdentity(Connection& connection) {
  if (connection.flavor() == Flavor::kMySql) {
    return connection.Value("SELECT @@GLOBAL.server_uuid");
  }
  const Rows rows = ROWHOUSE_TRY(connection.Query("SHOW GLOBAL VARIABLES LIKE 'server_uid'"));
  if (const std::string uid = rows.First("Value"); !uid.empty()) {
    return "server_uid:" + uid;
  }
  return "server_id:" + ROWHOUSE_TRY(connection.Value("SELECT @@GLOBAL.server_id"));
}

Result<BinlogPosition> LogEnd(Connection& connection) {
  const bool renamed = connection.flavor() == Flavor::kMySql && connection.version() >= 80200;
  const Rows rows =
      ROWHOUSE_TRY(connection.Query(renamed ? "SHOW BINARY LOG STATUS" : "SHOW MASTER STATUS"));
  BinlogPosition end{rows.First("File"), ToNumber(rows.First("Position"))};
  if (end.empty()) {
    return Error(ErrorKind::kConfig, connection.where() + ": the server has no binary log")
        .WithCode("E-MYSQL-010")
        .WithHint("start the server with log_bin");
  }
  return end;
}

Result<BinlogPosition> SnapshotPosition(Connection& connection) {
  const Rows rows = ROWHOUSE_TRY(connection.Query("SHOW STATUS LIKE 'binlog_snapshot_%'"));
  BinlogPosition at;
  for (const auto& row : rows.rows) {
    std::string name = row[0].value_or("");
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
      return static_cast<char>(std::tolower(c));
    });
    if (name == "binlog_snapshot_file") {
      at.file = row[1].value_or("");
    } else if (name == "binlog_snapshot_position") {
      at.pos = ToNumber(row[1].value_or(""));
    }
  }
  return at;
}

namespace {

Result<SourcePosition> CurrentMariaDb(Connection& connection) {
  SourcePosition at;
  ROWHOUSE_TRY(connection.Execute("SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"));
  ROWHOUSE_TRY(connection.Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT"));
  at.binlog = ROWHOUSE_TRY(SnapshotPosition(connection));
  ROWHOUSE_TRY(connection.Execute("COMMIT"));
  if (at.binlog.empty()) {
    at.binlog = ROWHOUSE_TRY(LogEnd(connection));  // gives the error that names log_bin
  }
  at.gtid_set = ROWHOUSE_TRY(connection.Value(
      fmt::format("SELECT BINLOG_GTID_POS({}, {})", QuoteText(at.binlog.file), at.binlog.pos)
  ));
  return at;
}

Result<SourcePosition> CurrentMySql(Connection& connection) {
  SourcePosition at;
  at.gtid_set = ROWHOUSE_TRY(connection.Value("SELECT @@GLOBAL.gtid_executed"));
  std::erase(at.gtid_set, '\n');
  if (at.gtid_set.empty()) {
    const std::string mode = ROWHOUSE_TRY(connection.Value("SELECT @@GLOBAL.gtid_mode"));
    if (mode != "ON") {
      return Error(
                 ErrorKind::kConfig,
                 connection.where() + ": gtid_mode is " + mode + ", needed is ON"
      )
          .WithCode("E-MYSQL-015")
          .WithHint("SET GLOBAL enforce_gtid_consistency = ON, then gtid_mode step by step to ON");
    }
    // Nothing was ever committed: the log's very beginning says so without GTIDs.
    at.binlog = {ROWHOUSE_TRY(LogFiles(connection)).front().name, 4};
  }
  return at;
}

}  // namespace

Result<SourcePosition> CurrentPosition(Connection& connection) {
  const bool mysql = connection.flavor() == Flavor::kMySql;
  SourcePosition at = ROWHOUSE_TRY(mysql ? CurrentMySql(connection) : CurrentMariaDb(connection));
  at.server_uuid = ROWHOUSE_TRY(ServerIdentity(connection));
  return at;
}

}  // namespace rowhouse::mysql
