#include "mysql/replica_snapshots.h"

#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "mysql/start_position.h"

namespace rowhouse::mysql {

namespace {

struct LastOfDomain {
  std::string server;
  uint64_t sequence = 0;
};

// "0-1-42,1-1-7" by domain; nullopt where it is none.
std::optional<std::map<std::string, LastOfDomain>> Domains(std::string_view text) {
  std::map<std::string, LastOfDomain> domains;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const size_t first = one.find('-');
    const size_t last = one.rfind('-');
    if (first == std::string_view::npos || first == last) {
      return std::nullopt;
    }
    LastOfDomain& domain = domains[std::string(one.substr(0, first))];
    domain.server = one.substr(first + 1, last - first - 1);
    std::from_chars(one.data() + last + 1, one.data() + one.size(), domain.sequence);
  }
  return domains;
}

Error NoReplica(const SourceOptions& options, const std::string& why) {
  return Error(
             ErrorKind::kConfig,
             fmt::format(
                 "source.read_endpoint {}: {}, so rows of {} can't be read there",
                 options.Reading().Where(),
                 why,
                 options.Where()
             )
  )
      .WithCode("E-MYSQL-034")
      .WithHint("name a replica of this source that replicates by GTID, or leave the option out");
}

// The transactions that sessions have taken numbers for and not yet shown: "uuid:4#23:5#24" without
// the sessions.
std::string WithoutOwners(const std::string& owned) {
  std::string gtids;
  bool in_session = false;
  for (const char c : owned) {
    in_session = c == '#' || (in_session && c >= '0' && c <= '9');
    if (!in_session) {
      gtids += c;
    }
  }
  return gtids;
}

// The log's end first: what is asked for after it covers at least that.
Result<SourcePosition> PlaceOf(Connection& source, uint16_t epoch) {
  SourcePosition place;
  place.epoch = epoch;
  place.binlog = ROWHOUSE_TRY(LogEnd(source));
  if (source.flavor() == Flavor::kMariaDb) {
    place.gtid_set = ROWHOUSE_TRY(source.Value("SELECT @@GLOBAL.gtid_binlog_pos"));
    return place;
  }
  // In this order: what is not owned any more has been executed.
  place.gtid_set = WithoutOwners(ROWHOUSE_TRY(source.Value("SELECT @@GLOBAL.gtid_owned")));
  const std::string executed = ROWHOUSE_TRY(source.Value("SELECT @@GLOBAL.gtid_executed"));
  place.gtid_set += place.gtid_set.empty() || executed.empty() ? executed : "," + executed;
  std::erase(place.gtid_set, '\n');
  return place;
}

// The GTIDs before `seen`, also where the stream knows its file only.
Result<std::string> GtidsBefore(Connection& source, const SourcePosition& seen) {
  if (!seen.gtid_set.empty() || seen.binlog.empty() || source.flavor() == Flavor::kMySql) {
    return seen.gtid_set;
  }
  return source.Value(
      fmt::format("SELECT BINLOG_GTID_POS({}, {})", QuoteText(seen.binlog.file), seen.binlog.pos)
  );
}

}  // namespace

bool SameLog(const std::string& at_source, const std::string& at_replica) {
  const auto source = Domains(at_source);
  const auto replica = Domains(at_replica);
  if (!source || !replica || source->empty() != replica->empty()) {
    return false;
  }
  for (const auto& [domain, last] : *source) {
    const auto found = replica->find(domain);
    if (found == replica->end()) {
      return false;
    }
    const LastOfDomain& other = found->second;
    const uint64_t apart =
        std::max(last.sequence, other.sequence) - std::min(last.sequence, other.sequence);
    if (apart > 1 || (apart == 0 && last.server != other.server)) {
      return false;
    }
  }
  return true;
}

