#include "cli/demo.h"

#include <algorithm>
#include <sys/stat.h>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/installed.h"
#include "cli/wiring.h"
#include "config/loader.h"
#include "services/port.h"
#include "shop/shop.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kReadyWithin{120};
constexpr seconds kSettleWithin{20};
constexpr milliseconds kLookEvery{50};
constexpr milliseconds kCountEvery{3'000};  // at the longest

std::string Local(uint16_t port) {
  return fmt::format("127.0.0.1:{}", port);
}

std::string PortFix(const char* option) {
  return fmt::format("choose another with --{}", option);
}

std::string Executable(const std::string& part, const char* otherwise) {
  const std::string path = InstalledPart(part);
  return path.empty() ? otherwise : path;
}

// What the console calls a server of the demo, by its name here.
std::string KindOf(const std::string& name) {
  if (name == "mariadb") {
    return "database";
  }
  return name == "kafka" ? "broker" : name;
}

std::string StateOf(services::Phase phase) {
  switch (phase) {
    case services::Phase::kReady:
      return "ready";
    case services::Phase::kPreparing:
    case services::Phase::kStarting:
      return "starting";
    case services::Phase::kWaiting:
      return "waiting";
    case services::Phase::kFailed:
      return "failed";
    case services::Phase::kStopped:
      return "stopped";
  }
  return "?";
}

Result<std::unique_ptr<registry::Server>> ServeRegistry(const config::Config& config) {
  auto options = ROWHOUSE_TRY(RegistryServerOptionsOf(config));
  return registry::Server::Start(std::move(options), OpenSchemasTopic(config));
}

}  // namespace

Demo::Demo(DemoOptions options, std::unique_ptr<DemoDirectory> directory, DemoView& view)
    : options_(std::move(options)), directory_(std::move(directory)), view_(view) {}

Demo::~Demo() {
  End(Deadline::After(seconds(9)));
}

Status Demo::Begin(const std::stop_token& stop) {
  ROWHOUSE_TRY(CheckPorts());
  ROWHOUSE_TRY(LoadConfig());
  supervisor_ = ROWHOUSE_TRY(services::Supervisor::Start());
  ROWHOUSE_TRY(StartServers(stop));
  ROWHOUSE_TRY(StartRegistryAndClickHouse(stop));
  ROWHOUSE_TRY(LoadShop(stop));
  ROWHOUSE_TRY(supervisor_->WaitReady("clickhouse", Deadline::After(kReadyWithin), stop));
  view_.Started("clickhouse", config_.sink.url);
  ROWHOUSE_TRY(StartPipeline());
  counts_ = std::make_unique<DemoCounts>(config_);
  ShowNext();
  return Ok();
}

// All of them before anything is started: an error after ten seconds of work is worse.
Status Demo::CheckPorts() const {
  const DemoOptions& o = options_;
  const std::tuple<uint16_t, const char*, const char*> ports[] = {
      {o.mysql_port, "mariadb", "mysql-port"},
      {o.kafka_port, "kafka", "kafka-port"},
      {o.registry_port, "the schema registry", "registry-port"},
      {o.clickhouse_port, "clickhouse", "clickhouse-port"},
      {o.console_port, "health and metrics", "console-port"}};
  for (const auto& [port, part, option] : ports) {
    ROWHOUSE_TRY(services::CheckPortFree(port, part, PortFix(option)));
  }
  return Ok();
}

Status Demo::LoadConfig() {
  const std::string file = options_.ConfigFile();
  ROWHOUSE_TRY(WriteFileAtomically(file, DemoConfig(options_)));
  ::chmod(file.c_str(), 0600);  // it holds a password, although one that everybody knows
  config::Loaded loaded = config::Load({.file = file});
  ROWHOUSE_TRY(loaded.ToStatus());
  config_ = loaded.config;
  loaded_ = std::make_shared<const config::Loaded>(std::move(loaded));
  return Ok();
}

services::Place Demo::PlaceOf(const std::string& service, uint16_t port, const char* option) const {
  return {options_.directory + "/" + service, options_.LogFile(service), port, PortFix(option)};
}

Status Demo::StartServers(const std::stop_token& stop) {
  const DemoOptions& o = options_;
  auto kafka = ROWHOUSE_TRY(services::Kafka(
      InstalledPart,
      PlaceOf("kafka", o.kafka_port, "kafka-port"),
      {o.mysql_port, o.registry_port, o.clickhouse_port, o.console_port}
  ));
  auto mariadb = ROWHOUSE_TRY(services::MariaDb(
      InstalledPart,
      PlaceOf("mariadb", options_.mysql_port, "mysql-port"),
      {kDemoAccount, kDemoAccount}
  ));
  ROWHOUSE_TRY(supervisor_->Add(std::move(kafka)));
  ROWHOUSE_TRY(supervisor_->Add(std::move(mariadb)));
  ROWHOUSE_TRY(supervisor_->WaitReady("mariadb", Deadline::After(kReadyWithin), stop));
  view_.Started(
      "mariadb", fmt::format("{}, {}/{}", Local(options_.mysql_port), kDemoAccount, kDemoAccount)
  );
  ROWHOUSE_TRY(supervisor_->WaitReady("kafka", Deadline::After(kReadyWithin), stop));
  view_.Started("kafka", Local(options_.kafka_port));
  return Ok();
}

