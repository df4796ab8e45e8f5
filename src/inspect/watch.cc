#include "inspect/watch.h"

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sys/resource.h>
#include <unistd.h>

#include "base/backoff.h"
#include "model/topic.h"
#include "registry/client.h"

namespace rowhouse::inspect {

namespace {

constexpr seconds kLookLimit{3};
constexpr seconds kRegistryLimit{2};
constexpr int64_t kRowsEveryUs = 60'000'000;
constexpr int kShareOfTime = 20;
constexpr int64_t kLookOldUs = 30'000'000;
constexpr int64_t kFewOffsets = 100;
constexpr double kDoubtAfter = 3;  // seconds
constexpr size_t kProvedAtOnce = 5;
constexpr size_t kAskedWaiting = 20;
constexpr int64_t kKeptEveryUs = 10'000'000;
constexpr size_t kLaggingMost = 1'000;

int64_t WallMicros() {
  return Clock::Real().WallMicros();
}

double CpuSeconds() {
  rusage use{};
  getrusage(RUSAGE_SELF, &use);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(use.ru_utime) + of(use.ru_stime);
}

double ResidentBytes() {
  std::ifstream file("/proc/self/statm");
  double size = 0;
  double resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE));
}

void PutOffsets(const std::vector<kafka::PartitionRange>& ranges, TableSight& table) {
  std::vector<PartitionSight> fresh;
  for (const kafka::PartitionRange& range : ranges) {
    PartitionSight partition{range.partition, range.begin, range.end, std::nullopt};
    for (const PartitionSight& known : table.partitions) {
      if (known.partition == range.partition) {
        partition.consumed = known.consumed;
      }
    }
    fresh.push_back(partition);
  }
  table.partitions = std::move(fresh);
}

void PutClickHouse(const TableInClickHouse& seen, double passed_s, TableSight& table) {
  table.messages_per_second = 0;
  table.messages = seen.messages;
  table.dead_letters = seen.dead_letters;
  table.target_rows = seen.target_rows;
  table.active_parts = seen.active_parts;
  for (PartitionSight& partition : table.partitions) {
    const auto consumed = seen.consumed.find(partition.partition);
    if (consumed != seen.consumed.end()) {
      partition.consumed = consumed->second;
    }
  }
  table.stages.reset();
  if (seen.fresh) {
    table.messages_per_second =
        passed_s > 0 ? static_cast<double>(seen.fresh->count) / passed_s : 0;
    table.visible_us = seen.fresh->visible_us;
    table.newest_change_us = seen.fresh->newest_change_us;
    if (!std::isnan(seen.fresh->median.total)) {  // only loaded rows: they waited for nobody
      const StageSeconds& median = seen.fresh->median;
      // The clocks of three machines are in it.
      table.stages = {
          std::max(0.0, median.read),
          std::max(0.0, median.produce),
          std::max(0.0, median.insert),
          std::max(0.0, median.total)};
    }
  }
}

// Offsets that nobody has consumed; unknown while ClickHouse has not told any.
void SumLag(TableSight& table) {
  table.lag_records.reset();
  for (const PartitionSight& partition : table.partitions) {
    const bool empty = partition.begin == partition.end;
    if (partition.consumed || empty) {
      const int64_t from = partition.consumed.value_or(partition.end);
      table.lag_records =
          table.lag_records.value_or(0) + std::max<int64_t>(0, partition.end - from);
    }
  }
}

}  // namespace

std::string_view StateName(PartSight::State state) {
  switch (state) {
    case PartSight::State::kOff:
      return "off";
    case PartSight::State::kWaiting:
      return "waiting";
    case PartSight::State::kOk:
      return "ok";
    case PartSight::State::kDown:
      return "down";
  }
  return "?";
}

