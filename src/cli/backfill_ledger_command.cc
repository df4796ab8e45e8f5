#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "backfill/ledger.h"
#include "base/clock.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/copy_run.h"
#include "cli/wiring.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;
using backfill::Ledger;
using backfill::RunEntry;

// The ledger, and the connection it is read by.
struct OpenLedger {
  std::unique_ptr<clickhouse::Client> client;
  Ledger ledger;
};

Result<OpenLedger> Open(const config::Config& config) {
  auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  Ledger ledger = ROWHOUSE_TRY(Ledger::Open(*client, config.sink.history_database));
  return OpenLedger{std::move(client), std::move(ledger)};
}

Json JsonOf(const RunEntry& entry) {
  return {
      {"id", entry.id},
      {"table", entry.table.ToString()},
      {"state", ShownState(entry)},
      {"mode", backfill::ModeName(entry.mode)},
      {"where", entry.asked.condition},
      {"read", entry.totals.read},
      {"present", entry.totals.present},
      {"inserted", entry.totals.inserted},
      {"changed", entry.totals.changed},
      {"failed", entry.failed},
      {"started", FormatUtc(entry.started_us)},
      {"updated", FormatUtc(entry.updated_us)},
      {"error", entry.error}};
}

Result<RunEntry> Find(Ledger& ledger, const std::string& id) {
  auto entries = ROWHOUSE_TRY(ledger.Read(id));
  if (entries.empty()) {
    return NoSuchRun(id);
  }
  return std::move(entries.front());
}

Result<ExitCode> List(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  OpenLedger open = ROWHOUSE_TRY(Open(config));
  const auto entries = ROWHOUSE_TRY(open.ledger.Read());
  if (context.format() == Format::kJson) {
    Json json = {{"schema", "backfills/v1"}, {"backfills", Json::array()}};
    for (const RunEntry& entry : entries) {
      json["backfills"].push_back(JsonOf(entry));
    }
    Context::Print(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows = {
      {"ID", "TABLE", "MODE", "STATE", "READ", "INSERTED", "CHANGED", "FAILED", "STARTED"}};
  for (const RunEntry& e : entries) {
    rows.push_back(
        {e.id,
         e.table.ToString(),
         std::string(backfill::ModeName(e.mode)),
         std::string(ShownState(e)),
         std::to_string(e.totals.read),
         std::to_string(e.totals.inserted),
         std::to_string(e.totals.changed),
         std::to_string(e.failed),
         FormatUtc(e.started_us)}
    );
  }
  Context::Print(AlignColumns(rows));
  return ExitCode::kOk;
}

Result<ExitCode> Show(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  OpenLedger open = ROWHOUSE_TRY(Open(config));
  const RunEntry entry = ROWHOUSE_TRY(Find(open.ledger, context.args().words.front()));
  Json json = JsonOf(entry);
  if (context.format() == Format::kJson) {
    Json whole = {{"schema", "backfill-run/v1"}};
    whole.update(json);
    Context::Print(whole.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows;
  for (const auto& [name, value] : json.items()) {
    rows.push_back({name, value.is_string() ? value.get<std::string>() : value.dump()});
  }
  Context::Print(AlignColumns(rows));
  return ExitCode::kOk;
}

Result<ExitCode> Cancel(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  OpenLedger open = ROWHOUSE_TRY(Open(config));
  const std::string& id = context.args().words.front();
  RunEntry entry = ROWHOUSE_TRY(Find(open.ledger, id));
  const std::string_view state = ROWHOUSE_TRY(CancelRun(open.ledger, std::move(entry)));
  Context::Print(fmt::format("{} {}\n", id, state));
  return ExitCode::kOk;
}

Result<ExitCode> Resume(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  RunEntry entry;
  {
    OpenLedger open = ROWHOUSE_TRY(Open(config));
    entry = ROWHOUSE_TRY(Find(open.ledger, context.args().words.front()));
  }
  const bool force = context.args().Has("force");
  CopyPlan plan = ROWHOUSE_TRY(PlanResume(config, std::move(entry), force));
  ROWHOUSE_TRY(ReadPaceOptions(context.args(), plan));
  return RunCopies(context, config, plan);
}

}  // namespace

Command BackfillListCommand() {
  return {
      .name = "backfill list",
      .group = "Operate",
      .summary = "loads and backfills, running and ended",
      .examples = {"rowhouse backfill list", "rowhouse backfill list -o json"},
      .run = List};
}

Command BackfillShowCommand() {
  return {
      .name = "backfill show",
      .group = "Operate",
      .summary = "one of them",
      .examples = {"rowhouse backfill show 19bf4c1d2a70c3"},
      .words = "ID",
      .words_count = Words::kOne,
      .run = Show};
}

Command BackfillCancelCommand() {
  return {
      .name = "backfill cancel",
      .group = "Operate",
      .summary = "end one for good; what it has written stays",
      .examples = {"rowhouse backfill cancel 19bf4c1d2a70c3"},
      .words = "ID",
      .words_count = Words::kOne,
      .run = Cancel};
}

Command BackfillResumeCommand() {
  std::vector<OptionSpec> options = PaceOptionSpecs();
  options.push_back(
      {.name = "force", .value = "", .doc = "its process is gone, though the ledger is fresh"}
  );
  return {
      .name = "backfill resume",
      .group = "Operate",
      .summary = "go on with one that failed, was stopped or killed",
      .examples = {"rowhouse backfill resume 19bf4c1d2a70c3"},
      .options = std::move(options),
      .words = "ID",
      .words_count = Words::kOne,
      .run = Resume};
}

}  // namespace rowhouse::cli
