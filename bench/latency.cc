// latency: changes at a rate through every real server: commit to Kafka, commit to ClickHouse.
//
// Each change is a committed INSERT; its clock starts before the statement is sent, so the
// database's own time is in every number. It is in Kafka when a consumer has received it, and
// visible when a query of the current table has returned it; queries follow each other with a
// pause of kPollStep.
#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/thread.h"
#include "bench/machine.h"
#include "bench/orders.h"
#include "bench/workload.h"
#include "bench/world.h"
#include "cli/pipeline.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"
#include "kafka/admin.h"
#include "kafka/reader.h"

namespace rowhouse::bench {

namespace {

constexpr milliseconds kPollStep{10};
constexpr uint64_t kRowsBefore = 1'000;
constexpr int kWriters = 4;
constexpr milliseconds kHeadStart{1'000};
constexpr seconds kReadyWithin{60};
constexpr seconds kSettleWithin{30};

int64_t NowMicros() {
  return std::chrono::duration_cast<microseconds>(Clock::Real().Now().time_since_epoch()).count();
}

// When each change was sent, received from Kafka and seen in ClickHouse; 0: not yet.
//
// Threads: each time of each change is written by one thread.
class Times {
 public:
  struct Change {
    std::atomic<int64_t> sent{0};
    std::atomic<int64_t> in_kafka{0};
    std::atomic<int64_t> visible{0};
  };

  Times(uint64_t first_id, uint64_t count) : first_id_(first_id), changes_(count) {}

  uint64_t first_id() const { return first_id_; }

  uint64_t count() const { return changes_.size(); }

  Change* Of(uint64_t id) {
    const bool ours = id >= first_id_ && id - first_id_ < changes_.size();
    return ours ? &changes_[id - first_id_] : nullptr;
  }

  // Milliseconds from sent, sorted; changes that never came are left out.
  std::vector<double> Since(std::atomic<int64_t> Change::*end) const {
    std::vector<double> out;
    for (const Change& c : changes_) {
      if ((c.*end).load() != 0 && c.sent.load() != 0) {
        out.push_back(static_cast<double>((c.*end).load() - c.sent.load()) / 1e3);
      }
    }
    std::sort(out.begin(), out.end());
    return out;
  }

  bool AllVisible() const {
    return std::all_of(changes_.begin(), changes_.end(), [](const Change& c) {
      return c.visible.load() != 0 && c.in_kafka.load() != 0;
    });
  }

 private:
  const uint64_t first_id_;
  std::vector<Change> changes_;
};

double Percentile(const std::vector<double>& sorted, double part) {
  if (sorted.empty()) {
    return 0;
  }
  const auto at = static_cast<size_t>(part * static_cast<double>(sorted.size() - 1));
  return sorted[at];
}

// The id in a key of `orders`: Confluent's header, then a long.
uint64_t IdOfKey(const std::string& key) {
  uint64_t zigzag = 0;
  int shift = 0;
  for (size_t i = 5; i < key.size(); ++i, shift += 7) {
    zigzag |= (static_cast<uint64_t>(key[i]) & 0x7F) << shift;
  }
  return zigzag >> 1;
}

// Sends its share of the changes, each at its time whatever happened to the ones before.
Status Write(const World& world, Times& times, uint64_t writer, uint64_t rate) {
  const auto connection = ROWHOUSE_TRY(world.Connect());
  // The watchers need a moment to be there.
  const auto began = Clock::Real().Now() + kHeadStart;
  for (uint64_t i = writer; i < times.count(); i += kWriters) {
    const auto due = began + microseconds(i * 1'000'000 / rate);
    std::this_thread::sleep_until(due);
    const uint64_t id = times.first_id() + i;
    const std::string sql = fmt::format(
        "INSERT INTO shop.orders (id, customer_name, status, total_amount) VALUES "
        "({}, 'customer {:07}', 'paid', {}.25)",
        id,
        id,
        id % 1000
    );
    times.Of(id)->sent = NowMicros();
    ROWHOUSE_TRY(connection->Execute(sql));
  }
  return Ok();
}

Status WatchKafka(const World::RunConfig& run, Times& times, const std::stop_token& stop) {
  const kafka::KafkaOptions options = cli::KafkaOptionsOf(run.config);
  const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(options));
  std::vector<kafka::PartitionStart> starts;
  for (const auto& range : ROWHOUSE_TRY(admin->Offsets(run.topic, Deadline::After(kReadyWithin)))) {
    starts.push_back({run.topic, range.partition, range.end});
  }
  const auto reader = ROWHOUSE_TRY(kafka::Reader::Open(options, starts));
  while (!stop.stop_requested()) {
    for (const Record& r : ROWHOUSE_TRY(reader->Read(100, Deadline::After(milliseconds(100))))) {
      Times::Change* change = r.key ? times.Of(IdOfKey(*r.key)) : nullptr;
      if (change != nullptr && change->in_kafka.load() == 0) {
        change->in_kafka = NowMicros();
      }
    }
  }
  return Ok();
}

Status WatchClickHouse(const World::RunConfig& run, Times& times, const std::stop_token& stop) {
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(cli::ClickHouseOptionsOf(run.config)));
  uint64_t seen_below = times.first_id();
  while (WaitUnlessStopped(stop, kPollStep)) {
    const auto rows = ROWHOUSE_TRY(client->Query(fmt::format(
        "SELECT id FROM {}.orders WHERE id >= {}", run.config.sink.current_database, seen_below
    )));
    const int64_t now = NowMicros();
    for (const auto& row : rows) {
      Times::Change* change = times.Of(std::strtoull(row[0].value_or("").c_str(), nullptr, 10));
      if (change != nullptr && change->visible.load() == 0) {
        change->visible = now;
      }
    }
    for (auto* c = times.Of(seen_below); c != nullptr && c->visible.load() != 0;
         c = times.Of(++seen_below)) {
    }
  }
  return Ok();
}

// The rows that were there are in ClickHouse: everything has been started once.
Status AwaitFirstLoad(const World::RunConfig& run) {
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(cli::ClickHouseOptionsOf(run.config)));
  const Deadline deadline = Deadline::After(kReadyWithin);
  const std::string sql =
      fmt::format("SELECT uniqExact(id) FROM {}.orders", run.config.sink.current_database);
  while (!deadline.Passed()) {
    const auto rows = client->Query(sql);
    if (rows && !rows->empty() && (*rows)[0][0] == std::to_string(kRowsBefore)) {
      return Ok();
    }
    WaitUnlessStopped({}, milliseconds(50));
  }
  return Error(ErrorKind::kUnavailable, "the first load did not arrive in ClickHouse");
}

