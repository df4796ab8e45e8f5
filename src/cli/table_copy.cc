#include "cli/table_copy.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/thread.h"
#include "cli/wiring.h"
#include "clickhouse/catalog.h"
#include "clickhouse/setup.h"
#include "mysql/catalog.h"
#include "mysql/chunk_reader.h"

namespace rowhouse::cli {

namespace {

using backfill::RunEntry;

// Rows that are found by another index than the key's are sorted again for each chunk.
constexpr uint64_t kSortedChunksMost = 5;
constexpr int64_t kSaveEveryUs = 1'000'000;
constexpr milliseconds kShowEvery{500};
// A run that waits says that it lives, long before it would look dead.
constexpr int64_t kKeepEveryUs = 3'000'000;

}  // namespace

std::optional<int> CopySight::percent() const {
  if (rows_estimated == 0) {
    return std::nullopt;
  }
  // An estimate is never the whole.
  return static_cast<int>(std::min<uint64_t>(99, totals.read * 100 / rows_estimated));
}

std::optional<int64_t> CopySight::seconds_left() const {
  if (rows_estimated <= totals.read || rows_per_second <= 0) {
    return std::nullopt;
  }
  return static_cast<int64_t>(static_cast<double>(rows_estimated - totals.read) / rows_per_second);
}

TableCopy::TableCopy(
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
      entry_(table.earlier ? *table.earlier : NewEntry(plan, table)),
      gate_(SourceOptionsOf(config).Reading(), plan.limits) {
  entry_.state = RunEntry::State::kRunning;
  entry_.error.clear();
  entry_.chunk_rows = plan.options.chunk_rows;
  entry_.readers = plan.options.readers;
  entry_.rows_per_second = plan.options.rows_per_second;
  const std::string& own = entry_.asked.where;
  asked_is_all_ = entry_.asked.condition.empty() ||
                  (own == "1" && entry_.asked.from.empty() && entry_.asked.to.empty());
}

double TableCopy::seconds_taken() const {
  return static_cast<double>(Clock::Real().WallMicros() - began_us_) / 1e6;
}

std::string TableCopy::way() const {
  return way_ ? fmt::format("by the index {}, about {} rows", way_->index, way_->rows)
              : "in the order of the key";
}

Status TableCopy::Run(const CopyControl& control) {
  began_us_ = Clock::Real().WallMicros();
  const std::stop_callback on_stop(control.stop, [this] { ending_.request_stop(); });
  const std::stop_callback on_cancel(control.cancel, [this] {
    cancelled_.request_stop();
    ending_.request_stop();
  });
  Status ran = Prepare();
  if (ran) {
    ran = Copy(control);
  }
  Status cleaned = CleanUp();
  Note(ran ? cleaned : ran);
  Status saved = SaveNow();
  return !ran ? std::move(ran) : !cleaned ? std::move(cleaned) : std::move(saved);
}

Status TableCopy::Prepare() {
  if (config_.format.null_as_default) {
    return Error(
               ErrorKind::kConfig,
               "format.null_as_default makes other values of NULLs on the way through Kafka, "
               "which a copy straight into ClickHouse would not"
    )
        .WithHint("load the table through Kafka: rowhouse resync TABLE");
  }
  backfill::CopyOptions asked = plan_.options;
  asked.where = entry_.asked.condition;
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
  way_ = ROWHOUSE_TRY(mysql::FindReadWay(
      SourceOptionsOf(config_).Reading(),
      *schema_,
      asked.where,
      kSortedChunksMost * plan_.options.chunk_rows
  ));
  // Its epoch is the copy's too.
  newest_ = ROWHOUSE_TRY(backfill::ClickHouseTarget::Newest(client_, direct_));
  EstimateAsked();
  if (plan_.options.dry_run) {
    return Ok();
  }
  ROWHOUSE_TRY(DropStale(options));
  ROWHOUSE_TRY(SaveNow());
  return backfill::ClickHouseTarget::MakeInlet(client_, direct_);
}

Result<clickhouse::Catalog> TableCopy::ReadCatalog(const clickhouse::PipelineOptions& options) {
  return clickhouse::Catalog::Read(client_, {options.history_database, options.current_database});
}

// All that holds rows or shows them; what consumes from Kafka is for setup and run.
Status TableCopy::MakeTable(const clickhouse::PipelineOptions& options) {
  auto pipeline = ROWHOUSE_TRY(clickhouse::BuildPipeline(*schema_, options));
  std::erase_if(pipeline.objects, [](const clickhouse::PipelineObject& object) {
    return object.kind == clickhouse::PipelineObject::Kind::kRoute ||
           object.kind == clickhouse::PipelineObject::Kind::kQueue;
  });
  ROWHOUSE_TRY(clickhouse::Setup(client_).Apply({pipeline}));
  return Ok();
}

Status TableCopy::DropStale(const clickhouse::PipelineOptions& options) {
  const auto runs = ROWHOUSE_TRY(ledger_->Read());
  const int64_t now = Clock::Real().WallMicros();
  const auto over = [&](std::string_view id) {
    const auto run = std::ranges::find(runs, id, &RunEntry::id);
    return run != runs.end() && (run->state != RunEntry::State::kRunning || run->LooksDead(now));
  };
  return clickhouse::DropStaleInlets(client_, schema_->id, options, over);
}

// How many rows the condition holds for is known where an index says so. It is for people: without
// it there is no percentage.
void TableCopy::EstimateAsked() {
  if (asked_is_all_) {
    return;
  }
  const auto catalog = mysql::Catalog::Open(SourceOptionsOf(config_).Reading());
  const auto rows = catalog ? (*catalog)->EstimateRows(schema_->id, entry_.asked.condition)
                            : Result<std::optional<uint64_t>>(catalog.error());
  if (!rows) {
    LogInfo("rows to copy are not estimated", {{"err", rows.error().ToString()}});
    return;
  }
  entry_.estimated = rows->value_or(0);
}

Status TableCopy::Copy(const CopyControl& control) {
  backfill::CopyOptions options = plan_.options;
  options.where = entry_.asked.condition;
  options.readers = way_ ? 1 : options.readers;
  options.newest = newest_.version;
  options.epoch = static_cast<uint16_t>(newest_.version.high >> 48);
  backfill::Copy copy(schema_, options, World());
  Thread shows("progress", [&](const std::stop_token& end) { Watch(control, copy, end); });
  auto done = copy.Run(entry_.progress, entry_.totals, ending_.get_token());
  shows.RequestStop();
  shows.Join();
  entry_.totals = copy.totals();
  if (control.show) {
    control.show(Sight(copy, entry_.totals));
  }
  ROWHOUSE_TRY(std::move(done));
  return CountFailed();
}

backfill::CopyWorld TableCopy::World() {
  backfill::CopyWorld world;
  const mysql::SourceOptions source = SourceOptionsOf(config_);
  world.open_reader = [source, way = way_] { return mysql::ChunkReader::Open(source, way); };
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

Status TableCopy::Save(const TableProgress& progress, const backfill::CopyTotals& totals) {
  MutexLock lock(saving_);
  entry_.progress = progress;
  entry_.totals = totals;
  return Keep(kSaveEveryUs);
}

// Saves what was not for so long, and looks whether the run is wanted any more.
Status TableCopy::Keep(int64_t every_us) {
  if (ledger_ == nullptr || Clock::Real().WallMicros() - entry_.updated_us < every_us) {
    return Ok();
  }
  ROWHOUSE_TRY(SaveNow());
  if (ROWHOUSE_TRY(ledger_->CancelAsked(entry_.id))) {
    cancelled_.request_stop();
    ending_.request_stop();
  }
  return Ok();
}

Status TableCopy::SaveNow() {
  if (ledger_ == nullptr) {
    return Ok();
  }
  entry_.updated_us = Clock::Real().WallMicros();
  return ledger_->Save(entry_);
}

// Rows that ClickHouse's views have filed instead of written.
Status TableCopy::CountFailed() {
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

Status TableCopy::CleanUp() {
  const bool made = !plan_.options.dry_run && !direct_.inlet.empty();
  return made ? backfill::ClickHouseTarget::DropInlet(client_, direct_) : Ok();
}

void TableCopy::Note(const Status& ended) {
  if (ended) {
    entry_.state = RunEntry::State::kDone;
    return;
  }
  if (cancelled_.stop_requested()) {
    entry_.state = RunEntry::State::kCancelled;
    return;
  }
  const bool stopped = ended.error().kind() == ErrorKind::kCancelled;
  entry_.state = stopped ? RunEntry::State::kStopped : RunEntry::State::kFailed;
  entry_.error = ended.error().ToString();
}

// Shows how far the copy is; keeps the ledger's entry alive while readers wait.
void TableCopy::Watch(
    const CopyControl& control, const backfill::Copy& copy, const std::stop_token& end
) {
  const backfill::CopyTotals before = copy.totals();
  bool told = false;
  while (WaitUnlessStopped(end, kShowEvery)) {
    const CopySight sight = Sight(copy, before);
    if (control.show) {
      control.show(sight);
    }
    MutexLock lock(saving_);
    entry_.estimated = sight.rows_estimated;
    const Status kept = Keep(kKeepEveryUs);
    if (!kept && !std::exchange(told, true)) {
      LogWarn("the ledger was not saved", kept.error());
    }
  }
}

CopySight TableCopy::Sight(const backfill::Copy& copy, const backfill::CopyTotals& before) const {
  CopySight sight;
  sight.totals = copy.totals();
  sight.rows_estimated = asked_is_all_ ? copy.rows_estimated() : entry_.estimated;
  sight.rows_per_second = static_cast<double>(sight.totals.read - before.read) / seconds_taken();
  sight.waiting = gate_.waiting();
  sight.differences = direct_.differences;
  return sight;
}

Status RunCopy(const config::Config& config, const CopyPlan& plan, const CopyControl& control) {
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  std::optional<backfill::Ledger> ledger;
  if (!plan.options.dry_run) {
    ledger.emplace(ROWHOUSE_TRY(backfill::Ledger::Open(*client, config.sink.history_database)));
  }
  TableCopy copy(config, plan, plan.tables.front(), *client, ledger ? &*ledger : nullptr);
  return copy.Run(control);
}

}  // namespace rowhouse::cli
