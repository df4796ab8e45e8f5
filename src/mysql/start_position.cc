#include "mysql/start_position.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
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
    "rowhouse resync --all --start-over loads the tables anew; keep binary logs longer "
    "(binlog_expire_logs_seconds)";

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
          "load the tables anew: rowhouse resync --all --start-over"
      );
}

// A set as SQL; line breaks that MySQL puts between sources are let through.
std::string SetLiteral(const std::string& set) {
  return QuoteText(set);
}

// `ours` must be among what the server has; what is not in `from` must still be in its logs.
Status CheckMySqlGtids(Connection& connection, const std::string& ours, const std::string& from) {
  const Rows rows = ROWHOUSE_TRY(connection.Query(
      "SELECT GTID_SUBTRACT(@@GLOBAL.gtid_purged, " + SetLiteral(from) +
      ") AS purged, GTID_SUBTRACT(" + SetLiteral(ours) + ", @@GLOBAL.gtid_executed) AS errant"
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

Status CheckGtids(Connection& connection, const SourcePosition& at) {
  if (at.gtid_set.empty()) {
    return Ok();
  }
  return connection.flavor() == Flavor::kMySql
             ? CheckMySqlGtids(connection, at.gtid_set, BeginOf(at).gtid_set)
             : CheckMariaDbGtids(connection, at.gtid_set);
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

Error StartedAnew(const Connection& connection, const std::string& what) {
  return Error(
             ErrorKind::kConfig,
             fmt::format(
                 "{}: the server's log was started anew (RESET) and gives names and GTIDs that "
                 "were "
                 "read already to other transactions: {}",
                 connection.where(),
                 what
             )
  )
      .WithCode("E-MYSQL-025")
      .WithHint(
          "what was changed in between can't be told: load the tables anew by rowhouse resync "
          "--all "
          "--start-over"
      );
}

// The GTID in what SHOW BINLOG EVENTS says of an event: "... GTID_NEXT= 'uuid:7'" or "... GTID
// 0-1-7"; empty where it is no GTID event.
std::string GtidOfInfo(const std::string& type, std::string_view info) {
  const bool mysql = info.find("GTID_NEXT") != std::string_view::npos;
  const size_t from = mysql ? info.find('\'') + 1 : info.rfind(' ') + 1;
  return type.starts_with("Gtid") && type != "Gtid_list"
             ? std::string(info.substr(from, info.find('\'', from) - from))
             : std::string();
}

// What follows a position must not have been read yet: else the file is another one of the same
// name.
Status CheckSameLog(Connection& connection, const SourcePosition& begin) {
  if (begin.gtid_set.empty()) {
    return Ok();
  }
  const Rows rows = ROWHOUSE_TRY(connection.Query(fmt::format(
      "SHOW BINLOG EVENTS IN {} FROM {} LIMIT 1", QuoteText(begin.binlog.file), begin.binlog.pos
  )));
  const std::string next = GtidOfInfo(rows.First("Event_type"), rows.First("Info"));
  if (next.empty()) {
    return Ok();
  }
  const Flavor flavor = connection.flavor();
  const GtidSet ours = ROWHOUSE_TRY(GtidSet::Parse(flavor, begin.gtid_set));
  if (ours.Contains(ROWHOUSE_TRY(GtidSet::Parse(flavor, next)))) {
    return StartedAnew(
        connection, fmt::format("at {} there is {} now", begin.binlog.ToString(), next)
    );
  }
  return Ok();
}

// The server names its files anew. That is well where it was set up from another one (its own
// transactions begin after those read already), and not after a RESET, which counts them anew too.
Status CheckRenamedLog(Connection& connection, const SourcePosition& at, const std::string& what) {
  if (connection.flavor() == Flavor::kMariaDb) {
    return StartedAnew(connection, what);
  }
  const std::string again = ROWHOUSE_TRY(connection.Value(
      "SELECT GTID_SUBTRACT(" + SetLiteral(at.gtid_set) + ", @@GLOBAL.gtid_purged)"
  ));
  return again.find(at.server_uuid) == std::string::npos
             ? Ok()
             : Status(StartedAnew(connection, what + "; " + again));
}

// What MariaDB's first log file begins after; MySQL says it by gtid_purged, which is checked.
Status CheckMariaDbPurged(Connection& connection, const std::string& from) {
  const std::string first = ROWHOUSE_TRY(LogFiles(connection)).front().name;
  const Rows rows =
      ROWHOUSE_TRY(connection.Query("SHOW BINLOG EVENTS IN " + QuoteText(first) + " LIMIT 3"));
  std::string list;
  for (const auto& row : rows.rows) {
    if (row.size() > 5 && row[2] == "Gtid_list") {
      list = row[5].value_or("");
    }
  }
  std::erase_if(list, [](char c) { return c == '[' || c == ']' || c == ' ' || c == '\n'; });
  const GtidSet before = ROWHOUSE_TRY(GtidSet::Parse(Flavor::kMariaDb, list));
  const GtidSet ours = ROWHOUSE_TRY(GtidSet::Parse(Flavor::kMariaDb, from));
  if (ours.Contains(before)) {
    return Ok();
  }
  return Purged(
      connection,
      fmt::format(
          "its first file {} begins after {}, read was up to {}",
          first,
          before.Minus(ours).ToString(),
          from.empty() ? "nothing" : from
      )
  );
}

// On from `at` wherever the server finds its GTIDs in its logs.
Result<DumpStart> ByGtid(Connection& connection, SourcePosition at) {
  if (connection.flavor() == Flavor::kMariaDb) {
    ROWHOUSE_TRY(CheckMariaDbPurged(connection, BeginOf(at).gtid_set));
  }
  at.binlog = {};
  at.reread_from.binlog = {};
  return DumpStart{std::move(at)};
}

Result<DumpStart> ResolveOnSameServer(Connection& connection, SourcePosition at) {
  const std::vector<LogFile> files = ROWHOUSE_TRY(LogFiles(connection));
  const SourcePosition begin = BeginOf(at);
  const Place place = Locate(files, begin.binlog);
  // The dump request's offset has 32 bits.
  const bool reachable = begin.binlog.pos <= std::numeric_limits<uint32_t>::max();
  if (place == Place::kThere) {
    ROWHOUSE_TRY(CheckSameLog(connection, begin));
  }
  if (place == Place::kThere && reachable) {
    return DumpStart{std::move(at)};
  }
  const std::string what = fmt::format(
      "{}; its files are {} to {} ({} bytes)",
      begin.binlog.ToString(),
      files.front().name,
      files.back().name,
      files.back().size
  );
  if (at.gtid_set.empty()) {
    return place == Place::kPurged ? Purged(connection, what) : Errant(connection, what);
  }
  if (place == Place::kBeyond) {
    ROWHOUSE_TRY(CheckRenamedLog(connection, at, what));
    ++at.epoch;  // names were started anew
  }
  return ByGtid(connection, std::move(at));
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
  ROWHOUSE_TRY(CheckGtids(connection, at));
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
        .WithHint(
            "point source.host at the old server, or load the tables anew: rowhouse resync --all "
            "--start-over"
        );
  }
  ++at.epoch;
  return ByGtid(connection, std::move(at));
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

namespace {

// The prepared XA transactions, as text. Without the privilege to see them (MySQL:
// XA_RECOVER_ADMIN) there are none to wait for: the check of the server warns of it.
Result<std::vector<std::string>> PreparedXas(Connection& connection) {
  const auto rows = connection.Query("XA RECOVER");
  std::vector<std::string> names;
  if (!rows.has_value()) {
    return rows.error().kind() == ErrorKind::kUnavailable
               ? Result<std::vector<std::string>>(rows.error())
               : names;
  }
  for (const auto& row : rows->rows) {
    names.push_back(fmt::format("{} (format {})", row[3].value_or(""), row[0].value_or("")));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

Result<SourcePosition> FirstPosition(Connection& connection) {
  SourcePosition at = ROWHOUSE_TRY(CurrentPosition(connection));
  std::vector<std::string> waiting = ROWHOUSE_TRY(PreparedXas(connection));
  const Deadline deadline = Deadline::After(seconds(5));
  while (!waiting.empty()) {
    if (deadline.Passed()) {
      return Error(
                 ErrorKind::kUnavailable,
                 fmt::format(
                     "{}: {} prepared XA transactions wait for their outcome since before the "
                     "start, the first is {}; their rows stand in the log before the place to "
                     "start "
                     "from",
                     connection.where(),
                     waiting.size(),
                     waiting.front()
                 )
      )
          .WithCode("E-MYSQL-032")
          .WithHint("XA COMMIT or XA ROLLBACK them (XA RECOVER lists them); the start waits");
    }
    ROWHOUSE_TRY(connection.Execute("DO SLEEP(0.05)"));
    const std::vector<std::string> now = ROWHOUSE_TRY(PreparedXas(connection));
    std::erase_if(waiting, [&](const std::string& name) {
      return !std::binary_search(now.begin(), now.end(), name);
    });
  }
  return at;
}

Result<SourcePosition> CurrentPosition(Connection& connection) {
  const bool mysql = connection.flavor() == Flavor::kMySql;
  SourcePosition at = ROWHOUSE_TRY(mysql ? CurrentMySql(connection) : CurrentMariaDb(connection));
  at.server_uuid = ROWHOUSE_TRY(ServerIdentity(connection));
  return at;
}

}  // namespace rowhouse::mysql