Result<ReplicaStatus> ReadReplicaStatus(Connection& connection) {
  const bool renamed = connection.flavor() == Flavor::kMySql && connection.version() >= 80022;
  const Rows rows =
      ROWHOUSE_TRY(connection.Query(renamed ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS"));
  const auto of = [&](const char* now, const char* before) {
    return rows.First(renamed ? now : before);
  };
  ReplicaStatus status;
  status.is_replica = !rows.empty();
  status.io_runs = of("Replica_IO_Running", "Slave_IO_Running") == "Yes";
  status.sql_runs = of("Replica_SQL_Running", "Slave_SQL_Running") == "Yes";
  status.source = of("Source_Host", "Master_Host") + ":" + of("Source_Port", "Master_Port");
  status.error = rows.First("Last_SQL_Error");
  status.error = status.error.empty() ? rows.First("Last_IO_Error") : status.error;
  status.seconds_behind = of("Seconds_Behind_Source", "Seconds_Behind_Master");
  status.by_gtid = rows.First("Using_Gtid");
  status.read.file = rows.First("Master_Log_File");
  const std::string pos = rows.First("Read_Master_Log_Pos");
  std::from_chars(pos.data(), pos.data() + pos.size(), status.read.pos);
  status.read_gtids = rows.First("Gtid_IO_Pos");
  return status;
}

std::string Describe(const ReplicaStatus& status) {
  if (!status.is_replica) {
    return "it replicates nothing";
  }
  if (status.io_runs && status.sql_runs) {
    return status.seconds_behind.empty() ? "it is behind" : status.seconds_behind + " s behind";
  }
  const std::string_view what = status.io_runs    ? "its SQL thread is"
                                : status.sql_runs ? "its IO thread is"
                                                  : "its replication is";
  return fmt::format("{} stopped{}", what, status.error.empty() ? "" : ": " + status.error);
}

Result<std::unique_ptr<ReplicaSnapshots>> ReplicaSnapshots::Open(
    const SourceOptions& options, Connection& source
) {
  auto connection = ROWHOUSE_TRY(Connection::Open(options.Reading()));
  ROWHOUSE_TRY(PrepareForReading(*connection, options));
  std::unique_ptr<ReplicaSnapshots> replica(new ReplicaSnapshots(options, std::move(connection)));
  if (replica->replica_->flavor() != source.flavor()) {
    return NoReplica(options, "it is " + replica->replica_->version_text());
  }
  ROWHOUSE_TRY(
      source.flavor() == Flavor::kMySql ? replica->CheckMySql(source)
                                        : replica->CheckMariaDb(source)
  );
  return replica;
}

Status ReplicaSnapshots::CheckMySql(Connection& source) {
  const std::string mode = ROWHOUSE_TRY(replica_->Value("SELECT @@GLOBAL.gtid_mode"));
  if (mode != "ON") {
    return NoReplica(options_, "its gtid_mode is " + mode);
  }
  const std::string own = ROWHOUSE_TRY(ServerIdentity(*replica_));
  if (own == ROWHOUSE_TRY(ServerIdentity(source))) {
    return NoReplica(options_, "it is the source itself");
  }
  // Members of a group replicate without being replicas; what they have is asked for by GTID.
  const Rows group =
      ROWHOUSE_TRY(replica_->Query("SHOW GLOBAL VARIABLES LIKE 'group_replication_group_name'"));
  const bool in_group = !group.First("Value").empty();
  if (!in_group && !ROWHOUSE_TRY(ReadReplicaStatus(*replica_)).is_replica) {
    return NoReplica(options_, "it is no replica (SHOW REPLICA STATUS is empty)");
  }
  return Ok();
}

Status ReplicaSnapshots::CheckMariaDb(Connection& source) {
  const ReplicaStatus status = ROWHOUSE_TRY(ReadReplicaStatus(*replica_));
  if (!status.is_replica) {
    return NoReplica(options_, "it is no replica (SHOW SLAVE STATUS is empty)");
  }
  if (status.by_gtid == "No") {
    return NoReplica(options_, "it replicates by file and position (MASTER_USE_GTID)");
  }
  if (status.read.empty()) {
    return Late("");  // it has never been connected
  }
  const std::string at_source = ROWHOUSE_TRY(source.Value(fmt::format(
      "SELECT IFNULL(BINLOG_GTID_POS({}, {}), '?')", QuoteText(status.read.file), status.read.pos
  )));
  if (SameLog(at_source, status.read_gtids)) {
    return Ok();
  }
  return NoReplica(
      options_,
      fmt::format(
          "it is no replica of this source: it follows {} and has read up to {}, GTID {}, where "
          "the "
          "source's log has {}",
          status.source,
          status.read.ToString(),
          status.read_gtids,
          at_source == "?" ? "no such place" : "GTID " + at_source
      )
  );
}

Result<bool> ReplicaSnapshots::Has(const std::string& gtids, milliseconds wait) {
  if (gtids.empty()) {
    return true;
  }
  const double limit = std::chrono::duration<double>(wait).count();
  if (replica_->flavor() == Flavor::kMariaDb) {
    const std::string answer = ROWHOUSE_TRY(
        replica_->Value(fmt::format("SELECT MASTER_GTID_WAIT({}, {:.3f})", QuoteText(gtids), limit))
    );
    return answer == "0";
  }
  const std::string sql =
      wait == milliseconds::zero()
          ? fmt::format("SELECT 1 - GTID_SUBSET({}, @@GLOBAL.gtid_executed)", QuoteText(gtids))
          : fmt::format("SELECT WAIT_FOR_EXECUTED_GTID_SET({}, {:.3f})", QuoteText(gtids), limit);
  return ROWHOUSE_TRY(replica_->Value(sql)) == "0";
}

Error ReplicaSnapshots::Late(const std::string& gtids) {
  const auto status = ReadReplicaStatus(*replica_);
  if (!status) {
    return status.error();
  }
  std::string lacks;
  if (replica_->flavor() == Flavor::kMySql) {
    const auto missing = replica_->Value(
        fmt::format("SELECT GTID_SUBTRACT({}, @@GLOBAL.gtid_executed)", QuoteText(gtids))
    );
    lacks = missing ? "; it lacks " + *missing : "";
  } else if (const auto at = replica_->Value("SELECT @@GLOBAL.gtid_slave_pos")) {
    lacks = fmt::format("; it stands at {}, the source at {}", *at, gtids);
  }
  std::erase(lacks, '\n');
  return Error(
             ErrorKind::kUnavailable,
             fmt::format(
                 "source.read_endpoint {} has not what {} has, after {:.0f} s: {}{}",
                 options_.Reading().Where(),
                 options_.Where(),
                 std::chrono::duration<double>(options_.read_wait).count(),
                 Describe(*status),
                 lacks
             )
  )
      .WithCode("E-MYSQL-033")
      .WithHint("rows are read as soon as it has caught up: see to its replication");
}

Status ReplicaSnapshots::WaitFor(const std::string& gtids) {
  return ROWHOUSE_TRY(Has(gtids, options_.read_wait)) ? Ok() : Status(Late(gtids));
}

Status ReplicaSnapshots::CatchUp(Connection& source) {
  const SourcePosition now = ROWHOUSE_TRY(PlaceOf(source, 0));
  return WaitFor(now.gtid_set);
}

// The first place is waited for, later ones are taken as the replica comes to them.
Result<SourcePosition> ReplicaSnapshots::PlaceWithoutStream(Connection& source, uint16_t epoch) {
  if (wanted_.binlog.empty()) {
    wanted_ = ROWHOUSE_TRY(PlaceOf(source, epoch));
    wanted_until_ = Deadline::After(options_.read_wait);
  }
  const bool first = shown_.binlog.empty();
  if (ROWHOUSE_TRY(Has(wanted_.gtid_set, first ? options_.read_wait : milliseconds::zero()))) {
    shown_ = std::exchange(wanted_, {});
  } else if (first || wanted_until_.Passed()) {
    return Late(wanted_.gtid_set);
  }
  return shown_;
}

Result<SnapshotPlace> ReplicaSnapshots::OpenSnapshot(
    Connection& source, const SourcePosition& seen
) {
  SourcePosition place = seen;
  if (seen.empty()) {
    place = ROWHOUSE_TRY(PlaceWithoutStream(source, seen.epoch));
  } else {
    const std::string gtids = ROWHOUSE_TRY(GtidsBefore(source, seen));
    ROWHOUSE_TRY(WaitFor(gtids));
  }
  ROWHOUSE_TRY(replica_->Execute("START TRANSACTION WITH CONSISTENT SNAPSHOT"));
  return SnapshotPlace{std::move(place), false};
}

}  // namespace rowhouse::mysql