Result<Run> RunAt(
    const World& world,
    const World::RunConfig& run,
    uint64_t first_id,
    uint64_t rate,
    uint64_t seconds_long
) {
  Times times(first_id, rate * seconds_long);
  Mutex mu;
  std::optional<Error> failed;
  const auto note = [&](const Status& status) {
    const MutexLock lock(mu);
    if (!status && !failed) {
      failed = status.error();
    }
  };
  const Usage from = Usage::Now();
  {
    Thread kafka("bench-kafka", [&](const std::stop_token& s) { note(WatchKafka(run, times, s)); });
    Thread clickhouse("bench-ch", [&](const std::stop_token& s) {
      note(WatchClickHouse(run, times, s));
    });
    std::vector<Thread> writers;
    for (uint64_t w = 0; w < kWriters; ++w) {
      writers.emplace_back(fmt::format("bench-write-{}", w), [&, w](const std::stop_token&) {
        note(Write(world, times, w, rate));
      });
    }
    for (Thread& writer : writers) {
      writer.Join();
    }
    const Deadline settled = Deadline::After(kSettleWithin);
    while (!times.AllVisible() && !settled.Passed()) {
      WaitUnlessStopped({}, milliseconds(50));
    }
  }
  if (failed) {
    return *failed;
  }
  if (!times.AllVisible()) {
    return Error(ErrorKind::kUnavailable, "changes are missing after 30 s");
  }
  const auto kafka = times.Since(&Times::Change::in_kafka);
  const auto visible = times.Since(&Times::Change::visible);
  return Run{
      {"changes/s", static_cast<double>(times.count()) / static_cast<double>(seconds_long), 0},
      {"ms p50 to Kafka", Percentile(kafka, 0.5), 1},
      {"ms p99 to Kafka", Percentile(kafka, 0.99), 1},
      {"ms p50 to visible", Percentile(visible, 0.5), 0},
      {"ms p99 to visible", Percentile(visible, 0.99), 0},
      {"ms max to visible", visible.back(), 0},
      {"s wall", Usage::Now().SecondsSince(from), 1}};
}

}  // namespace

Status RunLatency(const Settings& settings, Report& report) {
  const auto world = ROWHOUSE_TRY(World::Start(World::With::kKafkaAndClickHouse));
  ROWHOUSE_TRY(world->NoteVersions(report));
  ROWHOUSE_TRY(FillOrders(*world, kRowsBefore));
  const World::RunConfig run = ROWHOUSE_TRY(world->NewRun(settings.set));
  const auto pipeline = ROWHOUSE_TRY(cli::Pipeline::Start(run.config));
  Thread running("pipeline", [&](const std::stop_token& stop) { (void)pipeline->Run(stop); });
  ROWHOUSE_TRY(AwaitFirstLoad(run));
  uint64_t first_id = kRowsBefore + 1;
  for (const uint64_t rate : settings.rates) {
    report.Begin(
        fmt::format("latency at {}/s", rate),
        fmt::format(
            "commit to Kafka and to visible in ClickHouse, {} s a run; ClickHouse is asked every "
            "{} ms",
            settings.seconds,
            kPollStep.count()
        )
    );
    for (int i = 0; i < settings.runs; ++i) {
      report.Add(ROWHOUSE_TRY(RunAt(*world, run, first_id, rate, settings.seconds)));
      first_id += rate * settings.seconds;
    }
    report.End();
  }
  return Ok();
}

}  // namespace rowhouse::bench
