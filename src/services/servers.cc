#include "services/servers.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.h"
#include "http/client.h"
#include "kafka/admin.h"
#include "mysql/connection.h"
#include "services/port.h"

namespace rowhouse::services {

namespace {

namespace fs = std::filesystem;

// A Unix socket's path must fit into sockaddr_un.
constexpr size_t kSocketPathMax = 100;

// Any 22 characters of base64; it names the cluster, of which a directory holds one.
constexpr std::string_view kClusterId = "MkU3OEVBNTcwNTJENDM2Qg";

// The broker's session: a killed node must wait for its old one to end before it is let in again.
constexpr std::string_view kKafkaProperties = R"(# written by rowhouse at each start
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{1}
listeners=PLAINTEXT://127.0.0.1:{0},CONTROLLER://127.0.0.1:{1}
advertised.listeners=PLAINTEXT://127.0.0.1:{0}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs={2}/data
num.partitions=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.heartbeat.interval.ms=500
broker.session.timeout.ms=4000
message.max.bytes=20971520
replica.fetch.max.bytes=20971520
)";

Result<std::string> Need(const InstalledParts& installed, const std::string& part) {
  std::string path = installed(part);
  if (path.empty() || !fs::exists(path)) {
    return Error(
               ErrorKind::kConfig,
               path.empty() ? part + " is not installed" : part + " is not at " + path + " any more"
    )
        .WithCode("E-DEMO-001")
        .WithHint("run tools/bootstrap demo in the source tree");
  }
  return path;
}

Status MakeDirectory(const std::string& path) {
  std::error_code error;
  fs::create_directories(path, error);
  if (error) {
    return Error(ErrorKind::kConfig, fmt::format("making directory {}: {}", path, error.message()));
  }
  return Ok();
}

ServiceSpec Named(const std::string& name, const Place& place) {
  ServiceSpec spec;
  spec.name = name;
  spec.port = place.port;
  spec.port_fix = place.port_fix;
  return spec;
}

Command In(const Place& place, std::vector<std::string> argv) {
  return {std::move(argv), place.log_file, place.directory};
}

// Done only once; an interrupted one is begun anew, so the mark is made by its last step.
Status AddInstallation(ServiceSpec& spec, const Place& place, const std::string& install_program) {
  const std::string mark = place.directory + "/installed";
  if (fs::exists(mark)) {
    return Ok();
  }
  std::error_code error;
  fs::remove_all(place.directory + "/data", error);
  std::vector<std::string> install = {
      install_program,
      "--no-defaults",
      "--datadir=" + place.directory + "/data",
      "--tmpdir=" + place.directory,
      "--auth-root-authentication-method=normal",
      "--skip-test-db",
      "--skip-name-resolve"};
  if (::geteuid() == 0) {
    install.emplace_back("--user=root");
  }
  spec.prepare.push_back(In(place, std::move(install)));
  spec.prepare.push_back(In(place, {"touch", mark}));
  return Ok();
}

// Kept out of the binary log: it happens at each start and is nobody's data.
std::string AccountSql(const Account& account) {
  const std::string name = mysql::QuoteText(account.user) + "@'%'";
  return fmt::format(
      "SET SESSION sql_log_bin = 0;\n"
      "CREATE USER IF NOT EXISTS {0} IDENTIFIED BY {1};\n"
      "GRANT ALL PRIVILEGES ON *.* TO {0} WITH GRANT OPTION;\n",
      name,
      mysql::QuoteText(account.password)
  );
}

std::vector<std::string> MariaDbArguments(const std::string& program, const Place& place) {
  const std::string& dir = place.directory;
  std::string socket = dir + "/mariadb.sock";
  if (socket.size() > kSocketPathMax) {
    socket = fmt::format("/tmp/rowhouse-mariadb-{}.sock", place.port);
  }
  std::vector<std::string> argv = {
      program,
      "--no-defaults",
      "--datadir=" + dir + "/data",
      // Its own: a server that starts removes every temporary table of others it finds there.
      "--tmpdir=" + dir,
      "--socket=" + socket,
      "--pid-file=" + dir + "/mariadb.pid",
      "--bind-address=127.0.0.1",
      fmt::format("--port={}", place.port),
      "--server-id=1",
      "--log-bin=" + dir + "/data/binlog",
      "--binlog-format=ROW",
      "--binlog-row-image=FULL",
      "--binlog-row-metadata=FULL",
      "--skip-name-resolve",
      "--innodb-buffer-pool-size=128M",
      "--character-set-server=utf8mb4",
      "--init-file=" + dir + "/init.sql"};
  if (::geteuid() == 0) {
    argv.emplace_back("--user=root");
  }
  return argv;
}

Result<uint16_t> FreePortAfter(uint16_t port, const std::vector<uint16_t>& others) {
  for (int i = 1; i <= 100; ++i) {
    const auto candidate = static_cast<uint16_t>(port + i);
    const bool meant = std::find(others.begin(), others.end(), candidate) != others.end();
    if (!meant && candidate > 1024 && CheckPortFree(candidate, "kafka's controller", "")) {
      return candidate;
    }
  }
  return Error(
      ErrorKind::kConfig, fmt::format("none of the 100 ports after {} is free for kafka", port)
  );
}

}  // namespace

