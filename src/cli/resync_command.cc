#include "cli/commands.h"
#include "cli/context.h"
#include "cli/pipeline_orders.h"
#include "cli/source_tables.h"

namespace rowhouse::cli {

namespace {

std::string Outcome(bool saved) {
  return saved ? "asked: the running process loads it again"
               : "asked: the process loads it again (not saved yet: ask again after a crash)";
}

// Changes the saved ledger, for the next start of a pipeline that does not run.
Result<std::vector<Asked>> ChangeLedger(
    const config::Config& config, const std::vector<TableId>& tables
) {
  const auto store = ROWHOUSE_TRY(OpenSavedState(config));
  auto saved = ROWHOUSE_TRY(store->Load());
  std::vector<Asked> asked;
  for (const TableId& table : tables) {
    if (!saved) {
      asked.push_back({table.ToString(), "nothing saved yet: the first start loads it"});
      continue;
    }
    TableProgress& entry = saved->ledger[table];
    entry = TableProgress::FromTheStart(entry.reloads + 1);
    asked.push_back({table.ToString(), "not running: loaded again at the next start"});
  }
  if (saved) {
    ROWHOUSE_TRY(store->Save(*saved));
  }
  return asked;
}

// For all tables, from wherever the source is now.
Result<std::vector<Asked>> StartOver(
    const config::Config& config, const std::vector<TableId>& tables
) {
  auto answered =
      OrderOfProcess(config, "/api/v1/start-over", Json::object({{"confirm", config.pipeline}}));
  if (!answered && answered.error().kind() != ErrorKind::kUnavailable) {
    return std::move(answered).error();
  }
  std::string outcome =
      answered ? Outcome(*answered) : "not running: the next start begins anew and loads it";
  if (!answered) {
    const auto store = ROWHOUSE_TRY(OpenSavedState(config));
    auto saved = ROWHOUSE_TRY(store->Load());
    if (saved) {
      saved->StartOver();
      ROWHOUSE_TRY(store->Save(*saved));
    } else {
      outcome = "nothing saved yet: the first start loads it";
    }
  }
  std::vector<Asked> asked;
  asked.reserve(tables.size());
  for (const TableId& table : tables) {
    asked.push_back({table.ToString(), outcome});
  }
  return asked;
}

Result<ExitCode> Resync(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const Arguments& args = context.args();
  const bool all = args.Has("all");
  const bool over = args.Has("start-over");
  if (all != args.words.empty()) {
    return Error(ErrorKind::kConfig, all ? "tables named beside --all" : "no table named")
        .WithHint("rowhouse resync shop.orders, a glob: rowhouse resync 'shop.*', or --all");
  }
  if (over && !all) {
    return Error(ErrorKind::kConfig, "--start-over concerns all tables")
        .WithHint("rowhouse resync --all --start-over");
  }
  const auto tables = ROWHOUSE_TRY(SourceTableIds(config, args.words));
  if (over) {
    PrintAsked(context, "resync/v1", ROWHOUSE_TRY(StartOver(config, tables)));
    return ExitCode::kOk;
  }
  const TableOrder order{
      .verb = "resync",
      .body = [](const std::string& /*table*/) { return Json::object(); },
      .outcome = [](const std::string& /*table*/, bool saved) { return Outcome(saved); },
      .without_process = [&] { return ChangeLedger(config, tables); }};
  return OrderTables(context, config, tables, order);
}

}  // namespace

Command ResyncCommand() {
  return {
      .name = "resync",
      .group = "Operate",
      .summary = "load tables again, parked ones too; now or at the next start",
      .examples =
          {"rowhouse resync shop.orders -c rowhouse.yaml",
           "rowhouse resync 'shop.*' -o json",
           "rowhouse resync --all --start-over"},
      .options =
          {{.name = "all", .value = "", .doc = "every captured table"},
           {.name = "start-over",
            .value = "",
            .doc = "begin a new epoch where the source is now: for logs that are gone (RESET, "
                   "purged, another server)"}},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Resync};
}

}  // namespace rowhouse::cli
