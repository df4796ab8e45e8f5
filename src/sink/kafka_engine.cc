#include "sink/kafka_engine.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/log.h"
#include "sink/kafka_engine_claim.h"

namespace rowhouse::sink {

namespace {

using clickhouse::Evolution;
using clickhouse::HowFar;
using clickhouse::PlannedChange;
using Actions = std::vector<clickhouse::SetupAction>;

constexpr size_t kLogRowsMax = 10'000;
constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{10'000};
constexpr milliseconds kAskFirst{20};  // whether all is consumed
constexpr milliseconds kAskLongest{500};
constexpr seconds kTellEvery{5};
constexpr seconds kAlertAfter{10};  // a wait that people should hear of

void LogActions(const std::vector<clickhouse::SetupAction>& actions) {
  for (const clickhouse::SetupAction& action : actions) {
    if (action.verb == "conflict") {
      LogWarn("object left alone", {{"object", action.object}, {"why", action.detail}});
    } else {
      LogDebug("set up", {{"what", action.verb}, {"object", action.object}});
    }
  }
  if (!actions.empty()) {
    LogInfo("ClickHouse objects brought up to date", {{"steps", actions.size()}});
  }
}

clickhouse::DdlLogRow LogRowOf(
    const SchemaChange& change, const Evolution& evolution, std::vector<std::string> rewrites
) {
  clickhouse::DdlLogRow row;
  row.version = change.before;
  row.table = change.schema->id;
  for (const TableAltered& statement : change.statements) {
    row.sql += (row.sql.empty() ? "" : ";\n") + statement.sql;
  }
  row.effect = evolution.steps.empty() ? "nothing to change"
                                       : fmt::format("{}", fmt::join(evolution.steps, "; "));
  row.statements = std::move(rewrites);
  return row;
}

bool ConcernsOneTable(const Error& error) {
  return error.kind() == ErrorKind::kUnsupported || error.kind() == ErrorKind::kConfig ||
         error.kind() == ErrorKind::kBadRecord;
}

}  // namespace

KafkaEngineUpkeep::KafkaEngineUpkeep(
    clickhouse::PipelineOptions options,
    OpenObjects open,
    Unconsumed unconsumed,
    milliseconds look_every
)
    : options_(std::move(options)),
      open_(std::move(open)),
      unconsumed_(std::move(unconsumed)),
      look_every_(look_every) {
  thread_ = Thread("sink", [this](const std::stop_token& stop) { Run(stop); });
}

KafkaEngineUpkeep::~KafkaEngineUpkeep() {
  Stop();
}

void KafkaEngineUpkeep::Stop() {
  thread_.RequestStop();
  thread_.Join();
}

void KafkaEngineUpkeep::Want(const TableSchemaPtr& table, Told told) {
  MutexLock lock(mu_);
  TableSchemaPtr& known = wanted_[table->id];
  if (known != nullptr) {
    return;  // of a later schema Follow is told
  }
  known = table;
  const HowFar how_far = told == Told::kFirst ? HowFar::kAdd : HowFar::kKeep;
  pending_[table->id] = PlannedChange{{table, {}, {}, {}, {}}, how_far};
  UpdateReady();
  told_.NotifyAll();
}

void KafkaEngineUpkeep::Tell(const ddl::DdlEvent& event) {
  const auto file = BinlogFileNumber(event.at.binlog.file);
  MutexLock lock(mu_);
  for (const ddl::TableEffect& effect : event.effects) {
    clickhouse::DdlLogRow row;
    row.version = RowVersion::Make(event.at.epoch, file ? *file : 0, event.at.binlog.pos, 0);
    row.position = event.at.binlog.ToString();
    row.gtid = event.gtid;
    row.ts_us = event.ts_us;
    row.table = effect.table;
    row.sql = event.sql;
    row.effect = ddl::Describe(effect);
    if (log_.size() < kLogRowsMax) {  // beyond it the process's own log has them still
      log_.push_back(std::move(row));
    }
    NoteGone(effect);
    if (options_.on_drop_table == clickhouse::DropPolicy::kDrop) {
      NoteDropped(effect);
    }
  }
  told_.NotifyAll();
}

// A table that is made again keeps its objects.
void KafkaEngineUpkeep::NoteDropped(const ddl::TableEffect& effect) {
  using Kind = ddl::TableEffect::Kind;
  if (effect.kind == Kind::kDrop) {
    dropped_.insert(effect.table);
  } else if (effect.kind == Kind::kDropDatabase) {
    for (const auto& [table, schema] : wanted_) {
      if (table.db == effect.table.db) {
        dropped_.insert(table);
      }
    }
  } else if (effect.kind == Kind::kCreate || effect.kind == Kind::kRename) {
    const TableId& made = effect.kind == Kind::kCreate ? effect.table : effect.other;
    dropped_.erase(made);
    dropping_.erase(made);
  }
}

KafkaEngineUpkeep::State KafkaEngineUpkeep::state() const {
  MutexLock lock(mu_);
  State state = state_;
  for (const auto& [table, why] : waiting_) {
    if (!why.empty()) {
      state.ready = false;
      state.problem = fmt::format("{} waits: {}", table.ToString(), why);
    }
  }
  return state;
}

TableSchemaPtr KafkaEngineUpkeep::Schema(const TableId& table) const {
  MutexLock lock(mu_);
  const auto found = wanted_.find(table);
  return found == wanted_.end() ? nullptr : found->second;
}

void KafkaEngineUpkeep::UpdateReady() {
  state_.ready = pending_.empty() && refit_.empty();
}

void KafkaEngineUpkeep::Run(const std::stop_token& stop) {
  Backoff backoff(kFirstWait, kLongestWait);
  while (!stop.stop_requested()) {
    Work work = TakeWork(stop);
    if (stop.stop_requested()) {
      return;
    }
    if (work.empty()) {
      LookAtQueues();
      continue;
    }
    std::vector<TableId> tables(work.dropped.begin(), work.dropped.end());
    for (const PlannedChange& planned : work.tables) {
      tables.push_back(planned.change.schema->id);
    }
    Status done = Ok();
    {
      const Claim claim(*this, std::move(tables));
      done = Do(work);
    }
    MutexLock lock(mu_);
    if (done) {
      backoff.Reset();
      state_.problem.clear();
      UpdateReady();
      continue;
    }
    state_.problem = done.error().ToString();
    PutBack(std::move(work));
    const milliseconds wait = backoff.Next();
    LogWarn("ClickHouse can't be set up yet", done.error(), {{"wait_ms", wait.count()}});
    told_.WaitFor(mu_, stop, Deadline::After(wait), [] { return false; });
  }
}

KafkaEngineUpkeep::Work KafkaEngineUpkeep::TakeWork(const std::stop_token& stop) {
  MutexLock lock(mu_);
  Work work;
  const auto take = [&]() NO_THREAD_SAFETY_ANALYSIS {
    PlanRefits();
    for (auto at = pending_.begin(); at != pending_.end();) {
      const bool free = claimed_.insert(at->first).second;
      if (free) {
        work.tables.push_back(std::move(at->second));
      }
      at = free ? pending_.erase(at) : std::next(at);
    }
    for (auto at = dropped_.begin(); at != dropped_.end();) {
      const bool free = claimed_.insert(*at).second;
      if (free) {
        work.dropped.insert(*at);
      }
      at = free ? dropped_.erase(at) : std::next(at);
    }
    dropping_ = work.dropped;
    work.log = std::exchange(log_, {});
    return !work.empty();
  };
  told_.WaitFor(mu_, stop, Deadline::After(look_every_), take);
  return work;
}

void KafkaEngineUpkeep::PutBack(Work work) {
  for (PlannedChange& planned : work.tables) {
    pending_.try_emplace(planned.change.schema->id, std::move(planned));
  }
  log_.insert(log_.begin(), work.log.begin(), work.log.end());
  std::erase_if(work.dropped, [this](const TableId& table) NO_THREAD_SAFETY_ANALYSIS {
    return !dropping_.contains(table);
  });
  dropped_.merge(work.dropped);
}

// Takes out of `work` what is done.
Status KafkaEngineUpkeep::Do(Work& work) {
  const std::unique_ptr<Objects> objects = ROWHOUSE_TRY(open_());
  clickhouse::PipelineOptions options = options_;
  ROWHOUSE_TRY(objects->Adapt(options));
  if (!work.tables.empty()) {
    ROWHOUSE_TRY(ApplyWork(*objects, options, work.tables));
    work.tables.clear();
  }
  if (!work.log.empty()) {
    ROWHOUSE_TRY(objects->Log(options, work.log));
    work.log.clear();
  }
  return DropTables(*objects, options, work.dropped);
}

// Once what was made of their rows is consumed. A table that is there again stays.
Status KafkaEngineUpkeep::DropTables(
    Objects& objects, const clickhouse::PipelineOptions& options, std::set<TableId>& tables
) {
  while (!tables.empty()) {
    const TableId id = *tables.begin();
    TableSchemaPtr schema;
    {
      MutexLock lock(mu_);
      const auto known = wanted_.find(id);
      schema = known == wanted_.end() || !dropping_.contains(id) ? nullptr : known->second;
    }
    if (schema != nullptr) {
      auto pipeline = ROWHOUSE_TRY(clickhouse::BuildPipeline(*schema, options));
      const uint64_t left = ROWHOUSE_TRY(unconsumed_(pipeline.topic, pipeline.group));
      if (left > 0) {
        return Error(
            ErrorKind::kUnavailable,
            fmt::format("{} was dropped; {} messages are consumed before", id.ToString(), left)
        );
      }
      ROWHOUSE_TRY(objects.Drop(pipeline));
      LogInfo("table dropped in ClickHouse", {{"table", id.ToString()}});
      MutexLock lock(mu_);
      if (dropping_.contains(id)) {
        wanted_.erase(id);
        gone_.erase(id);
      } else {  // made again in this moment
        pending_[id] = PlannedChange{{schema, {}, {}, {}, {}}, HowFar::kAdd};
      }
    }
    tables.erase(id);
  }
  return Ok();
}

Status KafkaEngineUpkeep::ApplyWork(
    Objects& objects,
    const clickhouse::PipelineOptions& options,
    const std::vector<PlannedChange>& work
) {
  auto plans = ROWHOUSE_TRY(objects.Plan(work, options));
  std::vector<clickhouse::TablePipeline> pipelines;
  for (size_t i = 0; i < plans.size(); ++i) {
    if (plans[i]) {
      pipelines.push_back(std::move(plans[i]->pipeline));
      pipelines.back().halted = Held(pipelines.back().table);
    } else {
      Refuse(work[i].change.schema->id, plans[i].error());
    }
  }
  ROWHOUSE_TRY(clickhouse::CheckNames(pipelines));
  auto all = objects.Apply(pipelines);
  if (all) {
    LogActions(*all);
    return Ok();
  }
  if (!ConcernsOneTable(all.error())) {
    return std::move(all).error();
  }
  // One table's objects are refused: find which, so that the others come to be.
  for (const clickhouse::TablePipeline& one : pipelines) {
    auto done = objects.Apply({one});
    if (!done && !ConcernsOneTable(done.error())) {
      return std::move(done).error();
    }
    if (!done) {
      Refuse(one.table, done.error());
    } else {
      LogActions(*done);
    }
  }
  return Ok();
}

Result<std::string> KafkaEngineUpkeep::Follow(
    const SchemaChange& change, const Settle& settle, const std::stop_token& stop
) {
  const TableId& id = change.schema->id;
  const auto claim = Claim::Wait(*this, id, stop);
  Backoff backoff(kFirstWait, kLongestWait);
  while (claim != nullptr && !stop.stop_requested()) {
    auto followed = FollowOnce(change, settle, stop);
    if (!followed && ConcernsOneTable(followed.error())) {
      // No queue is better than one that misreads: Kafka keeps the messages.
      Refuse(id, followed.error());
      const Status halted = HaltQueue(change.schema);
      followed = halted ? Result<std::string>(std::string()) : Result<std::string>(halted.error());
    }
    MutexLock lock(mu_);
    if (followed) {
      waiting_.erase(id);
      wanted_[id] = change.schema;
      return followed;
    }
    if (stop.stop_requested() || followed.error().kind() == ErrorKind::kCancelled) {
      break;
    }
    waiting_[id] = followed.error().ToString();
    const milliseconds wait = backoff.Next();
    LogWarn(
        "ClickHouse can't follow a schema change yet: the table waits, nothing is lost",
        followed.error(),
        {{"table", id.ToString()}, {"wait_ms", wait.count()}}
    );
    told_.WaitFor(mu_, stop, Deadline::After(wait), [] { return false; });
  }
  MutexLock lock(mu_);
  waiting_.erase(id);
  return Error(ErrorKind::kCancelled, "stopped while following a schema change");
}

Result<std::string> KafkaEngineUpkeep::FollowOnce(
    const SchemaChange& change, const Settle& settle, const std::stop_token& stop
) {
  const std::unique_ptr<Objects> objects = ROWHOUSE_TRY(open_());
  clickhouse::PipelineOptions options = options_;
  ROWHOUSE_TRY(objects->Adapt(options));
  const TableId& id = change.schema->id;
  const bool held = Held(id);
  ROWHOUSE_TRY(KeepUp(*objects, options, id, held ? Queue::kHalted : Queue::kRuns));
  auto plans = ROWHOUSE_TRY(objects->Plan({{change, HowFar::kAll}}, options));
  Evolution evolution = ROWHOUSE_TRY(plans.at(0));
  evolution.pipeline.halted = held;
  std::string why;
  if (evolution.needs_drain) {
    ROWHOUSE_TRY(settle());
    if (held) {
      // No queue reads both: what waits is let through, and only what comes after is held back.
      LogWarn(
          "a paused table's messages of before its schema change are consumed: ClickHouse can't "
          "read those of before and after side by side",
          {{"table", id.ToString()}}
      );
      ROWHOUSE_TRY(KeepUp(*objects, options, id, Queue::kRuns));
    }
    ROWHOUSE_TRY(WaitConsumed(evolution.pipeline, stop));
  }
  if (!evolution.rechecks.empty()) {
    why = ROWHOUSE_TRY(objects->WhyReload(evolution));
  }
  const Actions done = ROWHOUSE_TRY(objects->Follow(evolution, change.before, stop));
  LogActions(done);
  ROWHOUSE_TRY(objects->Log(options, {LogRowOf(change, evolution, objects->Rewrites())}));
  LogInfo(
      "ClickHouse follows a new schema",
      {{"table", change.schema->id.ToString()},
       {"steps", fmt::format("{}", fmt::join(evolution.steps, "; "))},
       {"drained", evolution.needs_drain},
       {"paused", held}}
  );
  return why;
}

// What the table was to have before, so that its messages of before are consumed at all.
Status KafkaEngineUpkeep::KeepUp(
    Objects& objects, const clickhouse::PipelineOptions& options, const TableId& id, Queue queue
) {
  TableSchemaPtr before;
  {
    MutexLock lock(mu_);
    before = wanted_[id];
    pending_.erase(id);
    UpdateReady();
  }
  if (before == nullptr) {
    return Ok();
  }
  auto plans = ROWHOUSE_TRY(objects.Plan({{{before, {}, {}, {}, {}}, HowFar::kKeep}}, options));
  Evolution kept = ROWHOUSE_TRY(plans.at(0));
  kept.pipeline.halted = queue == Queue::kHalted;
  LogActions(ROWHOUSE_TRY(objects.Apply({kept.pipeline})));
  return Ok();
}

Status KafkaEngineUpkeep::WaitConsumed(
    const clickhouse::TablePipeline& pipeline, const std::stop_token& stop
) {
  Backoff backoff(kAskFirst, kAskLongest);
  const Clock::TimePoint began = Clock::Real().Now();
  Clock::TimePoint told = began;
  while (true) {
    const uint64_t left = ROWHOUSE_TRY(unconsumed_(pipeline.topic, pipeline.group));
    if (left == 0) {
      return Ok();
    }
    const Clock::TimePoint now = Clock::Real().Now();
    if (now - told >= kTellEvery) {
      told = now;
      LogInfo(
          "a schema change waits until ClickHouse has consumed what came before",
          {{"table", pipeline.table.ToString()}, {"messages_left", left}}
      );
    }
    if (now - began >= kAlertAfter) {
      MutexLock lock(mu_);
      waiting_[pipeline.table] =
          fmt::format("{} messages of before its schema change are not consumed yet", left);
    }
    if (!WaitUnlessStopped(stop, backoff.Next())) {
      return Error(ErrorKind::kCancelled, "stopped while messages are consumed");
    }
  }
}

void KafkaEngineUpkeep::Refuse(const TableId& table, const Error& error) {
  LogError("no ClickHouse objects for this table", error, {{"table", table.ToString()}});
  MutexLock lock(mu_);
  state_.refused[table] = error.ToString();
}

}  // namespace rowhouse::sink
