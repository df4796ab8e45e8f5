#include "cli/backfills_view.h"

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "backfill/ledger.h"
#include "cli/wiring.h"
#include "console/list.h"

namespace rowhouse::cli {

namespace {

using backfill::Ledger;
using backfill::RunEntry;
using console::Answer;
using console::Call;
using console::Json;
using console::Role;

Json JsonOf(const RunEntry& entry) {
  const bool runs = entry.state == RunEntry::State::kRunning;
  const bool dead = entry.LooksDead(Clock::Real().WallMicros());
  return {
      {"id", entry.id},
      {"table", entry.table.ToString()},
      {"mode", backfill::ModeName(entry.mode)},
      {"from", nullptr},
      {"to", nullptr},
      {"where", entry.where},
      {"state", dead ? std::string_view("broken off") : backfill::StateName(entry.state)},
      {"read", std::to_string(entry.totals.read)},
      {"present", std::to_string(entry.totals.present)},
      {"inserted", std::to_string(entry.totals.inserted)},
      {"changed", std::to_string(entry.totals.changed)},
      {"failed", std::to_string(entry.failed)},
      {"percent", nullptr},
      {"eta_s", nullptr},
      {"started_at", console::TimeOf(entry.started_us)},
      {"ended_at", runs ? Json() : console::TimeOf(entry.updated_us)},
      {"error", entry.error}};
}

Result<std::vector<Json>> Read(const config::Config& config, const std::string& id) {
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  Ledger ledger = ROWHOUSE_TRY(Ledger::Open(*client, config.sink.history_database));
  std::vector<Json> items;
  for (const RunEntry& entry : ROWHOUSE_TRY(ledger.Read(id))) {
    items.push_back(JsonOf(entry));
  }
  if (items.empty() && !id.empty()) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no backfill {}", id))
        .WithCode("E-FILL-004")
        .WithHint("rowhouse backfill list shows all");
  }
  return items;
}

Result<Json> Cancel(const config::Config& config, const std::string& id) {
  const auto known = ROWHOUSE_TRY(Read(config, id));
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  Ledger ledger = ROWHOUSE_TRY(Ledger::Open(*client, config.sink.history_database));
  ROWHOUSE_TRY(ledger.Cancel(id));
  return Json{{"id", id}, {"state", "cancel asked"}};
}

}  // namespace

void AddBackfills(console::ConsoleRoutes& routes, const config::Config& config) {
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/backfills",
      {.summary = "Copies of rows past Kafka, the newest first", .query = console::ListFields()},
      [&config](const Call& call) {
        auto items = Read(config, "");
        return items ? console::ListOf(*std::move(items), {"table", "id", "state"}, call)
                     : Answer::Of(items.error());
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/backfills/{id}",
      {.summary = "One of them"},
      [&config](const Call& call) {
        const auto items = Read(config, call.path["id"]);
        return items ? Answer::Of(items->front()) : Answer::Of(items.error());
      }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/backfills/{id}/cancel",
      {.summary = "Ask one to end; it does so at its next save"},
      [&config](const Call& call) { return console::AnswerOf(Cancel(config, call.path["id"])); }
  );
}

}  // namespace rowhouse::cli
