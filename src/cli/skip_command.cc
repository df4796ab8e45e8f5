#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/pipeline_orders.h"
#include "cli/source_tables.h"

namespace rowhouse::cli {

namespace {

std::string Outcome(const std::string& when, const std::string& table) {
  return fmt::format(
      "{}; its changes until then are left out: rowhouse verify {} --repair mends its rows",
      when,
      table
  );
}

// Changes what is saved, for the next start of a pipeline that does not run.
Result<std::vector<Asked>> ChangeSaved(
    const config::Config& config, const std::vector<TableId>& tables
) {
  const auto store = ROWHOUSE_TRY(OpenSavedState(config));
  auto saved = ROWHOUSE_TRY(store->Load());
  if (!saved) {
    return Error(ErrorKind::kConfig, "this pipeline has never run: there is nothing to skip")
        .WithHint("rowhouse run -c rowhouse.yaml starts it");
  }
  std::vector<Asked> asked;
  for (const TableId& table : tables) {
    ROWHOUSE_TRY(saved->Skip(table));
    const std::string name = table.ToString();
    const std::string at = saved->position.binlog.ToString();
    asked.push_back({name, Outcome("not running: the next start follows it from " + at, name)});
  }
  ROWHOUSE_TRY(store->Save(*saved));
  return asked;
}

Result<ExitCode> Skip(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  if (context.args().words.empty()) {
    return Error(ErrorKind::kConfig, "no table named").WithHint("rowhouse skip shop.orders");
  }
  const auto tables = ROWHOUSE_TRY(SourceTableIds(config, context.args().words));
  const std::string reason = context.args().Text("reason");
  const TableOrder order{
      .verb = "skip",
      .body = [&](const std::string& table) -> Json {
        return Json::object({{"confirm", table}, {"reason", reason}});
      },
      .outcome =
          [](const std::string& table, bool saved) {
            return Outcome(
                saved ? "followed again" : "asked: not saved yet, ask again after a crash", table
            );
          },
      .without_process = [&] { return ChangeSaved(config, tables); }};
  return OrderTables(context, config, tables, order);
}

}  // namespace

Command SkipCommand() {
  return {
      .name = "skip",
      .group = "Learn",
      .summary =
          "follow parked tables again from here on, without the changes since; status says what "
          "they lack until verify --repair has mended it (to load them instead: resync)",
      .examples =
          {"rowhouse skip shop.orders --reason 'a row of 40 MB, deleted since'",
           "rowhouse verify shop.orders --repair"},
      .options =
          {{.name = "reason", .value = "TEXT", .doc = "for the audit of the running process"}},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Skip};
}

}  // namespace rowhouse::cli
