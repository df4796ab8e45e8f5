#include <utility>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/copy_run.h"

namespace rowhouse::cli {

namespace {

Status CheckWhatIsAsked(const Arguments& args) {
  if (args.words.empty()) {
    return Error(ErrorKind::kConfig, "no table named")
        .WithHint("rowhouse backfill shop.orders --from 2026-01-01, or a glob: 'shop.*'");
  }
  if (!args.Has("from") && !args.Has("to") && !args.Has("where")) {
    return Error(ErrorKind::kConfig, "which rows? None of --from, --to and --where is given")
        .WithHint("--from 2026-01-01; for all rows: --where 1, or rowhouse load");
  }
  return Ok();
}

Result<ExitCode> Backfill(Context& context) {
  const Arguments& args = context.args();
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  ROWHOUSE_TRY(CheckWhatIsAsked(args));
  CopyPlan plan;
  plan.schema = "backfill/v1";
  ROWHOUSE_TRY(ReadCopyOptions(args, plan));
  plan.options.mode =
      backfill::ModeOf(args.Text("mode", "missing")).value_or(backfill::Mode::kMissing);
  const backfill::AskedRows rows = {
      args.Text("from"), args.Text("to"), args.Text("column"), args.Text("where"), ""};
  ROWHOUSE_TRY(AddTables(config, args.words, rows, plan));
  return RunCopies(context, config, plan);
}

Result<ExitCode> Load(Context& context) {
  const Arguments& args = context.args();
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  if (args.words.empty()) {
    return Error(ErrorKind::kConfig, "no table named")
        .WithHint("rowhouse load shop.orders, or a glob: rowhouse load 'shop.*'");
  }
  CopyPlan plan;
  plan.schema = "load/v1";
  plan.make_tables = true;
  ROWHOUSE_TRY(ReadCopyOptions(args, plan));
  ROWHOUSE_TRY(AddTables(config, args.words, {}, plan));
  return RunCopies(context, config, plan);
}

std::vector<OptionSpec> BackfillOptions() {
  std::vector<OptionSpec> options = {
      {.name = "from", .value = "DATE", .doc = "rows from this date on (UTC)"},
      {.name = "to", .value = "DATE", .doc = "rows before this date"},
      {.name = "column", .value = "C", .doc = "the date's column (updated_at, created_at, ...)"},
      {.name = "where", .value = "SQL", .doc = "rows for which this holds, in the source's SQL"},
      {.name = "mode",
       .value = "MODE",
       .doc = "which rows are written (missing)",
       .choices = "missing|changed|all"}};
  for (OptionSpec& option : CopyOptionSpecs()) {
    options.push_back(std::move(option));
  }
  return options;
}

}  // namespace

Command BackfillCommand() {
  return {
      .name = "backfill",
      .group = "Operate",
      .summary = "copy what ClickHouse has not, from a date on",
      .examples =
          {"rowhouse backfill shop.orders --from 2026-01-01",
           "rowhouse backfill 'shop.*' --from 2026-01-01 --mode changed --dry-run",
           "rowhouse backfill shop.orders --where 'region = 7' --rate 20000"},
      .options = BackfillOptions(),
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Backfill};
}

Command LoadCommand() {
  return {
      .name = "load",
      .group = "Operate",
      .summary = "copy whole tables of the source straight into ClickHouse, without Kafka",
      .examples =
          {"rowhouse load shop.orders -c rowhouse.yaml", "rowhouse load 'shop.*' --readers 4"},
      .options = CopyOptionSpecs(),
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Load};
}

}  // namespace rowhouse::cli