Watch::Watch(WatchOptions options, const capture::Progress& progress, metrics::Registry& metrics)
    : options_(std::move(options)),
      progress_(progress),
      metrics_(metrics),
      kafka_(options_.kafka),
      clickhouse_(options_.clickhouse, options_.objects, options_.lookback),
      source_(options_.source) {
  MutexLock lock(mu_);
  now_.source.address = options_.source.Where();
  now_.kafka.address = options_.kafka.bootstrap;
  now_.clickhouse.address = options_.clickhouse.url;
  now_.registry.address = options_.registry.url;
  if (!options_.sink) {
    now_.clickhouse.state = PartSight::State::kOff;
  }
  const int64_t at = WallMicros();
  for (PartSight Sight::*part :
       {&Sight::source, &Sight::kafka, &Sight::clickhouse, &Sight::registry}) {
    (now_.*part).since_us = at;
  }
  Publish();
  metrics_.OnScrape([this] { Export(); });
}

Watch::~Watch() {
  for (Thread& thread : threads_) {
    thread.RequestStop();
  }
}

void Watch::Start() {
  const auto start = [this](const char* name, PartSight Sight::*part, Look look) {
    threads_.emplace_back(name, [this, part, look = std::move(look)](const std::stop_token& stop) {
      Loop(stop, part, look);
    });
  };
  start("watch-kafka", &Sight::kafka, [this] { return LookAtKafka(); });
  start("watch-source", &Sight::source, [this] { return LookAtSource(); });
  start("watch-registry", &Sight::registry, [this] { return LookAtRegistry(); });
  if (options_.sink) {
    start("watch-sink", &Sight::clickhouse, [this] { return LookAtClickHouse(); });
  }
  threads_.emplace_back("watch", [this](const std::stop_token& stop) { Tick(stop); });
}

SightPtr Watch::Latest() const {
  MutexLock lock(mu_);
  return latest_;
}

void Watch::Publish() {
  now_.at_us = WallMicros();
  latest_ = std::make_shared<const Sight>(now_);
  changed_ = false;
}

void Watch::Note(PartSight& part, const Status& looked) {
  const auto state = looked ? PartSight::State::kOk : PartSight::State::kDown;
  if (part.state != state) {
    part.state = state;
    part.since_us = WallMicros();
  }
  part.trouble.reset();
  if (!looked) {
    part.trouble = looked.error();
  }
  changed_ = true;
}

void Watch::Loop(const std::stop_token& stop, PartSight Sight::*part, const Look& look) {
  milliseconds wait{0};
  while (WaitUnlessStopped(stop, wait)) {
    const auto began = Clock::Real().Now();
    const Status looked = look();
    const auto took =
        std::chrono::duration_cast<milliseconds>(Clock::Real().Now() - began) * kShareOfTime;
    wait = looked ? std::max(options_.interval, took) : options_.interval;
    MutexLock lock(mu_);
    Note(now_.*part, looked);
  }
}

std::vector<TableId> Watch::Tables() const {
  std::vector<TableId> tables;
  for (const auto& [id, counters] : progress_.Tables()) {
    tables.push_back(id);
  }
  return tables;
}

Status Watch::LookAtKafka() {
  std::map<std::string, TableId> by_topic;
  std::vector<std::string> topics;
  for (const TableId& id : Tables()) {
    topics.push_back(DataTopic(options_.objects.topics, id));
    by_topic.emplace(topics.back(), id);
  }
  const KafkaLook look = ROWHOUSE_TRY(kafka_.Look(topics, Deadline::After(kLookLimit)));
  {
    MutexLock lock(mu_);
    now_.brokers = look.brokers;
    now_.topics = look.topics;
    PutTopics(by_topic, look);
  }
  ProveEmpty();
  LookAtPaused();
  LookAtRetention();
  return Ok();
}