Status Demo::StartRegistryAndClickHouse(const std::stop_token& stop) {
  registry_ = ROWHOUSE_TRY(ServeRegistry(config_));
  ROWHOUSE_TRY(AwaitRegistry(stop));
  view_.Started("registry", config_.registry.url);
  return supervisor_->Add(ROWHOUSE_TRY(services::ClickHouse(
      InstalledPart,
      PlaceOf("clickhouse", options_.clickhouse_port, "clickhouse-port"),
      options_.ConfigFile()
  )));
}

// It answers with an error until it has read its topic.
Status Demo::AwaitRegistry(const std::stop_token& stop) const {
  const auto client = ROWHOUSE_TRY(http::Client::Open(RegistryOptionsOf(config_)));
  const Deadline deadline = Deadline::After(kReadyWithin);
  std::string last = "no answer";
  while (!deadline.Passed() && WaitUnlessStopped(stop, kLookEvery)) {
    http::ClientRequest request;
    request.target = "/subjects";
    request.deadline = Deadline::After(seconds(2));
    const auto answer = client->Send(request);
    if (answer && answer->ok()) {
      return Ok();
    }
    last = answer ? answer->body : answer.error().message();
  }
  if (stop.stop_requested()) {
    return Error(ErrorKind::kCancelled, "stopped while waiting for the schema registry");
  }
  return Error(ErrorKind::kUnavailable, fmt::format("the schema registry is not usable: {}", last));
}

Status Demo::LoadShop(const std::stop_token& stop) {
  auto connection = ROWHOUSE_TRY(mysql::Connection::Open(SourceOptionsOf(config_)));
  const auto shop = ROWHOUSE_TRY(shop::Shop::Open(std::move(connection)));
  Clock::TimePoint told = Clock::Real().Now();
  ROWHOUSE_TRY(shop->Load({options_.rows}, shop::kSeed, stop, [&](uint64_t done) {
    if (Clock::Real().Now() - told > seconds(2)) {
      told = Clock::Real().Now();
      view_.Say("loading", fmt::format("     shop        {} of {} orders", done, options_.rows));
    }
  }));
  view_.Started("shop", fmt::format("{} orders with products and items", options_.rows));
  return Ok();
}

// The supervisor outlives the pipeline, whose console asks this.
ManagedServers Demo::Servers() {
  ManagedServers servers;
  servers.serves_registry = true;
  servers.log_file = options_.LogFile("rowhouse");
  servers.restart = [this](const std::string& name) { return supervisor_->Restart(name); };
  servers.list = [this] {
    std::vector<console::ServiceFacts> list;
    for (const services::ServiceState& state : supervisor_->States()) {
      console::ServiceFacts facts;
      facts.name = state.name;
      facts.kind = KindOf(state.name);
      facts.state = StateOf(state.phase);
      facts.managed = true;
      facts.pid = state.pid;
      facts.since_us = state.since_us;
      facts.restarts = state.restarts;
      facts.log_file = options_.LogFile(state.name);
      if (state.error && state.phase != services::Phase::kReady) {
        facts.note = state.error->message();
        facts.code = state.error->code();
        facts.fix = "it is started again by itself; its log says why it ended";
      }
      list.push_back(std::move(facts));
    }
    return list;
  };
  return servers;
}

Status Demo::StartPipeline() {
  config::Config config = config_;
  config.registry.listen.clear();  // served by us, since it must outlive the pipeline
  ConsoleExtras extras;
  extras.demo = true;
  extras.admin_email = kDemoEmail;
  extras.admin_password = kDemoPassword;
  extras.servers = Servers();
  extras.loaded = loaded_;
  pipeline_ = ROWHOUSE_TRY(Pipeline::Start(std::move(config), extras));
  pipeline_thread_ = Thread("pipeline", [this](const std::stop_token& stop) {
    const Status ended = pipeline_->Run(stop);
    if (!ended) {
      LogError("the pipeline has ended", ended.error());
      const MutexLock lock(mu_);
      pipeline_error_ = ended.error();
    }
  });
  shop::TrafficOptions traffic;
  traffic.server = SourceOptionsOf(config_);
  traffic.changes_per_second = options_.rate;
  traffic_ = std::make_unique<shop::Traffic>(traffic);
  traffic_->Start();
  view_.Started(
      "console", fmt::format("{}  {} / {}", pipeline_->console_url(), kDemoEmail, kDemoPassword)
  );
  return Ok();
}

