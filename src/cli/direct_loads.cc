#include "cli/direct_loads.h"

#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "backfill/clickhouse_target.h"
#include "backfill/ledger.h"
#include "base/backoff.h"
#include "base/check.h"
#include "base/log.h"
#include "cli/capture_world.h"
#include "cli/wiring.h"
#include "clickhouse/catalog.h"
#include "clickhouse/setup.h"
#include "mysql/chunk_reader.h"

namespace rowhouse::cli {

namespace {

constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{5'000};
// Tells inlets of first loads from those of commands, whose ids are hex digits alone.
constexpr std::string_view kRunPrefix = "first";

Error NotThereYet(const TableSchema& table) {
  return Error(
      ErrorKind::kUnavailable,
      fmt::format("ClickHouse has no objects for table {} yet", table.id.ToString())
  );
}

}  // namespace

DirectLoads::DirectLoads(const config::Config& config, capture::Progress& progress)
    : config_(config),
      progress_(progress),
      run_id_(fmt::format("{}{}", kRunPrefix, backfill::Ledger::NewId())) {}

DirectLoads::~DirectLoads() {
  ForgetAll();
}

// --- what is to be loaded

void DirectLoads::Want(const TableSchemaPtr& table, const TableProgress& from, uint16_t epoch) {
  CHECK(from.state == TableProgress::State::kLoading && !from.reload);
  auto job = std::make_shared<Job>();
  job->table = table;
  job->from = from;
  job->epoch = epoch;
  MutexLock lock(mu_);
  Drop(table->id);
  jobs_[table->id] = std::move(job);
  waiting_.push_back(table->id);
  progress_.direct_loads = jobs_.size();
  if (!thread_) {
    thread_.emplace("direct-load", [this](const std::stop_token& stop) { Work(stop); });
  }
  changed_.NotifyAll();
}

void DirectLoads::Forget(const TableId& table) {
  MutexLock lock(mu_);
  Drop(table);
}

void DirectLoads::Drop(const TableId& table) {
  news_.erase(table);
  const auto found = jobs_.find(table);
  if (found != jobs_.end()) {
    found->second->forgotten.request_stop();
    jobs_.erase(found);
    std::erase(waiting_, table);
  }
  progress_.direct_loads = jobs_.size();
}

void DirectLoads::ForgetAll() {
  MutexLock lock(mu_);
  while (!jobs_.empty()) {
    Drop(jobs_.begin()->first);
  }
  news_.clear();
  changed_.WaitFor(mu_, {}, Deadline::Never(), [this]() NO_THREAD_SAFETY_ANALYSIS {
    return !busy_;
  });
}

std::vector<capture::DirectLoad::News> DirectLoads::TakeNews() {
  MutexLock lock(mu_);
  std::vector<News> all;
  for (auto& [table, news] : std::exchange(news_, {})) {
    all.push_back(std::move(news));
  }
  return all;
}

// --- the thread

std::shared_ptr<DirectLoads::Job> DirectLoads::Next(const std::stop_token& stop) {
  MutexLock lock(mu_);
  busy_ = false;
  changed_.NotifyAll();
  changed_.WaitFor(mu_, stop, Deadline::Never(), [this]() NO_THREAD_SAFETY_ANALYSIS {
    return !waiting_.empty();
  });
  if (waiting_.empty()) {
    return nullptr;
  }
  const std::shared_ptr<Job> job = jobs_.at(waiting_.front());
  waiting_.pop_front();
  busy_ = true;
  return job;
}

void DirectLoads::Work(const std::stop_token& stop) {
  Backoff backoff(kFirstWait, kLongestWait);
  size_t in_vain = 0;  // tables in a row
  while (const std::shared_ptr<Job> job = Next(stop)) {
    Status loaded = Load(*job);
    const bool away = !loaded && loaded.error().kind() == ErrorKind::kUnavailable;
    in_vain = away ? in_vain + 1 : 0;
    if (!away) {
      backoff.Reset();
    }
    if (in_vain > End(job, std::move(loaded))) {
      in_vain = 0;
      Wait(job, backoff.Next());
    }
  }
}

// A table that has to wait lets the others go first. Gives how many do.
size_t DirectLoads::End(const std::shared_ptr<Job>& job, Status loaded) {
  const TableId& id = job->table->id;
  MutexLock lock(mu_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second != job) {
    return waiting_.size();
  }
  if (!loaded && loaded.error().kind() == ErrorKind::kUnavailable) {
    job->problem = loaded.error().ToString();
    waiting_.push_back(id);
    return waiting_.size() - 1;
  }
  jobs_.erase(found);
  progress_.direct_loads = jobs_.size();
  if (!loaded) {
    news_[id] = {id, {}, std::move(loaded).error()};
  }
  return waiting_.size();
}

// All have to.
void DirectLoads::Wait(const std::shared_ptr<Job>& last, milliseconds wait) {
  MutexLock lock(mu_);
  busy_ = false;
  changed_.NotifyAll();
  if (wait == kLongestWait) {
    LogWarn(
        "tables wait to be loaded",
        {{"tables", jobs_.size()}, {"table", last->table->id.ToString()}, {"why", last->problem}}
    );
  }
  changed_.WaitFor(
      mu_,
      last->forgotten.get_token(),
      Deadline::After(wait),
      [this, before = jobs_.size()]() NO_THREAD_SAFETY_ANALYSIS { return jobs_.size() > before; }
  );
}

// Once, from where the job stands.
Status DirectLoads::Load(Job& job) {
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config_)));
  const clickhouse::DirectTable direct = ROWHOUSE_TRY(Plan(*client, *job.table));
  if (!direct.differences.empty()) {
    return Error(
        ErrorKind::kSchemaChanged,
        fmt::format("ClickHouse's table is another: {}", fmt::join(direct.differences, "; "))
    );
  }
  const RowVersion newest =
      ROWHOUSE_TRY(backfill::ClickHouseTarget::Newest(*client, direct)).version;
  ROWHOUSE_TRY(backfill::ClickHouseTarget::MakeInlet(*client, direct));
  Status copied = Copy(job, *client, direct, newest);
  const Status dropped = backfill::ClickHouseTarget::DropInlet(*client, direct);
  if (!dropped) {
    LogWarn("an inlet is left behind until the next load of its table", dropped.error());
  }
  return copied;
}

