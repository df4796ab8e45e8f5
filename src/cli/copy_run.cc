#include "cli/copy_run.h"

#include <unistd.h>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/log.h"
#include "cli/signals.h"
#include "cli/table_copy.h"
#include "cli/wiring.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;
using backfill::RunEntry;

constexpr milliseconds kLogEvery{10'000};

// Shows a copy's progress: a line that is written over on a terminal, else one in the log now and
// then.
class ProgressLine {
 public:
  ProgressLine(std::string table, bool live) : table_(std::move(table)), live_(live) {}

  ~ProgressLine() {
    if (live_) {
      fmt::print(stderr, "\r\033[K");
    }
  }

  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void Show(const CopySight& sight) {
    if (live_) {
      fmt::print(stderr, "\r\033[K{}", Text(sight));
    } else if (log_at_.Passed()) {
      LogInfo(Text(sight));
      log_at_ = Deadline::After(kLogEvery);
    }
  }

 private:
  std::string Text(const CopySight& sight) const {
    const auto left = sight.seconds_left();
    return fmt::format(
        "{}  read {}{}  {:.0f} rows/s  inserted {}  changed {}  {}",
        table_,
        sight.totals.read,
        sight.rows_estimated == 0 ? "" : fmt::format(" of about {}", sight.rows_estimated),
        sight.rows_per_second,
        sight.totals.inserted,
        sight.totals.changed,
        !sight.waiting.empty() ? "waiting: " + sight.waiting
        : left                 ? fmt::format("left {} s", *left)
                               : ""
    );
  }

  const std::string table_;
  const bool live_;
  Deadline log_at_ = Deadline::After(kLogEvery);
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
      {"way", copy.way()},
      {"differences", copy.differences()},
      {"error", e.error}};
}

Status RunShown(const Context& context, TableCopy& copy, const std::stop_token& stop) {
  const bool live = isatty(STDERR_FILENO) == 1 && !context.args().Has("quiet");
  ProgressLine line(copy.entry().table.ToString(), live);
  return copy.Run({.stop = stop, .show = [&line](const CopySight& sight) { line.Show(sight); }});
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
    if (plan.options.dry_run) {
      notes += fmt::format(
          "note: {}: rows are read {}\n", t["table"].get<std::string>(), t["way"].get<std::string>()
      );
    }
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

Result<CalmLimits> ReadCalmLimits(const Arguments& args) {
  CalmLimits limits;
  limits.threads_running =
      static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("max-threads-running", 0, 0, 1'000'000)));
  limits.replica_lag_s =
      static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("max-replica-lag", 0, 0, 1'000'000)));
  return limits;
}

Status ReadPaceOptions(const Arguments& args, CopyPlan& plan) {
  const auto rate = static_cast<int64_t>(plan.options.rows_per_second);
  plan.options.rows_per_second =
      static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("rate", rate, 0, 1'000'000'000)));
  plan.limits = ROWHOUSE_TRY(ReadCalmLimits(args));
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
    Status ran = RunShown(context, copy, signals->token());
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
