#include "cli/pipeline.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/log.h"
#include "base/thread.h"
#include "capture/runner.h"
#include "cli/backfills_view.h"
#include "cli/capture_world.h"
#include "cli/console_answers.h"
#include "cli/dead_letters_view.h"
#include "cli/progress_metrics.h"
#include "cli/table_detail.h"
#include "cli/trace_view.h"
#include "cli/version.h"
#include "cli/wiring.h"
#include "console/pipeline_api.h"
#include "console/services_api.h"
#include "console/table_orders.h"
#include "kafka/admin.h"
#include "kafka/checkpoint_store.h"
#include "kafka/consumption.h"
#include "mysql/connection.h"
#include "mysql/server_checks.h"
#include "registry/client.h"

namespace rowhouse::cli {

namespace {

constexpr const char* kPortInUse = "E-NET-001";
constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{5'000};
constexpr seconds kStopLimit{2};
constexpr seconds kAliveWithin{60};
constexpr seconds kPingLimit{3};
constexpr seconds kRegistryLimit{15};
constexpr seconds kRegistryFirst{2};
constexpr seconds kConsumptionLimit{10};
// A save under way and the last one together stay below the 10 s a stop may take.
constexpr milliseconds kCheckpointLimit{4'000};

Status CheckSourceOnce(
    const mysql::SourceOptions& options, const std::function<bool(const TableId&)>& wanted
) {
  auto connection = ROWHOUSE_TRY(mysql::Connection::Open(options));
  const auto checks = ROWHOUSE_TRY(mysql::CheckServer(*connection, options, wanted));
  for (const mysql::ServerCheck& check : checks) {
    if (check.state == mysql::CheckState::kWarn) {
      LogWarn(
          "source check",
          {{"code", check.code}, {"what", check.what}, {"found", check.found}, {"fix", check.fix}}
      );
    }
  }
  return mysql::RequireReady(checks, options.Where());
}

// Asks with a short limit first: a broker that is away must not hold up a stop for the
// whole request timeout.
Result<std::unique_ptr<kafka::KafkaCheckpointStore>> OpenOnceKafkaAnswers(
    kafka::KafkaOptions options, const kafka::CheckpointPlace& place
) {
  options.request_timeout = kCheckpointLimit;
  const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(options));
  (void)ROWHOUSE_TRY(admin->Ping(Deadline::After(kPingLimit)));
  return kafka::KafkaCheckpointStore::Open(options, place);
}

alerts::AlertsOptions AlertsOf(const config::Config& config, const capture::Progress& progress) {
  alerts::AlertsOptions options;
  options.sender.pipeline = config.pipeline;
  options.repeat = std::chrono::duration_cast<seconds>(config.alerts.repeat);
  options.active = [&progress] { return progress.standby().empty(); };
  return options;
}

}  // namespace

Pipeline::Pipeline(config::Config config)
    : config_(std::move(config)),
      metrics_({{"pipeline", config_.pipeline}}),
      watch_(WatchOptionsOf(config_), progress_, metrics_),
      alerts_(AlertsOf(config_, progress_), metrics_) {}

Pipeline::~Pipeline() {
  if (sink_ != nullptr) {
    sink_->Stop();
  }
  if (registry_ != nullptr) {
    registry_->Stop(Deadline::After(kStopLimit));
  }
}

Result<std::unique_ptr<Pipeline>> Pipeline::Start(
    config::Config config, const ConsoleExtras& extras
) {
  std::unique_ptr<Pipeline> pipeline(new Pipeline(std::move(config)));
  Status served = pipeline->ServeRegistry();
  if (!served && served.error().code() != kPortInUse) {
    return std::move(served).error();
  }
  if (!served) {
    // Perhaps by the process that this one stands by for; whoever runs the pipeline needs it.
    LogWarn("registry is not served yet", served.error());
  }
  ROWHOUSE_TRY(pipeline->OpenSchemas());
  ROWHOUSE_TRY(pipeline->StartSink());
  ROWHOUSE_TRY(pipeline->StartConsole(extras));
  return pipeline;
}

Status Pipeline::ServeRegistry() {
  if (config_.registry.listen.empty() || registry_ != nullptr) {
    return Ok();
  }
  auto options = ROWHOUSE_TRY(RegistryServerOptionsOf(config_));
  registry_ = ROWHOUSE_TRY(registry::Server::Start(std::move(options), OpenSchemasTopic(config_)));
  LogInfo("registry is served", {{"url", registry_->url()}});
  return Ok();
}

Status Pipeline::OpenSchemas() {
  const auto on_incompatible = config_.registry.on_incompatible == "accept"
                                   ? registry::Client::OnIncompatible::kAccept
                                   : registry::Client::OnIncompatible::kRefuse;
  schemas_ = ROWHOUSE_TRY(
      registry::Client::Open(RegistryOptionsOf(config_), kRegistryLimit, on_incompatible)
  );
  return Ok();
}

Status Pipeline::StartSink() {
  if (config_.sink.mode != "kafka-engine" || config_.sink.url.empty()) {
    return Ok();
  }
  const clickhouse::ClientOptions options = ClickHouseOptionsOf(config_);
  const auto open = [options] { return sink::OpenClickHouse(options); };
  const auto unconsumed = [kafka = KafkaOptionsOf(config_)](
                              const std::string& topic, const std::string& group
                          ) -> Result<uint64_t> {
    const auto consumption = ROWHOUSE_TRY(kafka::Consumption::Open(kafka));
    return consumption->Unconsumed(topic, group, Deadline::After(kConsumptionLimit));
  };
  sink_ = std::make_unique<sink::KafkaEngineUpkeep>(PipelineOptionsOf(config_), open, unconsumed);
  if (config_.capture.snapshot == "direct") {
    direct_ = std::make_unique<DirectLoads>(config_, progress_);
  }
  return Ok();
}

Status Pipeline::StartConsole(const ConsoleExtras& extras) {
  metrics::AddProcessMetrics(metrics_, Version());
  ExportProgress(metrics_, progress_);
  metrics_.OnScrape([this] {
    if (sink_ != nullptr) {
      metrics_.GetGauge(metrics::kQueueRestarts)
          .Set(static_cast<double>(sink_->state().queue_restarts));
    }
  });
  const VerifyPass pass = [this](const auto& words, const auto& options) {
    return Verify(words, options);
  };
  verify_ = std::make_unique<VerifySchedule>(config_, pass, metrics_, [this] { return ready(); });
  if (config_.console.listen.empty()) {
    return Ok();
  }
  console_ = ROWHOUSE_TRY(OpenConsole(config_, extras));
  console::ConsoleRoutes& routes = console_->routes();
  console::AddHealth(routes, metrics_, [this] { return Parts(); });
  console::AddTableOrders(routes, OrdersAround());
  verify_orders_ = std::make_unique<VerifyOrders>(pass);
  verify_orders_->Start();
  verify_orders_->AddRoute(routes, WantedTables(config_));
  AddRunViews(routes, progress_, *verify_, config_.verify.mode, *verify_orders_);
  view_ = PipelineViewOf(config_, progress_, watch_, sink_.get(), *verify_);
  console::AddPipelineViews(*console_, *view_, progress_, [this](const TableId& table) {
    return TableDetailOf(config_, table, sink_ == nullptr ? nullptr : sink_->Schema(table));
  });
  alert_settings_ = std::make_unique<AlertSettings>(alerts_);
  ROWHOUSE_TRY(alert_settings_->Serve(*console_, config_));
  AddTrace(routes, config_);
  backfill_orders_ = std::make_unique<BackfillOrders>(OrdersWorldOf(config_));
  backfill_orders_->Start();
  AddBackfills(*console_, config_, *backfill_orders_);
  console::AddServices(
      *console_, ServicesOf(config_, progress_, watch_, sink_.get(), extras.servers)
  );
  ROWHOUSE_TRY(AddAnswers(routes, config_, extras.loaded));
  AddDeadLetters(routes, config_, [this] {
    std::vector<TableId> tables;
    for (const auto& [table, sight] : watch_.Latest()->tables) {
      tables.push_back(table);
    }
    return tables;
  });
  console::AddKafkaPages(*console_, KafkaPagesOf(config_, watch_));
  return console_->Serve();
}

Result<VerifyRun> Pipeline::Verify(
    const std::vector<std::string>& words, const verify::VerifyOptions& options
) {
  LackingTables lacking;
  for (const auto& [table, counters] : progress_.Tables()) {
    if (counters.left_out && !counters.left_out->to.empty()) {
      lacking.emplace(table, counters.left_out->to);
    }
  }
  VerifyRun run = ROWHOUSE_TRY(VerifyTables(config_, words, options));
  for (const auto& [table, to] : FoundWhole(run, lacking)) {
    requests_.NoteWhole(table, to);
  }
  return run;
}

console::OrdersAround Pipeline::OrdersAround() {
  console::OrdersAround around{
      requests_, progress_, WantedTables(config_), config_.pipeline, nullptr, nullptr};
  if (sink_ == nullptr) {
    return around;
  }
  around.may_pause = [this](const TableId& table) -> Status {
    if (direct_ == nullptr || !progress_.Loading(table)) {
      return Ok();
    }
    return Error(
               ErrorKind::kConfig,
               fmt::format("{} is being loaded straight into ClickHouse", table.ToString())
    )
        .WithCode("E-CON-021")
        .WithHint("pause it once its load has ended: GET /api/v1/loads tells how far that is");
  };
  around.settled = [this](const TableId& table, Deadline deadline) {
    return sink_->WaitFitted(table, deadline);
  };
  return around;
}

std::vector<console::PartState> Pipeline::Parts() const {
  std::vector<console::PartState> parts;
  const bool connected = progress_.connected;
  const std::string active = progress_.standby();
  if (!active.empty()) {
    parts.push_back({"capture", true, "standing by for " + active, true});
    return parts;
  }
  parts.push_back({"capture", connected, connected ? "" : "not connected to source and Kafka yet"});
  if (sink_ != nullptr) {
    const sink::KafkaEngineUpkeep::State state = sink_->state();
    parts.push_back({"sink", state.ready, state.problem});
  }
  return parts;
}

bool Pipeline::ready() const {
  return progress_.connected && (sink_ == nullptr || sink_->state().ready);
}

bool Pipeline::alive() const {
  // Its own use of the processor is noted each second, whatever the servers do. No series: that
  // has not begun, the source is waited for.
  const auto noted = watch_.history().Last("cpu", kAliveWithin, Clock::Real().WallMicros()).values;
  return noted.empty() ||
         std::ranges::any_of(noted, [](double value) { return std::isfinite(value); });
}

std::string Pipeline::sentence() const {
  if (view_ == nullptr) {
    return ready() ? "running" : "not ready";
  }
  return view_->Sentence(Clock::Real().WallMicros());
}

Status Pipeline::Run(const std::stop_token& stop) {
  Status checked = CheckSource(stop);
  if (!checked) {
    return checked.error().kind() == ErrorKind::kCancelled ? Ok() : checked;
  }
  auto checkpoints = OpenCheckpoints(stop);
  if (!checkpoints) {
    const bool stopped = checkpoints.error().kind() == ErrorKind::kCancelled;
    return stopped ? Ok() : Status(std::move(checkpoints).error());
  }
  const Thread ahead("registry-ahead", [this](const std::stop_token&) { LoadRegistryAhead(); });
  verify_->Start();
  watch_.Start();
  alerts_.Start();
  capture::World world = CaptureWorldOf(config_);
  world.schemas = schemas_.get();
  world.checkpoints = checkpoints->get();
  capture::RunnerOptions options = RunnerOptionsOf(config_);
  options.requests = &requests_;
  options.follower = sink_.get();
  options.direct = direct_.get();
  if (sink_ != nullptr) {
    options.on_ddl = [this](const ddl::DdlEvent& event) { sink_->Tell(event); };
  }
  options.on_lead = [this]() -> Status {
    Status served = ServeRegistry();
    if (!served && served.error().code() == kPortInUse && progress_.takeovers > 0) {
      // The process that was active may be frozen and not gone.
      return Error(ErrorKind::kUnavailable, served.error().message()).WithCode(kPortInUse);
    }
    return served;
  };
  return capture::Runner(std::move(world), std::move(options), progress_).Run(stop);
}

// A registry reads its topic at the first question: now, beside what capture has to do before its
// first record, and not then. An answer that fails comes again with the first schema.
void Pipeline::LoadRegistryAhead() const {
  auto client = registry::Client::Open(RegistryOptionsOf(config_), kRegistryFirst);
  const Status answered = client ? (*client)->Ping() : Status(std::move(client).error());
  if (!answered) {
    LogDebug("registry does not answer yet", {{"err", answered.error().ToString()}});
  }
}

// The start-up checks, once the source answers; a failed one needs the user.
Status Pipeline::CheckSource(const std::stop_token& stop) {
  const mysql::SourceOptions options = SourceOptionsOf(config_);
  Backoff backoff(kFirstWait, kLongestWait);
  while (true) {
    Status checked = CheckSourceOnce(options, WantedTables(config_));
    if (checked || checked.error().kind() != ErrorKind::kUnavailable) {
      return checked;
    }
    LogWarn("waiting for the source", checked.error());
    if (!WaitUnlessStopped(stop, backoff.Next())) {
      return Error(ErrorKind::kCancelled, "stopped while waiting for the source");
    }
  }
}

Result<std::unique_ptr<CheckpointStore>> Pipeline::OpenCheckpoints(const std::stop_token& stop) {
  Backoff backoff(kFirstWait, kLongestWait);
  const kafka::CheckpointPlace place = CheckpointPlaceOf(config_);
  while (true) {
    auto store = OpenOnceKafkaAnswers(CheckpointOwnerOptionsOf(config_), place);
    if (store) {
      return std::unique_ptr<CheckpointStore>(*std::move(store));
    }
    if (store.error().kind() != ErrorKind::kUnavailable) {
      return std::move(store).error();
    }
    LogWarn("waiting for Kafka", store.error(), {{"bootstrap", config_.kafka.bootstrap}});
    if (!WaitUnlessStopped(stop, backoff.Next())) {
      return Error(ErrorKind::kCancelled, "stopped while waiting for Kafka");
    }
  }
}

}  // namespace rowhouse::cli
