#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/pipeline_orders.h"
#include "cli/source_tables.h"
#include "http/message.h"

namespace rowhouse::cli {

namespace {

std::string Outcome(const std::string& when, const TableId& table) {
  return fmt::format(
      "{}; its changes until then are left out: rowhouse verify {} --repair mends its rows",
      when,
      table.ToString()
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
    const std::string at = saved->position.binlog.ToString();
    asked.push_back(
        {table.ToString(), Outcome("not running: the next start follows it from " + at, table)}
    );
  }
  ROWHOUSE_TRY(store->Save(*saved));
  return asked;
}

// What was done before an error stays done, and in `asked`.
Status Ask(
    const config::Config& config,
    const std::vector<TableId>& tables,
    const std::string& reason,
    std::vector<Asked>& asked
) {
  for (const TableId& table : tables) {
    const std::string name = table.ToString();
    const auto done = OrderOfProcess(
        config,
        fmt::format("/api/v1/tables/{}/skip", http::PercentEncode(name)),
        nlohmann::json{{"confirm", name}, {"reason", reason}}.dump()
    );
    if (!done && done.error().kind() == ErrorKind::kUnavailable && asked.empty()) {
      asked = ROWHOUSE_TRY(ChangeSaved(config, tables));
      return Ok();
    }
    const char* const when =
        ROWHOUSE_TRY(done) ? "followed again" : "asked: not saved yet, ask again after a crash";
    asked.push_back({name, Outcome(when, table)});
  }
  return Ok();
}

Result<ExitCode> Skip(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  if (context.args().words.empty()) {
    return Error(ErrorKind::kConfig, "no table named").WithHint("rowhouse skip shop.orders");
  }
  std::vector<TableId> tables;
  for (const TableSchema& table : ROWHOUSE_TRY(ReadSourceTables(config, context.args().words))) {
    tables.push_back(table.id);
  }
  std::vector<Asked> asked;
  Status done = Ask(config, tables, context.args().Text("reason"), asked);
  if (done || !asked.empty()) {
    PrintAsked(context, "skip/v1", asked);
  }
  ROWHOUSE_TRY(std::move(done));
  return ExitCode::kOk;
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
