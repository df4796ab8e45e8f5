#pragma once

#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "cli/demo_counts.h"
#include "cli/demo_directory.h"
#include "cli/demo_options.h"
#include "cli/demo_view.h"
#include "cli/pipeline.h"
#include "config/config.h"
#include "config/loader.h"
#include "registry/server.h"
#include "services/servers.h"
#include "services/supervisor.h"
#include "shop/traffic.h"

namespace rowhouse::cli {

// A whole world on this machine: database, broker, registry, ClickHouse, the pipeline between
// them, and a shop whose rows flow.
//
// The order of the start is that of need: database and broker side by side; the registry,
// which lives in the broker; ClickHouse, which asks the registry as soon as it runs; the pipeline.
// The end goes the other way round. So ClickHouse never meets a message whose schema it
// can't ask for.
//
// Place:    one a process, made by `rowhouse demo` and driven by its thread.
// Owns:     everything it starts; ends all in End() or, at the latest, when destroyed.
// Threads:  one owner; `pipeline`, `shop` and `children` inside.
// Errors:   those of the parts, with E-DEMO codes where the demo itself is the cause.
class Demo {
 public:
  Demo(DemoOptions options, std::unique_ptr<DemoDirectory> directory, DemoView& view);
  ~Demo();
  Demo(const Demo&) = delete;
  Demo& operator=(const Demo&) = delete;

  // Until rows flow.
  Status Begin(const std::stop_token& stop);

  // Shows the tables until stopped, until the asked duration is over, or a part has failed.
  // Gives whether both sides were equal when it ended by its duration; true after a stop.
  Result<bool> Watch(const std::stop_token& stop);

  // Ends all in order; nothing is left at the deadline.
  void End(Deadline deadline);

 private:
  Status LoadConfig();
  Status CheckPorts() const;
  Status StartServers(const std::stop_token& stop);
  Status StartRegistryAndClickHouse(const std::stop_token& stop);
  Status AwaitRegistry(const std::stop_token& stop) const;
  Status LoadShop(const std::stop_token& stop);
  Status StartPipeline();
  ManagedServers Servers();
  services::Place PlaceOf(const std::string& service, uint16_t port, const char* option) const;
  void ShowNext();

  // The error of a part that will not come back.
  std::optional<Error> Failure();
  void TellDeaths();
  void NoteFirstRow(const std::vector<TableCounts>& tables);
  std::vector<TableCounts> Settle(const std::stop_token& stop);

  const DemoOptions options_;
  const std::unique_ptr<DemoDirectory> directory_;
  DemoView& view_;
  config::Config config_;
  std::shared_ptr<const config::Loaded> loaded_;
  std::map<std::string, int> told_restarts_;
  bool first_row_seen_ = false;

  Mutex mu_;
  std::optional<Error> pipeline_error_ GUARDED_BY(mu_);

  std::unique_ptr<services::Supervisor> supervisor_;
  std::unique_ptr<registry::Server> registry_;
  std::unique_ptr<Pipeline> pipeline_;
  std::unique_ptr<shop::Traffic> traffic_;
  std::unique_ptr<DemoCounts> counts_;
  Thread pipeline_thread_;
};

}  // namespace rowhouse::cli