void Demo::ShowNext() {
  const std::string mysql = fmt::format(
      "{} --no-defaults -h127.0.0.1 -P{} -u{} -p{} shop -e \"INSERT INTO products (name,"
      " description, price, cost_price) VALUES ('Lamp', 'typed by hand', 19.90, 8.50)\"",
      Executable("mariadb_client", "mariadb"),
      options_.mysql_port,
      kDemoAccount,
      kDemoAccount
  );
  const std::string current = fmt::format(
      "curl -s {}/ --data-binary 'SELECT id, name, price, updated_at FROM {}.products FINAL"
      " ORDER BY id DESC LIMIT 3 FORMAT PrettyCompact'",
      config_.sink.url,
      config_.sink.current_database
  );
  const std::string history = fmt::format(
      "curl -s {}/ --data-binary 'SELECT op, before_status, after_status, source_time, partition,"
      " offset, kafka_timestamp FROM {}.orders ORDER BY kafka_timestamp DESC LIMIT 5"
      " FORMAT PrettyCompact'",
      config_.sink.url,
      config_.sink.history_database
  );
  view_.Next(
      {{"insert a product into MySQL", mysql},
       {"and see it in ClickHouse", current},
       {"every message is kept, with its place in Kafka", history}}
  );
  view_.Say(
      "config",
      fmt::format(
          "\n  All commands work beside it: rowhouse help, with -c {}\n  Logs: {}\n",
          options_.ConfigFile(),
          options_.LogFile("*")
      )
  );
}

Result<bool> Demo::Watch(const std::stop_token& stop) {
  const Deadline end =
      options_.duration.count() > 0 ? Deadline::After(options_.duration) : Deadline::Never();
  while (!stop.stop_requested() && !end.Passed()) {
    const auto before = Clock::Real().Now();
    const std::vector<TableCounts> tables = counts_->Read();
    TellDeaths();
    NoteFirstRow(tables);
    if (auto failure = Failure()) {
      return *std::move(failure);
    }
    view_.Tables(tables, traffic_->changes(), DemoView::Which::kOneOfMany);
    // Counting large tables must not become the servers' main work.
    const auto took = std::chrono::duration_cast<milliseconds>(Clock::Real().Now() - before);
    const milliseconds wait = std::clamp(took * 4, view_.interval(), kCountEvery);
    WaitUnlessStopped(stop, std::min(wait, end.Left()));
  }
  if (stop.stop_requested()) {
    return true;
  }
  const std::vector<TableCounts> tables = Settle(stop);
  NoteFirstRow(tables);
  view_.Tables(tables, traffic_->changes(), DemoView::Which::kLast);
  return stop.stop_requested() || std::ranges::all_of(tables, &TableCounts::equal);
}

// Lets what is on its way arrive.
std::vector<TableCounts> Demo::Settle(const std::stop_token& stop) {
  traffic_->Stop();
  const Deadline deadline = Deadline::After(kSettleWithin);
  while (true) {
    std::vector<TableCounts> tables = counts_->Read();
    if (std::ranges::all_of(tables, &TableCounts::equal) || deadline.Passed() || Failure() ||
        !WaitUnlessStopped(stop, milliseconds(200))) {
      return tables;
    }
  }
}

void Demo::NoteFirstRow(const std::vector<TableCounts>& tables) {
  const auto arrived = [](const TableCounts& t) { return t.clickhouse_rows.value_or(0) > 0; };
  if (!first_row_seen_ && std::ranges::any_of(tables, arrived)) {
    first_row_seen_ = true;
    view_.Say("first_row", fmt::format("first rows in ClickHouse after {:.1f} s", view_.Seconds()));
  }
}

void Demo::TellDeaths() {
  for (const services::ServiceState& state : supervisor_->States()) {
    if (state.restarts > told_restarts_[state.name] && state.error) {
      told_restarts_[state.name] = state.restarts;
      view_.Say("service_died", "!!  " + state.error->message());
    }
  }
}

std::optional<Error> Demo::Failure() {
  if (auto failure = supervisor_->Failure()) {
    return failure;
  }
  const MutexLock lock(mu_);
  return pipeline_error_;
}

void Demo::End(Deadline deadline) {
  if (traffic_ != nullptr) {
    traffic_->Stop();
  }
  pipeline_thread_.RequestStop();
  pipeline_thread_.Join();
  pipeline_.reset();
  if (supervisor_ != nullptr && registry_ != nullptr) {
    supervisor_->StopOne(
        "clickhouse", Deadline::After(std::min(deadline.Left(), milliseconds(4'000)))
    );
  }
  if (registry_ != nullptr) {
    registry_->Stop(Deadline::After(seconds(1)));
    registry_.reset();
  }
  if (supervisor_ != nullptr) {
    supervisor_->Stop(deadline);
    supervisor_.reset();
  }
}

}  // namespace rowhouse::cli
