#include "sink/kafka_engine.h"

#include <algorithm>
#include <utility>

#include "base/backoff.h"
#include "base/log.h"

namespace rowhouse::sink {

namespace {

constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{10'000};

// Objects over HTTP.
class ClickHouseObjects : public Objects {
 public:
  explicit ClickHouseObjects(std::unique_ptr<clickhouse::Client> client)
      : client_(std::move(client)), setup_(*client_) {}

  Status Adapt(clickhouse::PipelineOptions& options) override {
    return clickhouse::AdaptTo(*client_, options);
  }

  Result<std::vector<clickhouse::SetupAction>> Apply(
      const std::vector<clickhouse::TablePipeline>& pipelines
  ) override {
    return setup_.Apply(pipelines);
  }

 private:
  const std::unique_ptr<clickhouse::Client> client_;
  clickhouse::Setup setup_;
};

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

bool SameColumn(const Column& a, const Column& b) {
  return a.name == b.name && a.type == b.type && a.is_unsigned == b.is_unsigned &&
         a.nullable == b.nullable && a.length == b.length && a.precision == b.precision &&
         a.scale == b.scale && a.fsp == b.fsp;
}

// Whether the objects made for `made` serve `table` too: an older schema's messages (read
// again after a restart) lack columns, which the queue allows.
bool Serves(const TableSchema& made, const TableSchema& table) {
  const auto there = [&](const Column& column) {
    const auto at = made.Find(column.name);
    return at && SameColumn(made.columns[*at], column);
  };
  return std::all_of(table.columns.begin(), table.columns.end(), there);
}

bool ConcernsOneTable(const Error& error) {
  return error.kind() == ErrorKind::kUnsupported || error.kind() == ErrorKind::kConfig ||
         error.kind() == ErrorKind::kBadRecord;
}

}  // namespace

KafkaEngineUpkeep::KafkaEngineUpkeep(clickhouse::PipelineOptions options, OpenObjects open)
    : options_(std::move(options)), open_(std::move(open)) {
  thread_ = Thread("sink", [this](const std::stop_token& stop) { Run(stop); });
}

KafkaEngineUpkeep::~KafkaEngineUpkeep() {
  Stop();
}

void KafkaEngineUpkeep::Stop() {
  thread_.RequestStop();
  thread_.Join();
}

void KafkaEngineUpkeep::Want(const TableSchemaPtr& table) {
  MutexLock lock(mu_);
  TableSchemaPtr& known = wanted_[table->id];
  if (known != nullptr && Serves(*known, *table)) {
    return;
  }
  known = table;
  pending_[table->id] = table;
  state_.ready = false;
  told_.NotifyAll();
}

KafkaEngineUpkeep::State KafkaEngineUpkeep::state() const {
  MutexLock lock(mu_);
  return state_;
}

void KafkaEngineUpkeep::Run(const std::stop_token& stop) {
  Backoff backoff(kFirstWait, kLongestWait);
  while (!stop.stop_requested()) {
    const std::vector<TableSchemaPtr> work = TakeWork(stop);
    if (stop.stop_requested()) {
      return;
    }
    const Status applied = ApplyWork(work);
    MutexLock lock(mu_);
    if (applied) {
      backoff.Reset();
      state_.problem.clear();
      state_.ready = pending_.empty();
      continue;
    }
    state_.problem = applied.error().ToString();
    for (const TableSchemaPtr& table : work) {
      pending_.try_emplace(table->id, table);  // a newer one told of meanwhile stays
    }
    const milliseconds wait = backoff.Next();
    LogWarn("ClickHouse can't be set up yet", applied.error(), {{"wait_ms", wait.count()}});
    told_.WaitFor(mu_, stop, Deadline::After(wait), [] { return false; });
  }
}

std::vector<TableSchemaPtr> KafkaEngineUpkeep::TakeWork(const std::stop_token& stop) {
  MutexLock lock(mu_);
  told_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
    return !pending_.empty();
  });
  std::vector<TableSchemaPtr> work;
  for (auto& [id, table] : std::exchange(pending_, {})) {
    work.push_back(std::move(table));
  }
  return work;
}

Status KafkaEngineUpkeep::ApplyWork(const std::vector<TableSchemaPtr>& work) {
  std::unique_ptr<Objects> objects = ROWHOUSE_TRY(open_());
  clickhouse::PipelineOptions options = options_;
  ROWHOUSE_TRY(objects->Adapt(options));
  std::vector<clickhouse::TablePipeline> pipelines;
  for (const TableSchemaPtr& table : work) {
    auto pipeline = clickhouse::BuildPipeline(*table, options);
    if (pipeline) {
      pipelines.push_back(*std::move(pipeline));
    } else {
      Refuse(table->id, pipeline.error());
    }
  }
  ROWHOUSE_TRY(clickhouse::CheckNames(pipelines));
  auto all = objects->Apply(pipelines);
  if (all) {
    LogActions(*all);
    return Ok();
  }
  if (!ConcernsOneTable(all.error())) {
    return std::move(all).error();
  }
  // One table's objects are refused: find which, so that the others come to be.
  for (const clickhouse::TablePipeline& one : pipelines) {
    auto done = objects->Apply({one});
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

void KafkaEngineUpkeep::Refuse(const TableId& table, const Error& error) {
  LogError("no ClickHouse objects for this table", error, {{"table", table.ToString()}});
  MutexLock lock(mu_);
  state_.refused[table] = error.ToString();
}

Result<std::unique_ptr<Objects>> OpenClickHouse(const clickhouse::ClientOptions& options) {
  auto client = ROWHOUSE_TRY(clickhouse::Client::Open(options));
  return std::unique_ptr<Objects>(std::make_unique<ClickHouseObjects>(std::move(client)));
}

}  // namespace rowhouse::sink
