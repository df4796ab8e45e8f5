#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "capture/progress.h"
#include "cli/service_list.h"
#include "cli/verify_orders.h"
#include "cli/verify_schedule.h"
#include "config/config.h"
#include "config/loader.h"
#include "console/console.h"
#include "console/kafka_api.h"
#include "console/pipeline_view.h"
#include "inspect/watch.h"
#include "sink/kafka_engine.h"

namespace rowhouse::cli {

// What whoever runs a pipeline adds to its console.
struct ConsoleExtras {
  bool demo = false;
  // Of the first account, where the configuration names none.
  std::string admin_email;
  std::string admin_password;
  ManagedServers servers;
  std::shared_ptr<const config::Loaded> loaded;  // what the configuration came from; may be null
};

// From the configuration to a console that does not serve yet.
Result<std::unique_ptr<console::Console>> OpenConsole(
    const config::Config& config, const ConsoleExtras& extras
);

// What pages show of the pipeline that `config` describes. All outlive it; a null sink: none.
std::unique_ptr<console::PipelineView> PipelineViewOf(
    const config::Config& config,
    const capture::Progress& progress,
    const inspect::Watch& watch,
    const sink::KafkaEngineUpkeep* sink,
    const VerifySchedule& verify
);

// The pages on Kafka: the pipeline's own cluster and those that are registered.
console::KafkaPagesOptions KafkaPagesOf(const config::Config& config, const inspect::Watch& watch);

// GET /api/v1/loads and /api/v1/verify: what only this process knows of loads under way and of
// comparisons, scheduled and ordered. All outlive the console.
void AddRunViews(
    console::ConsoleRoutes& routes,
    const capture::Progress& progress,
    const VerifySchedule& verify,
    const std::string& verify_mode,
    const VerifyOrders& orders
);

}  // namespace rowhouse::cli
