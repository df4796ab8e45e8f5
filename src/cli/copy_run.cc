#include "cli/copy_run.h"

#include <algorithm>
#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "backfill/clickhouse_target.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "cli/signals.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/catalog.h"
#include "clickhouse/direct_table.h"
#include "clickhouse/setup.h"
#include "mysql/catalog.h"
#include "mysql/chunk_reader.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;
using backfill::RunEntry;

constexpr int64_t kSaveEveryUs = 1'000'000;
constexpr milliseconds kShowEvery{500};
constexpr milliseconds kLogEvery{10'000};
// A run that waits says that it lives, long before it would look dead.
constexpr int64_t kKeepEveryUs = 3'000'000;

// One table's copy, from its plan to its summary.
class TableCopy {
 public:
  TableCopy(
      const config::Config& config,
      const CopyPlan& plan,
      const CopyPlan::Table& table,
      clickhouse::Client& client,
      backfill::Ledger* ledger
  )
      : config_(config),
        plan_(plan),
        schema_(std::make_shared<TableSchema>(table.schema)),
        client_(client),
        ledger_(ledger),
        gate_(SourceOptionsOf(config).Reading(), plan.limits) {
    if (table.earlier) {
      entry_ = *table.earlier;
    } else {
      entry_.id = backfill::Ledger::NewId();
      entry_.started_us = Clock::Real().WallMicros();
    }
    entry_.table = table.schema.id;
    entry_.state = RunEntry::State::kRunning;
    entry_.error.clear();
    entry_.mode = plan.options.mode;
    entry_.where = table.where;
    entry_.chunk_rows = plan.options.chunk_rows;
    entry_.readers = plan.options.readers;
    entry_.rows_per_second = plan.options.rows_per_second;
  }

  // How it ended is in entry() too.
  Status Run(const Context& context, const std::stop_token& stop) {
    began_us_ = Clock::Real().WallMicros();
    Status ran = Prepare();
    if (ran) {
      ran = Copy(context, stop);
    }
    Status cleaned = CleanUp();
    Note(ran ? cleaned : ran);
    Status saved = SaveNow();
    return !ran ? std::move(ran) : !cleaned ? std::move(cleaned) : std::move(saved);
  }

  const RunEntry& entry() const { return entry_; }

  const std::vector<std::string>& differences() const { return direct_.differences; }

  double seconds_taken() const {
    return static_cast<double>(Clock::Real().WallMicros() - began_us_) / 1e6;
  }

 private:
  Status Prepare() {
    if (config_.format.null_as_default) {
      return Error(
                 ErrorKind::kConfig,
                 "format.null_as_default makes other values of NULLs on the way through Kafka, "
                 "which a copy straight into ClickHouse would not"
      )
          .WithHint("load the table through Kafka: rowhouse resync TABLE");
    }
    backfill::CopyOptions asked = plan_.options;
    asked.where = entry_.where;
    ROWHOUSE_TRY(backfill::Copy::Check(*schema_, asked));
    clickhouse::PipelineOptions options = PipelineOptionsOf(config_);
    ROWHOUSE_TRY(clickhouse::AdaptTo(client_, options));
    clickhouse::Catalog catalog = ROWHOUSE_TRY(ReadCatalog(options));
    auto direct = clickhouse::PlanDirect(*schema_, options, catalog, entry_.id);
    const bool missing = !direct && direct.error().kind() == ErrorKind::kNotFound;
    if (missing && plan_.make_tables && !plan_.options.dry_run) {
      ROWHOUSE_TRY(MakeTable(options));
      catalog = ROWHOUSE_TRY(ReadCatalog(options));
      direct = clickhouse::PlanDirect(*schema_, options, catalog, entry_.id);
    }
    direct_ = ROWHOUSE_TRY(std::move(direct));
    // Its epoch is the copy's too.
    newest_ = ROWHOUSE_TRY(backfill::ClickHouseTarget::Newest(client_, direct_));
    if (plan_.options.dry_run) {
      return Ok();
    }
    ROWHOUSE_TRY(DropStale(options));
    ROWHOUSE_TRY(SaveNow());
    return backfill::ClickHouseTarget::MakeInlet(client_, direct_);
  }

  Result<clickhouse::Catalog> ReadCatalog(const clickhouse::PipelineOptions& options) {
    return clickhouse::Catalog::Read(client_, {options.history_database, options.current_database});
  }

  // All that holds rows or shows them; what consumes from Kafka is for setup and run.
  Status MakeTable(const clickhouse::PipelineOptions& options) {
    auto pipeline = ROWHOUSE_TRY(clickhouse::BuildPipeline(*schema_, options));
    std::erase_if(pipeline.objects, [](const clickhouse::PipelineObject& object) {
      return object.kind == clickhouse::PipelineObject::Kind::kRoute ||
             object.kind == clickhouse::PipelineObject::Kind::kQueue;
    });
    ROWHOUSE_TRY(clickhouse::Setup(client_).Apply({pipeline}));
    return Ok();
  }

  Status DropStale(const clickhouse::PipelineOptions& options) {
    const auto runs = ROWHOUSE_TRY(ledger_->Read());
    const int64_t now = Clock::Real().WallMicros();
    const auto over = [&](std::string_view id) {
      const auto run = std::ranges::find(runs, id, &RunEntry::id);
      return run != runs.end() && (run->state != RunEntry::State::kRunning || run->LooksDead(now));
    };
    return clickhouse::DropStaleInlets(client_, schema_->id, options, over);
  }

  Status Copy(const Context& context, const std::stop_token& stop) {
    backfill::CopyOptions options = plan_.options;
    options.where = entry_.where;
    options.newest = newest_.version;
    options.epoch = static_cast<uint16_t>(newest_.version.high >> 48);
    std::stop_source ending;
    const std::stop_callback on_stop(stop, [&] { ending.request_stop(); });
    cancel_ = &ending;
    backfill::Copy copy(schema_, options, World());
    Thread shows("progress", [&](const std::stop_token& end) { Watch(context, copy, end); });
    auto done = copy.Run(entry_.progress, entry_.totals, ending.get_token());
    shows.RequestStop();
    shows.Join();
    entry_.totals = copy.totals();
    ROWHOUSE_TRY(std::move(done));
    return CountFailed();
  }

  backfill::CopyWorld World() {
    backfill::CopyWorld world;
    const mysql::SourceOptions source = SourceOptionsOf(config_);
    world.open_reader = [source] { return mysql::ChunkReader::Open(source); };
    world.open_target = [this]() -> Result<std::unique_ptr<backfill::RowTarget>> {
      return std::unique_ptr<backfill::RowTarget>(
          std::make_unique<backfill::ClickHouseTarget>(client_, schema_, direct_)
      );
    };
    world.save = [this](const TableProgress& progress, const backfill::CopyTotals& totals) {
      return Save(progress, totals);
    };
    if (plan_.limits.any()) {
      world.wait_for_calm = [this](const std::stop_token& stop) { return gate_.Wait(stop); };
    }
    return world;
  }

  Status Save(const TableProgress& progress, const backfill::CopyTotals& totals) {
    MutexLock lock(saving_);
    entry_.progress = progress;
    entry_.totals = totals;
    return Keep(kSaveEveryUs);
  }

  // Saves what was not for so long, and looks whether the run is wanted any more.
  Status Keep(int64_t every_us) REQUIRES(saving_) {
    if (ledger_ == nullptr || Clock::Real().WallMicros() - entry_.updated_us < every_us) {
      return Ok();
    }
    ROWHOUSE_TRY(SaveNow());
    if (ROWHOUSE_TRY(ledger_->CancelAsked(entry_.id))) {
      entry_.state = RunEntry::State::kCancelled;
      cancel_->request_stop();
    }
    return Ok();
  }

  Status SaveNow() {
    if (ledger_ == nullptr) {
      return Ok();
    }
    entry_.updated_us = Clock::Real().WallMicros();
    return ledger_->Save(entry_);
  }

  // Rows that ClickHouse's views have filed instead of written.
  Status CountFailed() {
    if (plan_.options.dry_run || !direct_.may_fail()) {
      return Ok();
    }
    const auto rows = ROWHOUSE_TRY(client_.Query(fmt::format(
        "SELECT count() FROM {} WHERE topic = {} AND kafka_timestamp >= toDateTime64({}, 3)",
        direct_.errors,
        clickhouse::QuoteText(clickhouse::kDirectTopic),
        clickhouse::QuoteText(newest_.asked_at)
    )));
    entry_.failed = rows.empty() ? 0 : std::stoull(rows[0][0].value_or("0"));
    entry_.totals.inserted -= std::min(entry_.totals.inserted, entry_.failed);
    return Ok();
  }

  Status CleanUp() {
    const bool made = !plan_.options.dry_run && !direct_.inlet.empty();
    return made ? backfill::ClickHouseTarget::DropInlet(client_, direct_) : Ok();
  }

  void Note(const Status& ended) {
    if (entry_.state == RunEntry::State::kCancelled) {
      return;
    }
    if (ended) {
      entry_.state = RunEntry::State::kDone;
      return;
    }
    const bool stopped = ended.error().kind() == ErrorKind::kCancelled;
    entry_.state = stopped ? RunEntry::State::kStopped : RunEntry::State::kFailed;
    entry_.error = ended.error().ToString();
  }

  // Shows how far the copy is; keeps the ledger's entry alive while readers wait.
  void Watch(const Context& context, const backfill::Copy& copy, const std::stop_token& end) {
    const bool live = isatty(STDERR_FILENO) == 1 && !context.args().Has("quiet");
    const backfill::CopyTotals before = copy.totals();
    Deadline log_at = Deadline::After(kLogEvery);
    bool told = false;
    while (WaitUnlessStopped(end, kShowEvery)) {
      if (live) {
        fmt::print(stderr, "\r\033[K{}", ProgressText(copy, before));
      } else if (log_at.Passed()) {
        LogInfo(ProgressText(copy, before));
        log_at = Deadline::After(kLogEvery);
      }
      MutexLock lock(saving_);
      const Status kept = Keep(kKeepEveryUs);
      if (!kept && !std::exchange(told, true)) {
        LogWarn("the ledger was not saved", kept.error());
      }
    }
    if (live) {
      fmt::print(stderr, "\r\033[K");
    }
  }

  std::string ProgressText(const backfill::Copy& copy, const backfill::CopyTotals& before) const {
    const backfill::CopyTotals now = copy.totals();
    const double rate = static_cast<double>(now.read - before.read) / seconds_taken();
    const uint64_t whole = copy.rows_estimated();
    const double left =
        whole > now.read && rate > 0 ? static_cast<double>(whole - now.read) / rate : 0;
    const std::string waiting = gate_.waiting();
    return fmt::format(
        "{}  read {} of about {}  {:.0f} rows/s  inserted {}  changed {}  {}",
        schema_->id.ToString(),
        now.read,
        whole,
        rate,
        now.inserted,
        now.changed,
        waiting.empty() ? fmt::format("left {:.0f} s", left) : "waiting: " + waiting
    );
  }

  const config::Config& config_;
  const CopyPlan& plan_;
  const TableSchemaPtr schema_;
  clickhouse::Client& client_;
  backfill::Ledger* const ledger_;  // null: a dry run
  clickhouse::DirectTable direct_;
  backfill::ClickHouseTarget::NewestRow newest_;  // at the start
  int64_t began_us_ = 0;
  Mutex saving_;
  RunEntry entry_;  // while readers are at work, under saving_
  std::stop_source* cancel_ = nullptr;
  CalmGate gate_;
};

Json SummaryOf(const TableCopy& copy) {
  const RunEntry& e = copy.entry();
  return {
      {"table", e.table.ToString()},
      {"id", e.id},
      {"mode", backfill::ModeName(e.mode)},
      {"state", backfill::StateName(e.state)},
      {"read", e.totals.read},
      {"present", e.totals.present},
      {"inserted", e.totals.inserted},
      {"changed", e.totals.changed},
      {"failed", e.failed},
      {"seconds", copy.seconds_taken()},
      {"differences", copy.differences()},
      {"error", e.error}};
}

void Print(const Context& context, const CopyPlan& plan, const Json& tables) {
  if (context.format() == Format::kJson) {
    const Json json = {
        {"schema", plan.schema}, {"dry_run", plan.options.dry_run}, {"tables", tables}};
    Context::Print(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  std::vector<std::vector<std::string>> rows = {
      {"TABLE", "STATE", "READ", "PRESENT", "INSERTED", "CHANGED", "FAILED", "SECONDS"}};
  std::string notes;
  for (const Json& t : tables) {
    const auto number = [&](const char* name) { return std::to_string(t[name].get<uint64_t>()); };
    rows.push_back(
        {t["table"],
         t["state"],
         number("read"),
         number("present"),
         number("inserted"),
         number("changed"),
         number("failed"),
         fmt::format("{:.1f}", t["seconds"].get<double>())}
    );
    for (const auto& difference : t["differences"]) {
      notes += fmt::format(
          "note: {}: {}\n", t["table"].get<std::string>(), difference.get<std::string>()
      );
    }
    if (t["state"] == "stopped" || t["state"] == "failed") {
      notes += fmt::format("go on with: rowhouse backfill resume {}\n", t["id"].get<std::string>());
    }
  }
  Context::Print(AlignColumns(rows) + notes);
}

}  // namespace

std::vector<OptionSpec> PaceOptionSpecs() {
  return {
      {.name = "rate", .value = "R", .doc = "rows read a second, at most"},
      {.name = "max-threads-running",
       .value = "N",
       .doc = "wait while the server that is read has more threads at work"},
      {.name = "max-replica-lag",
       .value = "SECONDS",
       .doc = "wait while the server that is read, a replica, is later than that"},
  };
}

std::vector<OptionSpec> CopyOptionSpecs() {
  std::vector<OptionSpec> options = {
      {.name = "readers", .value = "N", .doc = "connections to the source (2)"},
      {.name = "chunk", .value = "N", .doc = "rows read at once, at most (100000)"},
  };
  for (OptionSpec& option : PaceOptionSpecs()) {
    options.push_back(std::move(option));
  }
  options.push_back({.name = "dry-run", .value = "", .doc = "read and compare, write nothing"});
  return options;
}

Status ReadPaceOptions(const Arguments& args, CopyPlan& plan) {
  const auto rate = static_cast<int64_t>(plan.options.rows_per_second);
  plan.options.rows_per_second =
      static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("rate", rate, 0, 1'000'000'000)));
  plan.limits.threads_running =
      static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("max-threads-running", 0, 0, 1'000'000)));
  plan.limits.replica_lag_s =
      static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("max-replica-lag", 0, 0, 1'000'000)));
  return Ok();
}

