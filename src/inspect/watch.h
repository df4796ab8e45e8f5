#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "capture/progress.h"
#include "clickhouse/client.h"
#include "clickhouse/pipeline_sql.h"
#include "http/client.h"
#include "inspect/clickhouse_side.h"
#include "inspect/history.h"
#include "inspect/kafka_side.h"
#include "inspect/lag_clock.h"
#include "inspect/sight.h"
#include "inspect/source_side.h"
#include "kafka/options.h"
#include "metrics/registry.h"
#include "mysql/source_options.h"

namespace rowhouse::inspect {

// What a Watch looks at. Empty url or bootstrap: that part is off.
struct WatchOptions {
  std::string pipeline;
  kafka::KafkaOptions kafka;
  mysql::SourceOptions source;
  clickhouse::ClientOptions clickhouse;
  clickhouse::PipelineOptions objects;
  bool sink = true;  // there is a ClickHouse to look at
  http::ClientOptions registry;
  // Between two looks at a server, and at least 20 times what the last one took: a twentieth of
  // one connection's time is the most that looking costs.
  milliseconds interval{2'000};
  // The first look counts messages of so long ago as new.
  seconds lookback{0};
};

// Looks at every server of a pipeline in the background, so that metrics, alerts and pages have
// an answer at once, and servers are not asked once for each viewer.
//
// Place:   one a process that runs a pipeline.
// Owns:    a thread a server ("watch-kafka", ...), one that keeps the history ("watch"), and their
//          connections. Each question has a limit of 3 s: a server that hangs delays only itself.
// Threads: Latest, history from any.
// Errors:  none come out: a server that can't be asked is kDown in the sight, and why.
// Units:   rates are a second; sizes bytes.
class Watch {
 public:
  // `progress` and `metrics` outlive it; what it sees is shown by `metrics` too.
  Watch(WatchOptions options, const capture::Progress& progress, metrics::Registry& metrics);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  void Start();

  // Never null; at most about a second older than the newest look.
  SightPtr Latest() const;

  // Series: records_per_s, acknowledged_per_s, rows_per_s, bytes_per_s, lag_s, freshness_s,
  // lag_records, rss_bytes, cpu.
  const History& history() const { return history_; }

  // One look at every server now, on the caller's thread, for who runs no pipeline. How long a
  // message has waited is told by the time that Kafka has put on it.
  static Sight LookOnce(
      const WatchOptions& options, const std::vector<TableId>& tables, const SourcePosition& saved
  );

 private:
  // Counters at the last second.
  struct Before {
    int64_t at_us = 0;
    uint64_t appended = 0;
    uint64_t acknowledged = 0;
    uint64_t bytes = 0;
    double cpu = 0;
  };

  using Look = std::function<Status()>;
  using PartitionKey = std::pair<TableId, int32_t>;

  void Loop(const std::stop_token& stop, PartSight Sight::*part, const Look& look);
  void Note(PartSight& part, const Status& looked) REQUIRES(mu_);
  std::vector<TableId> Tables() const;
  Status LookAtKafka();
  void PutTopics(const std::map<std::string, TableId>& by_topic, const KafkaLook& look)
      REQUIRES(mu_);
  void ProveEmpty();
  void LookAtPaused();
  void LookAtWaiting(const TableId& id, const std::string& topic, const PartitionSight& partition);
  void LookAtRetention();
  Status LookAtClickHouse();
  Status LookAtSource();
  Status LookAtRegistry();
  void AskWaiting(Sight& sight);
  void SeeEnds(const TableId& id, TableSight& table) REQUIRES(mu_);
  void UpdateLag(const TableId& id, TableSight& table) REQUIRES(mu_);
  void Tick(const std::stop_token& stop);
  void KeepSecond(Before& before);
  void Publish() REQUIRES(mu_);
  void Export();
  void ExportTable(const TableId& id, const TableSight& table);
  void ExportGroup(const TableSight& table);

  const WatchOptions options_;
  const capture::Progress& progress_;
  metrics::Registry& metrics_;
  History history_;

  KafkaSide kafka_;            // of watch-kafka
  ClickHouseSide clickhouse_;  // of watch-sink
  SourceSide source_;          // of watch-source
  int64_t rows_asked_us_ = 0;  // of watch-source
  int64_t kept_asked_us_ = 0;  // of watch-kafka

  mutable Mutex mu_;
  Sight now_ GUARDED_BY(mu_);
  bool changed_ GUARDED_BY(mu_) = true;
  SightPtr latest_ GUARDED_BY(mu_);
  std::map<PartitionKey, LagClock> clocks_ GUARDED_BY(mu_);  // of those that lag
  // Ends up to which there is no record left to read, though the consumer's offset is lower.
  std::map<PartitionKey, int64_t> nothing_before_ GUARDED_BY(mu_);
  // Of paused tables: the first offset that waits, and when it was written.
  std::map<PartitionKey, std::pair<int64_t, int64_t>> waits_since_ GUARDED_BY(mu_);
  int64_t sink_looked_us_ GUARDED_BY(mu_) = 0;
  std::vector<Thread> threads_;
};

}  // namespace rowhouse::inspect
