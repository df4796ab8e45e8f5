#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "capture/direct_load.h"
#include "capture/encode_pool.h"
#include "capture/loader.h"
#include "capture/progress.h"
#include "capture/table_requests.h"
#include "ddl/event.h"
#include "model/leadership.h"
#include "model/ports.h"

namespace rowhouse::capture {

// What a capture runs on. The factories are called anew after each lost link.
struct World {
  using Wanted = std::function<bool(const TableId&)>;

  std::function<Result<std::unique_ptr<ChangeSource>>(const SourcePosition& from, Wanted wanted)>
      open_source;
  std::function<Result<std::unique_ptr<TableReader>>()> open_reader;
  std::function<Result<std::unique_ptr<SourceCatalog>>()> open_catalog;
  std::function<Result<std::unique_ptr<EventLog>>(AckListener& listener)> open_log;
  // Null: nobody else runs the pipeline.
  std::function<Result<std::unique_ptr<Leadership>>()> open_leadership;
  SchemaStore* schemas = nullptr;
  CheckpointStore* checkpoints = nullptr;
};

// What Kafka's consumers may see after a crash or a lost link.
enum class Delivery {
  kAtLeastOnce,  // records again, with the same versions
  kExactlyOnce,  // each record once; those that read committed records only
};

// How a capture goes about it; the defaults are those of the configuration.
struct RunnerOptions {
  World::Wanted wanted;    // tables to capture
  bool first_load = true;  // false: only changes from now on
  // How first loads go; null: through the log. Outlives the runner.
  DirectLoad* direct = nullptr;
  Loader::Options loader;
  EncodePool::Options encode;
  size_t in_flight_bytes = 64 << 20;
  milliseconds checkpoint_interval{1000};
  Delivery delivery = Delivery::kAtLeastOnce;  // kExactlyOnce: open_log gives transactional logs
  milliseconds commit_interval{500};           // kExactlyOnce: between commits under load
  milliseconds drain_limit{8000};              // for a clean stop
  milliseconds report_interval{10'000};        // of lines that tell how a load goes
  // Waits between a lost link and the next life, growing.
  milliseconds first_wait{200};
  milliseconds longest_wait{10'000};
  milliseconds renew_interval{2000};  // of the right to run the pipeline
  // Called at the start of each life, once this process is the one that runs the pipeline. Its
  // error ends the life. May be null.
  std::function<Status()> on_lead;
  SideTopicSpecs side_topics;
  // Between records of the topic of heartbeats; 0: none.
  milliseconds heartbeat_interval{0};
  bool reload = true;                  // load a table again where the log can't tell its rows
  milliseconds look_interval{30'000};  // for tables that the stream does not tell of
  TableRequests* requests = nullptr;   // outlives the runner; null: nobody asks
  // Has to be ready for each schema before its first record; null: nothing has to.
  SchemaFollower* follower = nullptr;
  // Hears of each statement that concerns captured tables, at its place: before any record of a
  // row after it is made. Called on the source thread, which it holds up. May be null.
  std::function<void(const ddl::DdlEvent&)> on_ddl;
};

// Moves every change of a source into the log: first load and stream in one.
//
//   the right to run the pipeline; while another has it, this one stands by
//   position, ledger = last checkpoint, or the source's position now
//   source thread:  stream batches, and chunks at their places -> tracker -> encode pool
//   snapshot threads: tables the ledger does not call done -> chunks
//   checkpoint thread: what is acknowledged -> checkpoint store
//     exactly once: in its stead, an encode worker commits records and checkpoint as one
//
// After a crash or a lost link the same begins again at the checkpoint: what was
// not acknowledged is read again, and versions make the repeat harmless.
//
// Place:   one a pipeline; `rowhouse run` makes it.
// Threads: Run from one; Progress may be read from any.
// Errors:  Run comes back at a stop (Ok), or with an error a restart would not heal (kConfig,
//          kAuth, kInternal). kUnavailable is healed inside: it waits and begins again.
// Bounds:  memory = in_flight_bytes + workers * queue_bytes (shared with it) + Loader's + the
//          log's own buffer.
class Runner {
 public:
  Runner(World world, RunnerOptions options, Progress& progress);

  Status Run(const std::stop_token& stop);

 private:
  // One life: from opening all to the first error or the stop.
  Status RunOnce(const std::stop_token& stop);

  const World world_;
  TableRequests own_requests_;  // where the options name none
  RunnerOptions options_;
  Progress& progress_;
};

}  // namespace rowhouse::capture