// No consumer tells how far a paused table was read: its group's offsets do. And no record is read
// before the first one that Kafka still has.
void Watch::LookAtPaused() {
  for (const auto& [id, counters] : progress_.Tables()) {
    if (!counters.paused) {
      continue;
    }
    const std::string topic = DataTopic(options_.objects.topics, id);
    const std::string group = clickhouse::GroupName(options_.objects, id);
    const auto committed = kafka_.Committed(topic, group, Deadline::After(kRegistryLimit));
    if (!committed) {
      continue;  // the next look tells
    }
    std::vector<PartitionSight> partitions;
    {
      MutexLock lock(mu_);
      for (PartitionSight& partition : now_.tables[id].partitions) {
        const auto at = committed->find(partition.partition);
        partition.consumed = at == committed->end() ? partition.begin : at->second;
      }
      partitions = now_.tables[id].partitions;
    }
    for (const PartitionSight& partition : partitions) {
      LookAtWaiting(id, topic, partition);
    }
    MutexLock lock(mu_);
    UpdateLag(id, now_.tables[id]);
    changed_ = true;
  }
}

// A pause outlives this process, so its age is that of the oldest record that waits: by it people
// hear that Kafka is about to drop what was not read.
void Watch::LookAtWaiting(
    const TableId& id, const std::string& topic, const PartitionSight& partition
) {
  const PartitionKey key{id, partition.partition};
  const int64_t first = std::max(*partition.consumed, partition.begin);
  {
    MutexLock lock(mu_);
    const auto known = waits_since_.find(key);
    if (known != waits_since_.end() && known->second.first == first) {
      return;
    }
    waits_since_.erase(key);
  }
  if (first >= partition.end) {
    return;
  }
  const auto written =
      kafka_.WrittenAt(topic, partition.partition, first, Deadline::After(kRegistryLimit));
  if (written && *written) {
    MutexLock lock(mu_);
    waits_since_[key] = {first, **written};
  }
}

// Of topics that lag, now and then.
void Watch::LookAtRetention() {
  const int64_t at = WallMicros();
  std::map<std::string, TableId> lagging;
  {
    MutexLock lock(mu_);
    for (const auto& [id, table] : now_.tables) {
      if (table.lag_seconds > kDoubtAfter && lagging.size() < kLaggingMost) {
        lagging.emplace(table.topic, id);
      }
    }
  }
  if (lagging.empty() || at - kept_asked_us_ < kKeptEveryUs) {
    return;
  }
  std::vector<std::string> topics;
  for (const auto& [topic, id] : lagging) {
    topics.push_back(topic);
  }
  const auto kept = kafka_.Retention(topics, Deadline::After(kRegistryLimit));
  if (!kept) {
    return;  // the next look tells
  }
  kept_asked_us_ = at;
  MutexLock lock(mu_);
  for (const auto& [topic, id] : lagging) {
    const auto found = kept->find(topic);
    now_.tables[id].kept_seconds =
        found == kept->end() ? std::nullopt : std::optional(found->second);
  }
  changed_ = true;
}

void Watch::PutTopics(const std::map<std::string, TableId>& by_topic, const KafkaLook& look) {
  for (const auto& [topic, id] : by_topic) {
    TableSight& table = now_.tables[id];
    table.topic = topic;
    table.group = clickhouse::GroupName(options_.objects, id);
    const auto offsets = look.offsets.find(topic);
    if (offsets != look.offsets.end()) {
      PutOffsets(offsets->second, table);
      SeeEnds(id, table);
    }
  }
}

// What has lagged for a while by a few offsets may be no records at all.
void Watch::ProveEmpty() {
  std::vector<std::pair<TableId, TableSight>> doubtful;
  {
    MutexLock lock(mu_);
    for (const auto& [id, table] : now_.tables) {
      const bool few = table.lag_records.value_or(0) > 0 && *table.lag_records <= kFewOffsets;
      if (few && table.lag_seconds > kDoubtAfter && doubtful.size() < kProvedAtOnce) {
        doubtful.emplace_back(id, table);
      }
    }
  }
  for (const auto& [id, table] : doubtful) {
    const auto left = kafka_.Unconsumed(table.topic, table.group, Deadline::After(kRegistryLimit));
    if (!left || *left > 0) {
      continue;  // it lags, or the next look tells why not
    }
    MutexLock lock(mu_);
    for (const PartitionSight& partition : table.partitions) {
      nothing_before_[{id, partition.partition}] = partition.end;
    }
    UpdateLag(id, now_.tables[id]);
    changed_ = true;
  }
}

