#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "cli/calm_gate.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/copy_run.h"
#include "cli/pipeline_orders.h"
#include "cli/saved_checkpoint.h"
#include "cli/signals.h"
#include "cli/source_tables.h"
#include "cli/verify_report.h"
#include "cli/wiring.h"
#include "http/message.h"

namespace rowhouse::cli {

namespace {

Result<double> SampleOf(const Arguments& args) {
  const std::string text = args.Text("sample", "100");
  char* end = nullptr;
  const double percent = std::strtod(text.c_str(), &end);
  if (end == text.c_str() || *end != '\0' || !(percent > 0) || percent > 100) {
    return Error(ErrorKind::kBadRecord, fmt::format("--sample {} is no percentage", text))
        .WithCode("E-CLI-003")
        .WithHint("a number above 0 and up to 100, such as 5");
  }
  return percent / 100;
}

Result<verify::VerifyOptions> OptionsOf(const Arguments& args) {
  verify::VerifyOptions options;
  options.mode = *verify::ParseMode(args.Text("mode", "checksum"));  // one of the choices
  options.from = args.Text("from");
  options.to = args.Text("to");
  options.column = args.Text("column");
  options.sample = ROWHOUSE_TRY(SampleOf(args));
  options.repair = args.Has("repair");
  options.rate = static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("rate", 0, 0, 1'000'000'000)));
  options.settle = seconds(ROWHOUSE_TRY(args.Number("settle", 10, 0, 3600)));
  options.named_max = static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("limit", 1000, 1, 100'000)));
  return options;
}

// None where the saved state can't be read: then nothing is known to be whole afterwards.
LackingTables SkippedTables(const config::Config& config) {
  LackingTables lacking;
  const auto saved = LookAtCheckpoint(config);
  if (!saved) {
    LogDebug("what tables lack is not known", {{"err", saved.error().ToString()}});
    return lacking;
  }
  for (const auto& [table, entry] :
       saved->has_value() ? (*saved)->ledger : decltype((*saved)->ledger){}) {
    if (entry.left_out && !entry.left_out->to.empty()) {
      lacking.emplace(table, entry.left_out->to);
    }
  }
  return lacking;
}

// The running process ends what it says of them. Where none answers the saved state stays as it is:
// to change it would shut out a process that runs elsewhere, and comparing has no such effects.
void TellWhole(const config::Config& config, const LackingTables& tables) {
  for (const auto& [table, to] : tables) {
    const std::string name = table.ToString();
    const auto told = OrderOfProcess(
        config,
        fmt::format("/api/v1/tables/{}/whole", http::PercentEncode(name)),
        Json::object({{"to", to.ToString()}})
    );
    if (told) {
      LogInfo("nothing of a skipped table is missing any more", {{"table", name}});
    } else {
      LogWarn(
          "a skipped table is whole; a comparison by or beside its process ends the note",
          told.error(),
          {{"table", name}}
      );
    }
  }
}

// Why a table that was compared is still said to lack changes, though nothing differs.
void TellUndone(const VerifyRun& run, const LackingTables& lacking, const LackingTables& whole) {
  for (const verify::TableReport& table : run.tables) {
    const bool equal = table.state == verify::TableReport::State::kEqual ||
                       table.state == verify::TableReport::State::kRepaired;
    if (equal && lacking.contains(table.table) && !whole.contains(table.table)) {
      LogWarn(
          "a skipped table is not proved whole by this",
          {{"table", table.table.ToString()},
           {"fix",
            "compare all rows by checksum; where columns can't be compared: rowhouse resync " +
                table.table.ToString()}}
      );
    }
  }
}

// One pass over the tables.
Result<ExitCode> VerifyOnce(
    const config::Config& config,
    const std::vector<std::string>& words,
    const verify::VerifyOptions& options,
    Format format
) {
  const LackingTables lacking = SkippedTables(config);
  const VerifyRun run = ROWHOUSE_TRY(VerifyTables(config, words, options));
  const LackingTables whole = FoundWhole(run, lacking);
  TellWhole(config, whole);
  TellUndone(run, lacking, whole);
  Context::Print(format == Format::kJson ? VerifyJson(run).dump() + "\n" : VerifyText(run));
  if (run.equal()) {
    return ExitCode::kOk;
  }
  if (run.different()) {
    return ExitCode::kDifference;
  }
  return run.failures.empty() ? ExitCode::kUnhealthy : ExitCode::kSomeTables;
}

// Tells on standard error how far a long comparison is.
class ProgressLog {
 public:
  void Tell(uint64_t rows) {
    if (next_.Passed()) {
      LogInfo("verifying", {{"rows", rows}});
      next_ = Deadline::After(kTellEvery);
    }
  }

 private:
  static constexpr seconds kTellEvery{5};
  Deadline next_ = Deadline::After(kTellEvery);
};

Result<ExitCode> Verify(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  verify::VerifyOptions options = ROWHOUSE_TRY(OptionsOf(context.args()));
  const auto signals = ROWHOUSE_TRY(Signals::Install());
  options.stop = signals->token();
  const CalmLimits limits = ROWHOUSE_TRY(ReadCalmLimits(context.args()));
  CalmGate gate(SourceOptionsOf(config).Reading(), limits);
  if (limits.any()) {
    options.wait_for_calm = [&gate](const std::stop_token& stop) { return gate.Wait(stop); };
  }
  ProgressLog progress;
  options.progress = [&progress](uint64_t rows) { progress.Tell(rows); };
  ExitCode worst = ExitCode::kOk;
  while (true) {
    const bool endless = context.args().Has("continuous");
    const auto code = VerifyOnce(config, context.args().words, options, context.format());
    if (!code && code.error().kind() == ErrorKind::kCancelled) {
      return endless ? worst : ExitCode::kFailure;  // of whole passes
    }
    worst = ROWHOUSE_TRY(code) == ExitCode::kOk ? worst : *code;
    if (!endless || signals->token().stop_requested()) {
      return worst;
    }
  }
}

std::vector<OptionSpec> VerifyOptionSpecs() {
  std::vector<OptionSpec> options = {
      {.name = "mode",
       .value = "MODE",
       .doc = "count rows, sum hashes of rows (default), or compare row by row",
       .choices = "count|checksum|rows"},
      {.name = "from", .value = "DATE", .doc = "rows of this date (UTC) and later"},
      {.name = "to", .value = "DATE", .doc = "rows before this date (UTC)"},
      {.name = "column",
       .value = "NAME",
       .doc = "the dates' column; else updated_at or created_at"},
      {.name = "sample", .value = "PERCENT", .doc = "look at this part of each table only"},
      {.name = "repair", .value = "", .doc = "read differing rows again and write them"},
      {.name = "continuous", .value = "", .doc = "begin again at the end, until stopped"}};
  for (OptionSpec& option : PaceOptionSpecs()) {
    options.push_back(std::move(option));
  }
  options.push_back(
      {.name = "settle",
       .value = "SECONDS",
       .doc = "without a moving pipeline: a difference lasts so long (10)"}
  );
  options.push_back(
      {.name = "limit", .value = "ROWS", .doc = "differing rows named of a table (1000)"}
  );
  return options;
}

}  // namespace

Command VerifyCommand() {
  return {
      .name = "verify",
      .group = "Operate",
      .summary =
          "prove that MySQL and ClickHouse hold the same rows; name and repair those that differ",
      .examples =
          {"rowhouse verify shop.orders --from 2026-01-01 --repair",
           "rowhouse verify -c rowhouse.yaml --sample 5 --rate 100000 -o json"},
      .options = VerifyOptionSpecs(),
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Verify};
}

}  // namespace rowhouse::cli
