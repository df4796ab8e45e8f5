#include <algorithm>
#include <iterator>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/pipeline_orders.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/setup.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;
using State = clickhouse::ObjectState::State;

std::string StateName(State state) {
  switch (state) {
    case State::kReady:
      return "ready";
    case State::kMissing:
      return "missing";
    case State::kOutdated:
      return "outdated";
    case State::kGrows:
      return "grows";
    case State::kConflicts:
      return "conflict";
  }
  return "?";
}

std::string ObjectName(const clickhouse::PipelineObject& object) {
  return object.name.empty() ? object.database : object.database + "." + object.name;
}

std::string MySqlType(const TableSchema& table, size_t column) {
  const Column& c = table.columns[column];
  return c.declared.empty() ? std::string(ColumnTypeName(c.type)) : c.declared;
}

// What there is now; nullopt, with the reason told, while ClickHouse is away.
struct Compared {
  std::optional<std::vector<clickhouse::PipelineState>> states;
  std::string trouble;
};

Compared Compare(const config::Config& config, const PlannedTables& planned) {
  const auto client = clickhouse::Client::Open(ClickHouseOptionsOf(config));
  if (!client) {
    return {std::nullopt, client.error().ToString()};
  }
  auto states = clickhouse::Setup(**client).Compare(planned.pipelines);
  if (!states) {
    return {std::nullopt, states.error().ToString()};
  }
  return {*std::move(states), ""};
}

std::string Commented(std::string text) {
  for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
    text.insert(at + 1, "-- ");
  }
  return "-- " + text;
}

// The whole text is SQL that can be run: everything else is a comment, the queue of a paused table
// too.
std::string TableText(
    const clickhouse::TablePipeline& pipeline,
    const TableSchema& table,
    const clickhouse::PipelineState* state
) {
  std::string out = fmt::format(
      "-- {}  topic {}  group {}\n", table.id.ToString(), pipeline.topic, pipeline.group
  );
  std::vector<std::vector<std::string>> rows = {{"--   COLUMN", "MYSQL", "CLICKHOUSE", ""}};
  for (const auto& column : pipeline.columns) {
    rows.push_back(
        {"--   " + column.name,
         MySqlType(table, column.source),
         column.type,
         column.lossy ? "LOSSY: " + column.lossy_reason : ""}
    );
  }
  out += AlignColumns(rows);
  for (size_t i = 0; i < pipeline.objects.size(); ++i) {
    const auto& object = pipeline.objects[i];
    if (state != nullptr) {
      const auto& is = state->objects[i];
      out += fmt::format(
          "\n-- {}: {}{}{}",
          ObjectName(object),
          StateName(is.state),
          is.detail.empty() ? "" : ", ",
          is.detail
      );
    }
    const bool halted = pipeline.halted && i + 1 == pipeline.objects.size();
    out += "\n" + (halted ? Commented(object.sql + ";") : object.sql + ";") + "\n";
  }
  return out + "\n";
}

Json TableJson(
    const clickhouse::TablePipeline& pipeline,
    const TableSchema& table,
    const clickhouse::PipelineState* state
) {
  Json json = {
      {"table", table.id.ToString()},
      {"topic", pipeline.topic},
      {"group", pipeline.group},
      {"columns", Json::array()},
      {"objects", Json::array()}};
  for (const auto& column : pipeline.columns) {
    json["columns"].push_back(
        {{"name", column.name},
         {"mysql", MySqlType(table, column.source)},
         {"clickhouse", column.type},
         {"lossy", column.lossy},
         {"note", column.lossy_reason}}
    );
  }
  for (size_t i = 0; i < pipeline.objects.size(); ++i) {
    const auto& object = pipeline.objects[i];
    json["objects"].push_back(
        {{"name", ObjectName(object)},
         {"state", state == nullptr ? "unknown" : StateName(state->objects[i].state)},
         {"detail", state == nullptr ? "" : state->objects[i].detail},
         {"sql", object.sql}}
    );
  }
  return json;
}

std::string RenderText(const PlannedTables& planned, const Compared& compared) {
  std::string out;
  for (size_t i = 0; i < planned.pipelines.size(); ++i) {
    out += TableText(
        planned.pipelines[i], planned.schemas[i], compared.states ? &(*compared.states)[i] : nullptr
    );
  }
  for (const RefusedTable& refused : planned.refused) {
    out += fmt::format(
        "-- {} can't be carried: {}\n", refused.table.ToString(), refused.error.ToString()
    );
  }
  if (!compared.trouble.empty()) {
    out += fmt::format("-- not known: {}\n", compared.trouble);
  }
  return out;
}

std::string RenderJson(const PlannedTables& planned, const Compared& compared) {
  Json json = {
      {"schema", "plan/v1"},
      {"tables", Json::array()},
      {"refused", Json::array()},
      {"clickhouse_error", compared.trouble}};
  for (size_t i = 0; i < planned.pipelines.size(); ++i) {
    json["tables"].push_back(TableJson(
        planned.pipelines[i], planned.schemas[i], compared.states ? &(*compared.states)[i] : nullptr
    ));
  }
  for (const RefusedTable& refused : planned.refused) {
    json["refused"].push_back(
        {{"table", refused.table.ToString()}, {"error", refused.error.ToString()}}
    );
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ExitCode> Plan(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  auto tables = ROWHOUSE_TRY(ReadSourceTables(config, context.args().words));
  PlannedTables planned = ROWHOUSE_TRY(PlanTables(config, std::move(tables)));
  const Status paused = HaltPaused(config, planned);
  Compared compared = Compare(config, planned);
  if (!paused) {
    compared.trouble += (compared.trouble.empty() ? "" : "; ") +
                        fmt::format("which tables are paused: {}", paused.error().ToString());
  }
  const bool json = context.format() == Format::kJson;
  Context::Print(
      MaskSecrets(json ? RenderJson(planned, compared) : RenderText(planned, compared), config)
  );
  if (!context.args().Has("exit-code")) {
    return ExitCode::kOk;
  }
  const bool same = compared.states && std::ranges::all_of(*compared.states, [](const auto& s) {
                      return s.complete();
                    });
  return same ? ExitCode::kOk : ExitCode::kDifference;
}

}  // namespace

Command PlanCommand() {
  return {
      .name = "plan",
      .group = "Operate",
      .summary = "what setup would make in ClickHouse: every column's type, every statement",
      .examples =
          {"rowhouse plan -c rowhouse.yaml",
           "rowhouse plan shop.orders -o json",
           "rowhouse plan --exit-code >/dev/null || rowhouse setup"},
      .options = {{.name = "exit-code", .value = "", .doc = "end with 3 where something differs"}},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Plan};
}

}  // namespace rowhouse::cli