Status ReadCopyOptions(const Arguments& args, CopyPlan& plan) {
  plan.options.readers = static_cast<int>(ROWHOUSE_TRY(args.Number("readers", 2, 1, 64)));
  plan.options.chunk_rows =
      static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("chunk", 100'000, 1, 1'000'000)));
  plan.options.dry_run = args.Has("dry-run");
  return ReadPaceOptions(args, plan);
}

Result<ExitCode> RunCopies(Context& context, const config::Config& config, const CopyPlan& plan) {
  const auto signals = ROWHOUSE_TRY(Signals::Install());
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  std::optional<backfill::Ledger> ledger;
  if (!plan.options.dry_run) {
    ledger.emplace(ROWHOUSE_TRY(backfill::Ledger::Open(*client, config.sink.history_database)));
  }
  Json tables = Json::array();
  bool all_well = true;
  for (const CopyPlan::Table& table : plan.tables) {
    TableCopy copy(config, plan, table, *client, ledger ? &*ledger : nullptr);
    Status ran = copy.Run(context, signals->token());
    all_well = all_well && ran && copy.entry().failed == 0;
    tables.push_back(SummaryOf(copy));
    const bool only_one = plan.tables.size() == 1;
    const bool stopped = !ran && ran.error().kind() == ErrorKind::kCancelled;
    if (!ran && (only_one || stopped)) {
      Print(context, plan, tables);
      return stopped ? Result<ExitCode>(ExitCode::kFailure) : std::move(ran).error();
    }
    if (!ran) {
      context.PrintError(ran.error());
    }
  }
  Print(context, plan, tables);
  return all_well ? ExitCode::kOk : ExitCode::kSomeTables;
}

}  // namespace rowhouse::cli
