#pragma once

#include <functional>
#include <string>
#include <vector>

#include "capture/progress.h"
#include "config/config.h"
#include "console/services_api.h"
#include "inspect/watch.h"
#include "sink/kafka_engine.h"

namespace rowhouse::cli {

// Servers that whoever runs the pipeline has started beside it.
struct ManagedServers {
  // What is known of each under `kind`; the pipeline's own sight fills in what is left empty.
  std::function<std::vector<console::ServiceFacts>()> list;
  std::function<Status(const std::string& name)> restart;
  // Where standard error goes, which is where this process logs; empty: not into a file.
  std::string log_file;
  // The registry lives in this process, whatever the configuration says.
  bool serves_registry = false;
};

// All parts of a pipeline, from what its watch sees, its capture and its sink say, and what is
// known of servers that this process runs. The references outlive the desk; a null sink: none.
console::ServiceDesk ServicesOf(
    const config::Config& config,
    const capture::Progress& progress,
    const inspect::Watch& watch,
    const sink::KafkaEngineUpkeep* sink,
    ManagedServers managed
);

}  // namespace rowhouse::cli
