#include "cli/doctor.h"

#include <algorithm>
#include <charconv>
#include <sys/resource.h>

#include <fmt/format.h>

#include "cli/context.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"
#include "http/client.h"
#include "kafka/admin.h"
#include "mysql/connection.h"
#include "mysql/replica_snapshots.h"
#include "mysql/server_checks.h"
#include "registry/client.h"

namespace rowhouse::cli {

namespace {

constexpr milliseconds kAskLimit{5'000};
constexpr rlim_t kFilesLeast = 1024;
constexpr size_t kNamesShown = 5;
// JSON and Kafka settings that the objects use are there since this version.
constexpr double kClickHouseLeast = 24.8;

// Collects findings of one area.
class Examination {
 public:
  explicit Examination(const config::Config& config) : config_(config) {}

  std::vector<Finding> Run() {
    ExamineSource();
    ExamineKafka();
    const bool registry_up = ExamineRegistry();
    if (config_.sink.mode == "kafka-engine") {
      ExamineClickHouse(registry_up);
    }
    ExamineHost();
    return std::move(findings_);
  }

 private:
  void Add(Finding finding) {
    if (finding.health == Health::kOk) {
      finding.fix.clear();
    }
    findings_.push_back(std::move(finding));
  }

  // A server that could not be asked.
  void AddUnreachable(const std::string& code, const std::string& area, const Error& error) {
    Add(
        {.code = error.code().empty() ? code : error.code(),
         .area = area,
         .what = "reachable",
         .found = error.message(),
         .needed = "",
         .health = Health::kFail,
         .fix = error.hint()}
    );
  }

  void ExamineSource() {
    const mysql::SourceOptions options = SourceOptionsOf(config_);
    const auto connection = mysql::Connection::Open(options, seconds(10));
    if (!connection) {
      AddUnreachable("E-MYSQL-001", "mysql", connection.error());
      return;
    }
    Add(
        {.code = "E-MYSQL-001",
         .area = "mysql",
         .what = "reachable",
         .found = fmt::format(
             "{} {}{}",
             options.Where(),
             (*connection)->version_text(),
             (*connection)->tls() ? ", TLS" : ""
         )}
    );
    const auto checks = mysql::CheckServer(**connection, options, WantedTables(config_));
    if (!checks) {
      AddUnreachable("E-MYSQL-001", "mysql", checks.error());
      return;
    }
    for (const mysql::ServerCheck& check : *checks) {
      const Health health = check.state == mysql::CheckState::kOk     ? Health::kOk
                            : check.state == mysql::CheckState::kWarn ? Health::kWarn
                                                                      : Health::kFail;
      Add({check.code, "mysql", check.what, check.found, check.needed, health, check.fix});
    }
    ExamineReadEndpoint(options, **connection);
    ExamineTables();
  }

  void ExamineReadEndpoint(const mysql::SourceOptions& options, mysql::Connection& source) {
    if (!options.reads_replica()) {
      return;
    }
    const auto replica = mysql::ReplicaSnapshots::Open(options, source);
    const auto status = replica ? mysql::ReadReplicaStatus((*replica)->rows())
                                : Result<mysql::ReplicaStatus>(replica.error());
    if (!status) {
      AddUnreachable("E-MYSQL-034", "mysql", status.error());
      return;
    }
    const bool runs = (status->io_runs && status->sql_runs) || !status->is_replica;
    const std::string how =
        status->is_replica ? "a replica, " + mysql::Describe(*status) : "of the same group";
    Add(
        {.code = "E-MYSQL-033",
         .area = "mysql",
         .what = "read endpoint",
         .found = options.Reading().Where() + ", " + how,
         .needed = "replication that runs",
         .health = runs ? Health::kOk : Health::kWarn,
         .fix = "START REPLICA there; until then loads, backfills and comparisons wait"}
    );
  }

  void ExamineTables() {
    const auto tables = ReadSourceTables(config_, {});
    if (!tables) {
      AddUnreachable("E-CLI-004", "mysql", tables.error());
      return;
    }
    std::vector<std::string> keyless;
    for (const TableSchema& table : *tables) {
      if (!table.has_key()) {
        keyless.push_back(table.id.ToString());
      }
    }
    Add(
        {.code = "E-DOC-001",
         .area = "mysql",
         .what = "tables without primary key",
         .found = Names(keyless),
         .needed = fmt::format("none of {}", tables->size()),
         .health = keyless.empty() ? Health::kOk : Health::kWarn,
         .fix = "ALTER TABLE ... ADD PRIMARY KEY; without one a table costs more and loads in one "
                "chunk"}
    );
    const auto planned = PlanTables(config_, *tables);
    std::vector<std::string> refused;
    if (planned) {
      for (const RefusedTable& table : planned->refused) {
        refused.push_back(table.table.ToString() + " (" + table.error.message() + ")");
      }
    }
    Add(
        {.code = "E-DOC-002",
         .area = "mysql",
         .what = "tables with types that can't be carried",
         .found = Names(refused),
         .needed = "none",
         .health = refused.empty() ? Health::kOk : Health::kWarn,
         .fix = "leave them out by source.exclude_tables; the others go on without them"}
    );
  }

  void ExamineKafka() {
    kafka::KafkaOptions options = KafkaOptionsOf(config_);
    options.request_timeout = kAskLimit;
    const auto admin = kafka::Admin::Open(options);
    if (!admin) {
      AddUnreachable("E-DOC-010", "kafka", admin.error());
      return;
    }
    const auto brokers = (*admin)->Ping(Deadline::After(kAskLimit));
    if (!brokers) {
      AddUnreachable("E-DOC-010", "kafka", brokers.error());
      return;
    }
    Add(
        {.code = "E-DOC-010",
         .area = "kafka",
         .what = "reachable",
         .found = fmt::format("{}, brokers: {}", config_.kafka.bootstrap, brokers->size())}
    );
    Add(
        {.code = "E-DOC-011",
         .area = "kafka",
         .what = "brokers",
         .found = std::to_string(brokers->size()),
         .needed = fmt::format("{} or more (kafka.replication)", config_.kafka.replication),
         .health = brokers->size() >= config_.kafka.replication ? Health::kOk : Health::kFail,
         .fix = fmt::format("set kafka.replication to at most {}", brokers->size())}
    );
  }

  bool ExamineRegistry() {
    const auto client = registry::Client::Open(RegistryOptionsOf(config_), kAskLimit);
    const Status pinged = client ? (*client)->Ping() : Status(client.error());
    const bool served = !config_.registry.listen.empty();
    if (pinged) {
      Add(
          {.code = "E-DOC-020",
           .area = "registry",
           .what = "reachable",
           .found = config_.registry.url}
      );
    } else if (served && pinged.error().kind() == ErrorKind::kUnavailable) {
      Add(
          {.code = "E-DOC-020",
           .area = "registry",
           .what = "served by run",
           .found = fmt::format("{} (not up now)", config_.registry.listen)}
      );
    } else {
      AddUnreachable("E-DOC-020", "registry", pinged.error());
    }
    return pinged.has_value();
  }

  void ExamineClickHouse(bool registry_up) {
    const auto client = clickhouse::Client::Open(ClickHouseOptionsOf(config_));
    const auto version = client ? (*client)->Version() : Result<std::string>(client.error());
    if (!version) {
      AddUnreachable("E-DOC-030", "clickhouse", version.error());
      return;
    }
    double number = 0;
    std::from_chars(version->data(), version->data() + version->size(), number);
    Add({.code = "E-DOC-030", .area = "clickhouse", .what = "reachable", .found = config_.sink.url}
    );
    Add(
        {.code = "E-DOC-031",
         .area = "clickhouse",
         .what = "version",
         .found = *version,
         .needed = fmt::format("{} or newer", kClickHouseLeast),
         .health = number >= kClickHouseLeast ? Health::kOk : Health::kFail,
         .fix = "upgrade ClickHouse"}
    );
    ExamineKafkaEngine(**client);
    ExamineRights(**client);
    if (registry_up) {
      ExamineRegistryFromClickHouse(**client);
    }
  }

  void ExamineKafkaEngine(clickhouse::Client& client) {
    const auto engines =
        client.Query("SELECT count() FROM system.table_engines WHERE name = 'Kafka'");
    const bool there = engines && !engines->empty() && (*engines)[0][0] == "1";
    Add(
        {.code = "E-DOC-032",
         .area = "clickhouse",
         .what = "Kafka engine",
         .found = there ? "there" : "missing",
         .needed = "there",
         .health = there ? Health::kOk : Health::kFail,
         .fix = "use a build of ClickHouse with the Kafka engine"}
    );
  }

  void ExamineRights(clickhouse::Client& client) {
    std::vector<std::string> missing;
    for (const std::string& database :
         {config_.sink.history_database, config_.sink.current_database}) {
      const auto answer = client.Query(fmt::format(
          "CHECK GRANT CREATE TABLE, CREATE VIEW, DROP TABLE, ALTER TABLE, SELECT, INSERT ON {}.*",
          clickhouse::QuoteName(database)
      ));
      if (answer && !answer->empty() && (*answer)[0][0] == "0") {
        missing.push_back(database);
      }
    }
    Add(
        {.code = "E-DOC-033",
         .area = "clickhouse",
         .what = "rights",
         .found = missing.empty() ? "as needed" : "not all on " + Names(missing),
         .needed = "CREATE, ALTER, DROP, SELECT, INSERT on both databases",
         .health = missing.empty() ? Health::kOk : Health::kFail,
         .fix = fmt::format(
             "GRANT CREATE, ALTER, DROP, SELECT, INSERT ON {0}.*, {1}.* TO {2};",
             config_.sink.history_database,
             config_.sink.current_database,
             config_.sink.user
         )}
    );
  }

  // ClickHouse fetches schemas itself, over its own network.
  void ExamineRegistryFromClickHouse(clickhouse::Client& client) {
    const std::string url = PipelineOptionsOf(config_).registry_url;
    const auto answer = client.Query(fmt::format(
        "SELECT length(raw_blob) FROM url({}, 'RawBLOB')", clickhouse::QuoteText(url + "/subjects")
    ));
    Add(
        {.code = "E-DOC-034",
         .area = "clickhouse",
         .what = "reaches the registry",
         .found =
             answer ? config_.sink.registry_url : MaskSecrets(answer.error().message(), config_),
         .needed = answer ? "" : "an answer of " + config_.sink.registry_url,
         .health = answer ? Health::kOk : Health::kWarn,
         .fix = "set sink.registry_url to an address that ClickHouse's host can reach"}
    );
  }

  void ExamineHost() {
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    Add(
        {.code = "E-DOC-040",
         .area = "host",
         .what = "open files",
         .found = std::to_string(files.rlim_cur),
         .needed = fmt::format("{} or more", kFilesLeast),
         .health = files.rlim_cur >= kFilesLeast ? Health::kOk : Health::kWarn,
         .fix = "ulimit -n 65536, or LimitNOFILE= in the systemd unit"}
    );
  }

  static std::string Names(const std::vector<std::string>& names) {
    if (names.empty()) {
      return "none";
    }
    const auto shown = static_cast<ptrdiff_t>(std::min(names.size(), kNamesShown));
    std::string text = fmt::format("{}", fmt::join(names.begin(), names.begin() + shown, ", "));
    if (names.size() > kNamesShown) {
      text += fmt::format(" and {} more", names.size() - kNamesShown);
    }
    return text;
  }

  const config::Config& config_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> Examine(const config::Config& config) {
  return Examination(config).Run();
}

std::string HealthName(Health health) {
  switch (health) {
    case Health::kOk:
      return "ok";
    case Health::kWarn:
      return "warn";
    case Health::kFail:
      return "fail";
  }
  return "?";
}

std::string FindingsText(const std::vector<Finding>& findings) {
  std::vector<std::vector<std::string>> rows;
  for (const Finding& f : findings) {
    std::string text = f.found;
    if (f.health != Health::kOk && !f.needed.empty()) {
      text += ", needed: " + f.needed;
    }
    rows.push_back({HealthName(f.health), f.code, f.area, f.what, text});
  }
  // The fixes stand under their lines, so that they can be copied whole.
  const std::string lines = AlignColumns(rows);
  std::string out;
  size_t begin = 0;
  for (const Finding& f : findings) {
    const size_t end = lines.find('\n', begin) + 1;
    out += lines.substr(begin, end - begin);
    begin = end;
    if (!f.fix.empty()) {
      out += fmt::format("      fix: {}\n", f.fix);
    }
  }
  const auto count = [&findings](Health health) {
    return std::ranges::count(findings, health, &Finding::health);
  };
  return out + fmt::format(
                   "{} passed, {} warned, {} failed\n",
                   count(Health::kOk),
                   count(Health::kWarn),
                   count(Health::kFail)
               );
}

}  // namespace rowhouse::cli
