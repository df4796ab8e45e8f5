#include "cli/progress_metrics.h"

#include <memory>
#include <set>
#include <string>

#include "base/mutex.h"

namespace rowhouse::cli {

namespace {

double SecondsSince(int64_t wall_us) {
  return wall_us == 0 ? 0 : static_cast<double>(Clock::Real().WallMicros() - wall_us) / 1e6;
}

void ExportTable(
    metrics::Registry& registry, const TableId& id, const capture::TableCounters& counters
) {
  const std::string table = id.ToString();
  const std::pair<const char*, uint64_t> events[] = {
      {"r", counters.reads},
      {"c", counters.creates},
      {"u", counters.updates},
      {"d", counters.deletes}};
  for (const auto& [op, count] : events) {
    registry.GetGauge(
                metrics::kSourceEvents, {{"table", table}, {"op", op}}
    ).Set(static_cast<double>(count));
  }
  registry.GetGauge(
              metrics::kSnapshotRows, {{"table", table}}
  ).Set(static_cast<double>(counters.load.rows));
  registry.GetGauge(
              metrics::kSnapshotRowsEstimated, {{"table", table}}
  ).Set(static_cast<double>(counters.load.running ? counters.load.rows_estimated : 0));
  registry.GetGauge(
              metrics::kSnapshotChunks, {{"table", table}}
  ).Set(static_cast<double>(counters.load.chunks));
  const bool paused = counters.paused && !counters.parked;
  const bool running = !counters.load.running && !counters.parked && !paused;
  const std::pair<const char*, bool> states[] = {
      {"snapshot", counters.load.running && !counters.parked && !paused},
      {"running", running},
      {"paused", paused},
      {"failed", counters.parked}};
  const bool lacks = counters.left_out && !counters.parked;
  registry.GetGauge(metrics::kTableLeftOut, {{"table", table}}).Set(lacks ? 1 : 0);
  for (const auto& [state, on] : states) {
    registry.GetGauge(metrics::kTableState, {{"table", table}, {"state", state}}).Set(on ? 1 : 0);
  }
}

void ExportProcess(metrics::Registry& registry, const capture::Progress& progress) {
  const bool connected = progress.connected.load();
  const auto set = [&registry](const metrics::MetricInfo& metric, auto value) {
    registry.GetGauge(metric).Set(static_cast<double>(value));
  };
  set(metrics::kSourceConnected, connected ? 1 : 0);
  set(metrics::kSourceLagSeconds, progress.LagSeconds());
  set(metrics::kSourceSinceLastEvent, SecondsSince(progress.last_event_seen_us.load()));
  set(metrics::kCheckpointAge, SecondsSince(progress.checkpoint_saved_us.load()));
  set(metrics::kKafkaAppended, progress.records_appended.load());
  set(metrics::kKafkaAcknowledged, progress.records_acknowledged.load());
  set(metrics::kKafkaProducedBytes, progress.bytes_encoded.load());
  set(metrics::kTakeovers, progress.takeovers.load());
  set(metrics::kKafkaCommits, progress.commits.load());
  set(metrics::kKafkaCommitSeconds, static_cast<double>(progress.commit_us.load()) / 1e6);
  registry.GetGauge(
              metrics::kRestarts, {{"part", "capture"}}
  ).Set(static_cast<double>(progress.restarts.load()));
  registry.GetGauge(metrics::kPipelineState, {{"state", "running"}}).Set(connected ? 1 : 0);
  const bool standby = !progress.standby().empty();
  registry.GetGauge(metrics::kPipelineState, {{"state", "standby"}}).Set(standby ? 1 : 0);
  const bool degraded = !connected && !standby;
  registry.GetGauge(metrics::kPipelineState, {{"state", "degraded"}}).Set(degraded ? 1 : 0);
}

// Thousands of tables that are empty and quiet would be as many series that say nothing.
bool HasSomethingToShow(const capture::TableCounters& t) {
  return t.reads + t.creates + t.updates + t.deletes + t.load.rows > 0 || t.parked || t.paused ||
         t.left_out || (t.load.running && t.load.rows_estimated > 0);
}

// A series that was shown goes on: a table that is no longer paused has to say so.
class ShownTables {
 public:
  bool Shows(const TableId& table, bool something) {
    MutexLock lock(mu_);
    if (something) {
      tables_.insert(table);
    }
    return something || tables_.contains(table);
  }

 private:
  Mutex mu_;
  std::set<TableId> tables_ GUARDED_BY(mu_);
};

}  // namespace

void ExportProgress(metrics::Registry& registry, const capture::Progress& progress) {
  const auto shown = std::make_shared<ShownTables>();
  registry.OnScrape([&registry, &progress, shown] {
    ExportProcess(registry, progress);
    for (const auto& [id, counters] : progress.Tables()) {
      if (shown->Shows(id, HasSomethingToShow(counters))) {
        ExportTable(registry, id, counters);
      }
    }
    registry.GetGauge(metrics::kSnapshotTablesRemaining)
        .Set(static_cast<double>(progress.all_loads()));
  });
}

}  // namespace rowhouse::cli
