#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/saved_checkpoint.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "config/units.h"
#include "inspect/watch.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;
using inspect::PartSight;
using inspect::Sight;
using inspect::StageSeconds;
using inspect::TableSight;

constexpr seconds kLookback{300};

// The pipeline's saved position; empty where none is known.
SourcePosition SavedPosition(const config::Config& config) {
  const auto saved = LookAtCheckpoint(config);  // the sight says so if Kafka is away
  return saved && *saved ? (*saved)->position : SourcePosition{};
}

// Medians of the last minutes, of the table that is slowest.
std::optional<StageSeconds> SlowestOf(const Sight& sight) {
  std::optional<StageSeconds> slowest;
  for (const auto& [id, table] : sight.tables) {
    if (table.stages && (!slowest || table.stages->total > slowest->total)) {
      slowest = table.stages;
    }
  }
  return slowest;
}

double WaitingSeconds(const Sight& sight) {
  double most = 0;
  for (const auto& [id, table] : sight.tables) {
    most = std::max(most, table.lag_seconds);
  }
  return most;
}

// "read 0.01 s | produce 0.02 s | insert 0.19 s  <- slowest"
std::string StagesText(const StageSeconds& stages) {
  const std::pair<const char*, double> all[] = {
      {"read", stages.read}, {"produce", stages.produce}, {"insert", stages.insert}};
  const double most = std::max({stages.read, stages.produce, stages.insert});
  std::string out;
  for (const auto& [name, took] : all) {
    out += fmt::format(
        "{}{} {:.3f} s{}", out.empty() ? "" : " | ", name, took, took == most ? " <- slowest" : ""
    );
  }
  return out;
}

std::string Cell(const std::optional<int64_t>& n) {
  return n ? std::to_string(*n) : "-";
}

std::string Render(const Sight& sight, bool stages) {
  std::string out;
  const auto slowest = SlowestOf(sight);
  if (stages) {
    out += slowest ? StagesText(*slowest) + "  (medians of the last 5 minutes)\n"
                   : "no change became visible in the last 5 minutes\n";
  }
  out += fmt::format(
      "source {}  behind {}\n",
      sight.log.end.empty() ? "unknown" : sight.log.end.ToString(),
      sight.log.behind_bytes ? fmt::format("{} bytes", *sight.log.behind_bytes) : "unknown"
  );
  std::vector<std::vector<std::string>> rows = {{"TABLE", "LAG", "WAITS"}};
  if (stages) {
    rows[0].insert(rows[0].end(), {"READ", "PRODUCE", "INSERT", "TOTAL"});
  }
  for (const auto& [id, table] : sight.tables) {
    rows.push_back(
        {id.ToString(), Cell(table.lag_records), fmt::format("{:.1f} s", table.lag_seconds)}
    );
    const auto& s = table.stages;
    for (const double StageSeconds::*stage :
         {&StageSeconds::read,
          &StageSeconds::produce,
          &StageSeconds::insert,
          &StageSeconds::total}) {
      if (stages) {
        rows.back().push_back(s ? fmt::format("{:.3f} s", (*s).*stage) : "-");
      }
    }
  }
  out += AlignColumns(rows);
  const std::pair<const char*, const PartSight&> parts[] = {
      {"source", sight.source},
      {"kafka", sight.kafka},
      {"registry", sight.registry},
      {"clickhouse", sight.clickhouse}};
  for (const auto& [name, part] : parts) {
    if (part.trouble) {
      out += fmt::format("trouble: {}: {}\n", name, part.trouble->ToString());
    }
  }
  return out;
}

Json StagesJson(const std::optional<StageSeconds>& stages) {
  if (!stages) {
    return nullptr;
  }
  return {
      {"read_seconds", stages->read},
      {"produce_seconds", stages->produce},
      {"insert_seconds", stages->insert},
      {"total_seconds", stages->total}};
}

std::string RenderJson(const Sight& sight) {
  Json json = {
      {"schema", "lag/v1"},
      {"source_position", sight.log.end.ToString()},
      {"behind_bytes", sight.log.behind_bytes ? Json(*sight.log.behind_bytes) : Json(nullptr)},
      {"waiting_seconds", WaitingSeconds(sight)},
      {"stages", StagesJson(SlowestOf(sight))},
      {"tables", Json::array()},
      {"troubles", Json::array()}};
  for (const auto& [id, table] : sight.tables) {
    json["tables"].push_back(
        {{"table", id.ToString()},
         {"topic", table.topic},
         {"group", table.group},
         {"lag_records", table.lag_records ? Json(*table.lag_records) : Json(nullptr)},
         {"waiting_seconds", table.lag_seconds},
         {"stages", StagesJson(table.stages)}}
    );
  }
  for (const PartSight* part : {&sight.source, &sight.kafka, &sight.registry, &sight.clickhouse}) {
    if (part->trouble) {
      json["troubles"].push_back(part->trouble->ToString());
    }
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ExitCode> Lag(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  std::optional<milliseconds> most;
  if (context.args().Has("max-lag")) {
    const config::UnitNumber parsed = config::ReadDuration(context.args().Text("max-lag"));
    if (parsed.outcome != config::UnitOutcome::kOk) {
      return Error(
                 ErrorKind::kBadRecord,
                 "--max-lag takes a duration, not '" + context.args().Text("max-lag") + "'"
      )
          .WithCode("E-CLI-003")
          .WithHint("give a number with a unit, such as 30s");
    }
    most = milliseconds(parsed.value);
  }
  const auto tables = ROWHOUSE_TRY(ReadSourceTables(config, context.args().words));
  std::vector<TableId> ids;
  for (const TableSchema& table : tables) {
    ids.push_back(table.id);
  }
  inspect::WatchOptions options = WatchOptionsOf(config);
  options.lookback = kLookback;
  const Sight sight = inspect::Watch::LookOnce(options, ids, SavedPosition(config));
  const bool json = context.format() == Format::kJson;
  Context::Print(json ? RenderJson(sight) : Render(sight, context.args().Has("stages")));
  const bool down = sight.kafka.trouble || sight.clickhouse.trouble || sight.source.trouble;
  const bool late = most && WaitingSeconds(sight) > static_cast<double>(most->count()) / 1000;
  return down || late ? ExitCode::kUnhealthy : ExitCode::kOk;
}

}  // namespace

Command LagCommand() {
  return {
      .name = "lag",
      .group = "Inspect",
      .summary = "how far ClickHouse is behind, and which stage takes the time",
      .examples =
          {"rowhouse lag --stages -c rowhouse.yaml",
           "rowhouse lag shop.orders --max-lag 30s -c rowhouse.yaml   # exit code 7 when above"},
      .options =
          {{.name = "stages",
            .value = "",
            .doc = "time in each stage, by table; MariaDB tells commits by whole seconds, which "
                   "READ shows"},
           {.name = "max-lag", .value = "TIME", .doc = "exit with 7 when something waits longer"}},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Lag};
}

}  // namespace rowhouse::cli
