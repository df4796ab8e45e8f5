#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/pipeline_orders.h"
#include "cli/process_answers.h"
#include "cli/saved_checkpoint.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/setup.h"

namespace rowhouse::cli {

namespace {

enum class Order { kPause, kResume };

// Those that are held back, as the running process says or, where none answers, as is saved.
Result<std::vector<TableId>> PausedTables(const config::Config& config) {
  std::vector<TableId> paused;
  const auto shown = AskForItems(config, "/api/v1/tables");
  if (shown) {
    for (const Json& table : *shown) {
      if (!table.at("paused").is_null()) {
        paused.push_back(IdOf(table));
      }
    }
    return paused;
  }
  if (shown.error().kind() != ErrorKind::kUnavailable) {
    return shown.error();
  }
  const auto saved = ROWHOUSE_TRY(LookAtCheckpoint(config));
  if (saved) {
    for (const auto& [table, pause] : saved->paused) {
      paused.push_back(table);
    }
  }
  return paused;
}

// What the words name. A table that is paused need not be in the source any more.
Result<std::vector<TableId>> NamedTables(
    const config::Config& config, const std::vector<std::string>& words, Order order
) {
  std::vector<TableId> tables;
  if (order == Order::kResume) {
    tables = ROWHOUSE_TRY(PausedTables(config));
    std::erase_if(tables, [&words](const TableId& table) { return !Named(table, words); });
  }
  if (tables.empty()) {
    tables = ROWHOUSE_TRY(SourceTableIds(config, words));
  }
  return tables;
}

// Takes away the queues that read on while no process runs.
Status HaltQueues(const config::Config& config, const std::vector<TableId>& tables) {
  const clickhouse::PipelineOptions options = PipelineOptionsOf(config);
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  clickhouse::Setup setup(*client);
  for (const TableId& table : tables) {
    ROWHOUSE_TRY(setup.DropQueue(options, table));
  }
  return Ok();
}

// Changes what is saved, for the next start of a pipeline that does not run.
Result<std::vector<Asked>> ChangeSaved(
    const config::Config& config,
    const std::vector<TableId>& tables,
    Order order,
    const std::string& reason
) {
  const auto store = ROWHOUSE_TRY(OpenSavedState(config));
  auto saved = ROWHOUSE_TRY(store->Load());
  if (!saved) {
    return Error(ErrorKind::kConfig, "this pipeline has never run: there is nothing to hold back")
        .WithHint("rowhouse run -c rowhouse.yaml starts it");
  }
  std::vector<Asked> asked;
  for (const TableId& table : tables) {
    if (order == Order::kPause) {
      saved->paused.try_emplace(
          table, Pause{"the command line", reason, Clock::Real().WallMicros()}
      );
    } else {
      saved->paused.erase(table);
    }
    asked.push_back(
        {table.ToString(),
         order == Order::kPause ? "paused; the pipeline does not run"
                                : "not running: ClickHouse reads on at the next start"}
    );
  }
  ROWHOUSE_TRY(store->Save(*saved));
  if (order == Order::kPause) {
    Status halted = HaltQueues(config, tables);
    if (!halted) {
      return std::move(halted).error().Context(
          "the pause is saved for the next start; until then ClickHouse may read on"
      );
    }
  }
  return asked;
}

Result<ExitCode> Run(Context& context, Order order) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const std::string verb = order == Order::kPause ? "pause" : "resume";
  if (context.args().words.empty()) {
    return Error(ErrorKind::kConfig, "no table named")
        .WithHint(fmt::format("rowhouse {0} shop.orders, or a glob: rowhouse {0} 'shop.*'", verb));
  }
  const auto tables = ROWHOUSE_TRY(NamedTables(config, context.args().words, order));
  const bool pause = order == Order::kPause;
  const std::string reason = pause ? context.args().Text("reason") : "";
  const TableOrder given{
      .verb = verb,
      .body = [&](const std::string& /*table*/) -> Json {
        return Json::object({{"reason", reason}});
      },
      .outcome = [pause](const std::string& /*table*/, bool saved) -> std::string {
        const char* const now = pause ? "paused: its changes wait in Kafka" : "resumed";
        return saved ? now : "asked: not done yet, ask again after a crash";
      },
      .without_process = [&] { return ChangeSaved(config, tables, order, reason); }};
  return OrderTables(context, config, tables, given);
}

}  // namespace

Command PauseCommand() {
  return {
      .name = "pause",
      .group = "Operate",
      .summary = "hold tables back from ClickHouse; their changes wait in Kafka until resume",
      .examples =
          {"rowhouse pause shop.orders --reason 'table is moved'", "rowhouse pause 'shop.*'"},
      .options = {{.name = "reason", .value = "TEXT", .doc = "others see it beside the table"}},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = [](Context& context) { return Run(context, Order::kPause); }};
}

Command ResumeCommand() {
  return {
      .name = "resume",
      .group = "Learn",
      .summary = "let ClickHouse read paused tables on from where it was",
      .examples = {"rowhouse resume shop.orders", "rowhouse resume 'shop.*' -o json"},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = [](Context& context) { return Run(context, Order::kResume); }};
}

}  // namespace rowhouse::cli