Result<ServiceSpec> MariaDb(
    const InstalledParts& installed, const Place& place, const Account& account
) {
  const std::string program = ROWHOUSE_TRY(Need(installed, "mariadbd"));
  const std::string install = ROWHOUSE_TRY(Need(installed, "mariadb_install_db"));
  ROWHOUSE_TRY(MakeDirectory(place.directory));
  ROWHOUSE_TRY(WriteFileAtomically(place.directory + "/init.sql", AccountSql(account)));
  ServiceSpec spec = Named("mariadb", place);
  ROWHOUSE_TRY(AddInstallation(spec, place, install));
  spec.command = In(place, MariaDbArguments(program, place));
  mysql::SourceOptions login;
  login.port = place.port;
  login.user = account.user;
  login.password = account.password;
  login.tls.mode = mysql::TlsMode::kDisabled;
  login.connect_timeout = seconds(1);
  spec.probe = [login]() -> Status {
    ROWHOUSE_TRY(mysql::Connection::Open(login, seconds(1)));
    return Ok();
  };
  return spec;
}

Result<ServiceSpec> Kafka(
    const InstalledParts& installed, const Place& place, const std::vector<uint16_t>& others
) {
  const std::string java = ROWHOUSE_TRY(Need(installed, "java"));
  const std::string libraries = ROWHOUSE_TRY(Need(installed, "kafka_libs")) + "/*";
  const std::string log4j = ROWHOUSE_TRY(Need(installed, "kafka_log4j"));
  ROWHOUSE_TRY(MakeDirectory(place.directory));
  const uint16_t controller = ROWHOUSE_TRY(FreePortAfter(place.port, others));
  const std::string properties = place.directory + "/server.properties";
  ROWHOUSE_TRY(WriteFileAtomically(
      properties,
      fmt::format(fmt::runtime(kKafkaProperties), place.port, controller, place.directory)
  ));
  ServiceSpec spec = Named("kafka", place);
  if (!fs::exists(place.directory + "/data/meta.properties")) {
    spec.prepare.push_back(
        In(place,
           {java,
            "-Xmx256m",
            "-XX:TieredStopAtLevel=1",
            "-Dlog4j2.configurationFile=" + log4j,
            "-cp",
            libraries,
            "kafka.tools.StorageTool",
            "format",
            "--ignore-formatted",
            "-t",
            std::string(kClusterId),
            "-c",
            properties})
    );
  }
  spec.command =
      In(place,
         {java,
          "-Xmx512m",
          "-Dlog4j2.configurationFile=" + log4j,
          "-cp",
          libraries,
          "kafka.Kafka",
          properties});
  kafka::KafkaOptions options;
  options.bootstrap = fmt::format("127.0.0.1:{}", place.port);
  spec.probe = [options, port = place.port]() -> Status {
    ROWHOUSE_TRY(CheckAccepts(port));
    const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(options));
    ROWHOUSE_TRY(admin->Ping(Deadline::After(milliseconds(900))));
    return Ok();
  };
  return spec;
}

Result<ServiceSpec> ClickHouse(
    const InstalledParts& installed, const Place& place, const std::string& config_file
) {
  ROWHOUSE_TRY(Need(installed, "libchdb"));
  ROWHOUSE_TRY(MakeDirectory(place.directory));
  std::error_code error;
  const std::string self = fs::read_symlink("/proc/self/exe", error);
  if (error) {
    return Error(ErrorKind::kUnavailable, "reading /proc/self/exe: " + error.message());
  }
  ServiceSpec spec = Named("clickhouse", place);
  spec.command = In(place, {self, "clickhouse", "-c", config_file});
  http::ClientOptions options;
  options.name = "ClickHouse";
  options.url = fmt::format("http://127.0.0.1:{}", place.port);
  spec.probe = [options]() -> Status {
    const auto client = ROWHOUSE_TRY(http::Client::Open(options));
    http::ClientRequest ping;
    ping.target = "/ping";
    ping.deadline = Deadline::After(milliseconds(900));
    const http::Response answer = ROWHOUSE_TRY(client->Send(ping));
    if (!answer.ok()) {
      return Error(ErrorKind::kUnavailable, fmt::format("/ping gives {}", answer.status));
    }
    return Ok();
  };
  return spec;
}

}  // namespace rowhouse::services