Status Watch::LookAtClickHouse() {
  const ClickHouseLook look = ROWHOUSE_TRY(clickhouse_.Look(Tables(), Deadline::After(kLookLimit)));
  metrics::Histogram& delays = metrics_.GetHistogram(metrics::kEndToEnd);
  MutexLock lock(mu_);
  const int64_t at = WallMicros();
  const double passed = sink_looked_us_ == 0 ? 0 : static_cast<double>(at - sink_looked_us_) / 1e6;
  sink_looked_us_ = at;
  now_.clickhouse.version = look.version;
  for (const auto& [id, seen] : look.tables) {
    TableSight& table = now_.tables[id];
    PutClickHouse(seen, passed, table);
    UpdateLag(id, table);
    for (size_t i = 0; seen.fresh && i < seen.fresh->delays.size(); ++i) {
      delays.Add(i, seen.fresh->delays[i], i == 0 ? seen.fresh->delay_sum : 0);
    }
  }
  return Ok();
}

// Offsets written and offsets read are asked for at different moments, and what was written
// between them does not lag: so the lag is told when the second are known, and here only where
// they have not been for long.
void Watch::SeeEnds(const TableId& id, TableSight& table) {
  const int64_t at = WallMicros();
  if (at - sink_looked_us_ > kLookOldUs) {
    UpdateLag(id, table);
    return;
  }
  for (const PartitionSight& partition : table.partitions) {
    if (partition.consumed && *partition.consumed < partition.end) {
      clocks_[{id, partition.partition}].Look(at, partition.end, *partition.consumed);
    }
  }
}

void Watch::UpdateLag(const TableId& id, TableSight& table) {
  const int64_t at = WallMicros();
  table.lag_seconds = 0;
  for (PartitionSight& partition : table.partitions) {
    const PartitionKey key{id, partition.partition};
    const auto proved = nothing_before_.find(key);
    if (proved != nothing_before_.end() && partition.consumed) {
      partition.consumed = std::max(*partition.consumed, proved->second);
    }
    partition.lag_seconds = 0;
    if (!partition.consumed || *partition.consumed >= partition.end) {
      clocks_.erase(key);
      continue;
    }
    LagClock& clock = clocks_[key];
    clock.Look(at, partition.end, *partition.consumed);
    partition.lag_seconds = clock.Seconds(at);
    const auto waits = waits_since_.find(key);
    if (waits != waits_since_.end() && waits->second.first >= *partition.consumed) {
      partition.lag_seconds = static_cast<double>(at - waits->second.second) / 1e6;
    }
    table.lag_seconds = std::max(table.lag_seconds, partition.lag_seconds);
  }
  SumLag(table);
}

Status Watch::LookAtSource() {
  const int64_t at = WallMicros();
  const bool rows = at - rows_asked_us_ >= kRowsEveryUs;
  const SourceLook look = ROWHOUSE_TRY(source_.Look(
      progress_.saved_position().binlog, rows ? SourceSide::Rows::kAsk : SourceSide::Rows::kLeave
  ));
  const std::vector<TableId> tables = rows ? Tables() : std::vector<TableId>();
  if (!tables.empty()) {
    rows_asked_us_ = at;
  }
  MutexLock lock(mu_);
  now_.source.version = look.version;
  now_.log = look.log;
  for (const TableId& id : tables) {
    const auto found = look.rows.find(id);
    now_.tables[id].source_rows =
        found == look.rows.end() ? std::nullopt : std::optional<uint64_t>(found->second);
  }
  return Ok();
}

Status Watch::LookAtRegistry() {
  const auto client = ROWHOUSE_TRY(registry::Client::Open(options_.registry, kRegistryLimit));
  return client->Ping();
}