Result<clickhouse::DirectTable> DirectLoads::Plan(
    clickhouse::Client& client, const TableSchema& table
) const {
  clickhouse::PipelineOptions options = PipelineOptionsOf(config_);
  ROWHOUSE_TRY(clickhouse::AdaptTo(client, options));
  const std::string name = clickhouse::TableName(options, table.id);
  const auto catalog = ROWHOUSE_TRY(clickhouse::Catalog::Read(
      client,
      {options.history_database, options.current_database},
      {name, name + "_errors", name + "_marks"}
  ));
  for (const std::string_view suffix : {"_errors", "_marks"}) {
    if (catalog.Find(options.history_database, fmt::format("{}{}", name, suffix)) == nullptr) {
      return NotThereYet(table);
    }
  }
  auto direct = clickhouse::PlanDirect(table, options, catalog, run_id_);
  if (!direct && direct.error().kind() == ErrorKind::kNotFound) {
    return NotThereYet(table);
  }
  if (direct) {
    ROWHOUSE_TRY(clickhouse::DropStaleInlets(client, table.id, options, [this](auto id) {
      return id.starts_with(kRunPrefix) && id != run_id_;
    }));
  }
  return direct;
}

Status DirectLoads::Copy(
    Job& job, clickhouse::Client& client, const clickhouse::DirectTable& direct, RowVersion newest
) {
  backfill::CopyOptions options;
  options.mode = backfill::Mode::kAll;
  options.readers = SnapshotReaders(config_.capture);
  options.epoch = job.epoch;
  options.newest = newest;
  backfill::CopyWorld world;
  const mysql::SourceOptions source = SourceOptionsOf(config_);
  world.open_reader = [source] { return mysql::ChunkReader::Open(source); };
  world.open_target = [&]() -> Result<std::unique_ptr<backfill::RowTarget>> {
    return std::unique_ptr<backfill::RowTarget>(
        std::make_unique<backfill::ClickHouseTarget>(client, job.table, direct)
    );
  };
  const backfill::Copy* copying = nullptr;
  world.save = [&](const TableProgress& progress, const backfill::CopyTotals&) {
    job.from = progress;
    Note(job, copying->rows_estimated());
    return Ok();
  };
  backfill::Copy copy(job.table, options, world);
  copying = &copy;
  Begin(job);
  ROWHOUSE_TRY(copy.Run(job.from, {}, job.forgotten.get_token()));
  LogInfo("table loaded", {{"table", job.table->id.ToString()}, {"rows", job.from.rows}});
  return Ok();
}

void DirectLoads::Begin(const Job& job) {
  capture::LoadCounters counters;
  counters.running = true;
  counters.rows = counters.rows_before = job.from.rows;
  counters.began_us = Clock::Real().WallMicros();
  progress_.UpdateTable(job.table->id, [&](capture::TableCounters& t) { t.load = counters; });
  LogInfo(
      "loading table straight into ClickHouse",
      {{"table", job.table->id.ToString()}, {"rows_before", job.from.rows}}
  );
}

void DirectLoads::Note(const Job& job, uint64_t rows_estimated) {
  const TableId& id = job.table->id;
  const bool done = job.from.state == TableProgress::State::kDone;
  MutexLock lock(mu_);
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || found->second.get() != &job) {
    return;
  }
  news_[id] = {id, job.from, std::nullopt};
  progress_.UpdateTable(id, [&](capture::TableCounters& t) {
    t.load.rows = job.from.rows;
    t.load.rows_estimated = rows_estimated;
    ++t.load.chunks;
    t.load.running = !done;
  });
}

}  // namespace rowhouse::cli
