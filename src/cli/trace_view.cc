#include "cli/trace_view.h"

#include <utility>

#include <fmt/format.h>

#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "model/table_name.h"
#include "trace/json.h"

namespace rowhouse::cli {

namespace {

using console::Answer;
using console::Call;
using console::Json;

constexpr seconds kLimit{15};

// One value, or several: by commas, or as a JSON array where a value holds one.
Result<std::vector<std::string>> KeyOf(const std::string& text, size_t columns) {
  std::vector<std::string> values;
  if (text.starts_with('[')) {
    const Json list = Json::parse(text, nullptr, false);
    for (const Json& value : list.is_array() ? list : Json::array()) {
      values.push_back(value.is_string() ? value.get<std::string>() : value.dump());
    }
    if (!values.empty()) {
      return values;
    }
  }
  if (columns == 1) {
    return std::vector<std::string>{text};
  }
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    values.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  return values;
}

Result<trace::Request> RequestOf(const trace::World& world, const Call& call) {
  trace::Request request;
  request.gtid = call.Query("gtid");
  if (const std::string at = call.Query("at"); !at.empty()) {
    request.at = ROWHOUSE_TRY(trace::Place::Parse(at));
  }
  const std::string table = call.Query("table");
  const std::string pk = call.Query("pk");
  if (request.at || !request.gtid.empty() || table.empty() || pk.empty()) {
    return request;
  }
  const auto named = ParseTableName(table);
  if (!named) {
    return Error(ErrorKind::kBadRecord, fmt::format("'{}' is no table", table))
        .WithCode("E-TRACE-001")
        .WithHint("name it as database.table");
  }
  request.table = *named;
  const size_t columns = ROWHOUSE_TRY(trace::KeyColumns(world, request.table));
  request.key = ROWHOUSE_TRY(KeyOf(pk, columns));
  return request;
}

}  // namespace

trace::World TraceWorldOf(const config::Config& config) {
  trace::World world;
  world.source = SourceOptionsOf(config);
  world.target = ClickHouseOptionsOf(config);
  world.names = PipelineOptionsOf(config);
  world.kafka = KafkaOptionsOf(config);
  world.registry = RegistryOptionsOf(config);
  world.tables = [config]() -> Result<std::vector<TableId>> {
    std::vector<TableId> ids;
    for (const TableSchema& table : ROWHOUSE_TRY(ReadSourceTables(config, {}))) {
      ids.push_back(table.id);
    }
    return ids;
  };
  world.plan = [config](const TableId& id) -> Result<trace::PlannedTable> {
    auto tables = ROWHOUSE_TRY(ReadSourceTables(config, {id.ToString()}));
    std::erase_if(tables, [&id](const TableSchema& table) { return table.id != id; });
    PlannedTables planned = ROWHOUSE_TRY(PlanTables(config, std::move(tables)));
    if (planned.pipelines.empty()) {
      return planned.refused.empty()
                 ? Error(ErrorKind::kNotFound, fmt::format("there is no table {}", id.ToString()))
                 : planned.refused.front().error;
    }
    return trace::PlannedTable{
        std::move(planned.schemas.front()), std::move(planned.pipelines.front())};
  };
  return world;
}

void AddTrace(console::ConsoleRoutes& routes, const config::Config& config) {
  routes.Add(
      console::Role::kViewer,
      "GET",
      "/api/v1/trace",
      {.summary = "One row's way from the database's log to ClickHouse, with the time of each hop",
       .query =
           {{.name = "table", .doc = "database.table, with pk"},
            {.name = "pk", .doc = "of several columns: 42,de or [\"4,2\",\"de\"]"},
            {.name = "gtid", .doc = "all changes of a transaction"},
            {.name = "at", .doc = "topic/partition/offset"}}},
      [world = TraceWorldOf(config)](const Call& call) -> Answer {
        const auto request = RequestOf(world, call);
        if (!request) {
          return Answer::Of(request.error());
        }
        const auto trace = trace::Follow(world, *request, Deadline::After(kLimit));
        return trace ? Answer::Of(trace::ToJson(*trace)) : Answer::Of(trace.error());
      }
  );
}

}  // namespace rowhouse::cli