void Watch::Tick(const std::stop_token& stop) {
  Before before;
  while (WaitUnlessStopped(stop, seconds(1))) {
    KeepSecond(before);
    MutexLock lock(mu_);
    if (changed_) {
      Publish();
    }
  }
}

void Watch::KeepSecond(Before& before) {
  const Before now{
      WallMicros(),
      progress_.records_appended.load(),
      progress_.records_acknowledged.load(),
      progress_.bytes_encoded.load(),
      CpuSeconds()};
  if (before.at_us != 0 && now.at_us > before.at_us) {
    const double passed = static_cast<double>(now.at_us - before.at_us) / 1e6;
    const auto rate = [&](auto newer, auto older) {
      return std::max(0.0, static_cast<double>(newer) - static_cast<double>(older)) / passed;
    };
    history_.Put(now.at_us, "records_per_s", rate(now.appended, before.appended));
    history_.Put(now.at_us, "acknowledged_per_s", rate(now.acknowledged, before.acknowledged));
    history_.Put(now.at_us, "bytes_per_s", rate(now.bytes, before.bytes));
    history_.Put(now.at_us, "cpu", rate(now.cpu, before.cpu));
  }
  before = now;
  history_.Put(now.at_us, "lag_s", progress_.LagSeconds());
  history_.Put(now.at_us, "rss_bytes", ResidentBytes());
  const SightPtr sight = Latest();
  double rows = 0;
  double freshness = 0;
  int64_t lag = 0;
  for (const auto& [id, table] : sight->tables) {
    rows += table.messages_per_second;
    lag += table.lag_records.value_or(0);
    freshness = std::max({freshness, table.lag_seconds, table.stages ? table.stages->total : 0});
  }
  history_.Put(now.at_us, "rows_per_s", rows);
  history_.Put(now.at_us, "lag_records", static_cast<double>(lag));
  history_.Put(now.at_us, "freshness_s", freshness);
}

// By reading the oldest record that is not consumed; of the first partitions that have any.
void Watch::AskWaiting(Sight& sight) {
  size_t asked = 0;
  for (auto& [id, table] : sight.tables) {
    table.lag_seconds = 0;
    for (PartitionSight& partition : table.partitions) {
      partition.lag_seconds = 0;
      if (!partition.consumed || *partition.consumed >= partition.end || asked == kAskedWaiting) {
        continue;
      }
      ++asked;
      const auto written = kafka_.WrittenAt(
          table.topic, partition.partition, *partition.consumed, Deadline::After(kRegistryLimit)
      );
      if (written && *written) {
        partition.lag_seconds = std::max(0.0, static_cast<double>(WallMicros() - **written) / 1e6);
        table.lag_seconds = std::max(table.lag_seconds, partition.lag_seconds);
      } else if (written) {
        partition.consumed = partition.end;  // nothing but marks of transactions
      }
    }
    SumLag(table);
  }
}

Sight Watch::LookOnce(
    const WatchOptions& options, const std::vector<TableId>& tables, const SourcePosition& saved
) {
  capture::Progress progress;
  progress.SetSavedPosition(saved);
  for (const TableId& id : tables) {
    progress.UpdateTable(id, [](capture::TableCounters&) {});
  }
  metrics::Registry metrics;
  Watch watch(options, progress, metrics);
  std::vector<std::pair<PartSight Sight::*, Look>> looks = {
      {&Sight::kafka, [&] { return watch.LookAtKafka(); }},
      {&Sight::source, [&] { return watch.LookAtSource(); }},
      {&Sight::registry, [&] { return watch.LookAtRegistry(); }}};
  if (options.sink) {
    looks.emplace_back(&Sight::clickhouse, [&] { return watch.LookAtClickHouse(); });
  }
  for (const auto& [part, look] : looks) {
    const Status looked = look();
    MutexLock lock(watch.mu_);
    watch.Note(watch.now_.*part, looked);
  }
  MutexLock lock(watch.mu_);
  watch.AskWaiting(watch.now_);
  watch.Publish();
  return *watch.latest_;
}

}  // namespace rowhouse::inspect
