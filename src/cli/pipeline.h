#pragma once

#include <memory>
#include <stop_token>
#include <string>

#include "alerts/alerts.h"
#include "base/result.h"
#include "capture/progress.h"
#include "capture/table_requests.h"
#include "cli/alerts_view.h"
#include "cli/backfill_orders.h"
#include "cli/console_wiring.h"
#include "cli/direct_loads.h"
#include "cli/verify_schedule.h"
#include "config/config.h"
#include "console/health.h"
#include "console/table_orders.h"
#include "inspect/watch.h"
#include "metrics/registry.h"
#include "registry/server.h"
#include "sink/kafka_engine.h"

namespace rowhouse::cli {

// All that `rowhouse run` runs, made from a configuration: registry (where it is served
// here), the console, upkeep of ClickHouse, capture.
//
// Start() fails only for what a restart would not heal (a busy port, a wrong option). A
// server that is away is waited for: Run() says which one, and goes on when it is back.
//
// While another process runs the pipeline, Run() stands by. The registry's port may be that
// one's until then; so a busy one is an error only of the process that runs the pipeline.
//
// Place:   `run` and `demo` make one each.
// Owns:    everything named above; ends it in source-to-sink order.
// Threads: Run from one; progress() and ready() from any.
class Pipeline {
 public:
  static Result<std::unique_ptr<Pipeline>> Start(
      config::Config config, const ConsoleExtras& extras = {}
  );
  ~Pipeline();

  // Until the stop, or an error that needs the user: kConfig, kAuth, kInternal.
  Status Run(const std::stop_token& stop);

  const capture::Progress& progress() const { return progress_; }

  // Source connected, ClickHouse's objects there.
  bool ready() const;

  // Its background work goes on: what it sees of itself is of the last minute.
  bool alive() const;

  // How it stands, for people.
  std::string sentence() const;

  // "http://127.0.0.1:8087"
  std::string console_url() const { return console_ == nullptr ? "" : console_->url(); }

 private:
  explicit Pipeline(config::Config config);

  Status ServeRegistry();
  Status OpenSchemas();
  Status StartConsole(const ConsoleExtras& extras);
  // VerifyTables, and what it found whole is told to the capture.
  Result<VerifyRun> Verify(
      const std::vector<std::string>& words, const verify::VerifyOptions& options
  );
  console::OrdersAround OrdersAround();
  Status StartSink();
  std::vector<console::PartState> Parts() const;
  void LoadRegistryAhead() const;
  Status CheckSource(const std::stop_token& stop);
  Result<std::unique_ptr<CheckpointStore>> OpenCheckpoints(const std::stop_token& stop);

  const config::Config config_;
  capture::Progress progress_;
  capture::TableRequests requests_;
  metrics::Registry metrics_;
  inspect::Watch watch_;
  alerts::Alerts alerts_;
  std::unique_ptr<registry::Server> registry_;
  std::unique_ptr<SchemaStore> schemas_;
  std::unique_ptr<sink::KafkaEngineUpkeep> sink_;  // null where no sink is wanted
  std::unique_ptr<DirectLoads> direct_;            // null where first loads go through Kafka
  std::unique_ptr<VerifySchedule> verify_;
  std::unique_ptr<console::PipelineView> view_;
  std::unique_ptr<VerifyOrders> verify_orders_;
  std::unique_ptr<BackfillOrders> backfill_orders_;
  std::unique_ptr<AlertSettings> alert_settings_;
  std::unique_ptr<console::Console> console_;  // ends before what its routes use; null: none
};

}  // namespace rowhouse::cli
