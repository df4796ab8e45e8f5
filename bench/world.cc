#include "bench/world.h"

#include <filesystem>

#include <fmt/format.h>

#include "base/file.h"
#include "cli/installed.h"
#include "cli/version.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"
#include "config/loader.h"
#include "kafka/admin.h"

namespace rowhouse::bench {

namespace {

constexpr const char* kAccount = "rowhouse";
constexpr seconds kReadyWithin{120};

constexpr std::string_view kConfig = R"(version: 1
pipeline: {name}
source:
  host: 127.0.0.1
  port: {mysql}
  user: rowhouse
  password: rowhouse
  tables: ["shop.orders"]
capture:
  topic_prefix: {name}
kafka:
  bootstrap: 127.0.0.1:{kafka}
  partitions: 3
registry:
  url: http://127.0.0.1:{registry}
  listen: 127.0.0.1:{registry}
  schemas_topic: _schemas_{name}
sink:
  mode: {sink}
  url: http://127.0.0.1:{clickhouse}
  history_database: history_{name}
  current_database: current_{name}
console:
  listen: 127.0.0.1:{console}
clickhouse:
  listen: 127.0.0.1:{clickhouse}
  data: {directory}/clickhouse/data
)";

// "4.1.1" of "kafka_2.13-4.1.1.jar".
std::string KafkaVersion() {
  std::error_code error;
  for (const auto& entry :
       std::filesystem::directory_iterator(cli::InstalledPart("kafka_libs"), error)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("kafka_2.") && name.ends_with(".jar")) {
      const size_t at = name.rfind('-') + 1;
      return name.substr(at, name.size() - at - 4);
    }
  }
  return "unknown";
}

}  // namespace

Result<std::unique_ptr<World>> World::Start(With with) {
  std::unique_ptr<World> world(new World);
  ROWHOUSE_TRY(world->Launch(with));
  return world;
}

World::~World() {
  if (supervisor_ != nullptr) {
    supervisor_->Stop(Deadline::After(seconds(20)));
  }
}

services::Place World::PlaceOf(const std::string& service, uint16_t port) const {
  return {
      directory_.path() + "/" + service,
      directory_.path() + "/" + service + ".log",
      port,
      "start again: another free port is taken"};
}

Status World::Launch(With with) {
  supervisor_ = ROWHOUSE_TRY(services::Supervisor::Start());
  auto kafka = ROWHOUSE_TRY(services::Kafka(cli::InstalledPart, PlaceOf("kafka", kafka_port_)));
  auto mariadb = ROWHOUSE_TRY(
      services::MariaDb(cli::InstalledPart, PlaceOf("mariadb", mysql_port_), {kAccount, kAccount})
  );
  ROWHOUSE_TRY(supervisor_->Add(std::move(kafka)));
  ROWHOUSE_TRY(supervisor_->Add(std::move(mariadb)));
  ROWHOUSE_TRY(supervisor_->WaitReady("mariadb", Deadline::After(kReadyWithin), {}));
  ROWHOUSE_TRY(supervisor_->WaitReady("kafka", Deadline::After(kReadyWithin), {}));
  return with == With::kKafkaAndClickHouse ? LaunchClickHouse() : Ok();
}

Status World::LaunchClickHouse() {
  clickhouse_ = true;
  const RunConfig config = ROWHOUSE_TRY(NewRun({}));
  auto clickhouse = ROWHOUSE_TRY(
      services::ClickHouse(cli::InstalledPart, PlaceOf("clickhouse", clickhouse_port_), config.file)
  );
  ROWHOUSE_TRY(supervisor_->Add(std::move(clickhouse)));
  return supervisor_->WaitReady("clickhouse", Deadline::After(kReadyWithin), {});
}

Result<World::RunConfig> World::NewRun(const std::vector<std::string>& set) {
  const std::string name = fmt::format("bench{}", ++runs_);
  RunConfig run;
  run.file = fmt::format("{}/{}.yaml", directory_.path(), name);
  ROWHOUSE_TRY(WriteFileAtomically(
      run.file,
      fmt::format(
          fmt::runtime(kConfig),
          fmt::arg("name", name),
          fmt::arg("mysql", mysql_port_),
          fmt::arg("kafka", kafka_port_),
          fmt::arg("registry", testing::FreePort()),
          fmt::arg("sink", clickhouse_ ? "kafka-engine" : "none"),
          fmt::arg("clickhouse", clickhouse_port_),
          fmt::arg("console", testing::FreePort()),
          fmt::arg("directory", directory_.path())
      )
  ));
  config::Loaded loaded = config::Load({.file = run.file, .set = set});
  ROWHOUSE_TRY(loaded.ToStatus());
  run.config = std::move(loaded.config);
  run.topic = name + ".shop.orders";
  return run;
}

Result<std::unique_ptr<mysql::Connection>> World::Connect() const {
  mysql::SourceOptions options;
  options.port = mysql_port_;
  options.user = kAccount;
  options.password = kAccount;
  options.tls.mode = mysql::TlsMode::kDisabled;
  return mysql::Connection::Open(options);
}

Status World::DropTopic(const RunConfig& run) const {
  const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(cli::KafkaOptionsOf(run.config)));
  return admin->DeleteTopic(run.topic, Deadline::After(seconds(30)));
}

Status World::NoteVersions(Report& report) const {
  const auto connection = ROWHOUSE_TRY(Connect());
  std::string line = fmt::format(
      "rowhouse {} ({} build), MariaDB {}, Kafka {}",
      cli::Version(),
      ROWHOUSE_BUILD_TYPE,
      connection->version_text(),
      KafkaVersion()
  );
  if (clickhouse_) {
    clickhouse::ClientOptions options;
    options.url = fmt::format("http://127.0.0.1:{}", clickhouse_port_);
    const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(options));
    line += ", ClickHouse " + ROWHOUSE_TRY(client->Version());
  }
  report.Note("versions", line);
  return Ok();
}

}  // namespace rowhouse::bench
