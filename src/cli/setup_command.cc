#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/pipeline_orders.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/setup.h"
#include "kafka/admin.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr seconds kTopicsLimit{30};

// The topics first: a queue on a topic that is not there logs errors until it is.
Result<std::vector<clickhouse::SetupAction>> MakeTopics(
    const config::Config& config, kafka::Admin& admin, const PlannedTables& planned
) {
  const Deadline deadline = Deadline::After(kTopicsLimit);
  const auto there = ROWHOUSE_TRY(admin.Topics(deadline));
  std::vector<TopicSpec> missing;
  std::vector<clickhouse::SetupAction> done;
  for (const auto& pipeline : planned.pipelines) {
    if (std::ranges::find(there, pipeline.topic, &kafka::TopicInfo::name) == there.end()) {
      missing.push_back(
          {pipeline.topic,
           static_cast<int32_t>(config.kafka.partitions),
           static_cast<int32_t>(config.kafka.replication),
           {}}
      );
      done.push_back(
          {"created",
           "topic " + pipeline.topic,
           fmt::format("{} partitions", config.kafka.partitions)}
      );
    }
  }
  ROWHOUSE_TRY(admin.EnsureTopics(missing, deadline));
  return done;
}

void PrintText(const std::vector<clickhouse::SetupAction>& done, const PlannedTables& planned) {
  std::vector<std::vector<std::string>> rows;
  rows.reserve(done.size());
  for (const auto& action : done) {
    rows.push_back({action.verb, action.object, action.detail});
  }
  std::string out = AlignColumns(rows);
  for (const RefusedTable& refused : planned.refused) {
    out += fmt::format("refused  {}: {}\n", refused.table.ToString(), refused.error.ToString());
  }
  out += done.empty() ? "nothing to do: all is there\n" : "";
  Context::Print(out);
}

void PrintJson(const std::vector<clickhouse::SetupAction>& done, const PlannedTables& planned) {
  Json json = {{"schema", "setup/v1"}, {"actions", Json::array()}, {"refused", Json::array()}};
  for (const auto& action : done) {
    json["actions"].push_back(
        {{"verb", action.verb}, {"object", action.object}, {"detail", action.detail}}
    );
  }
  for (const RefusedTable& refused : planned.refused) {
    json["refused"].push_back(
        {{"table", refused.table.ToString()}, {"error", refused.error.ToString()}}
    );
  }
  Context::Print(json.dump() + "\n");
}

Result<ExitCode> Setup(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  auto tables = ROWHOUSE_TRY(ReadSourceTables(config, context.args().words));
  PlannedTables planned = ROWHOUSE_TRY(PlanTables(config, std::move(tables)));
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(KafkaOptionsOf(config)));
  ROWHOUSE_TRY(HaltPaused(config, planned));
  auto done = ROWHOUSE_TRY(MakeTopics(config, *admin, planned));
  auto objects = ROWHOUSE_TRY(clickhouse::Setup(*client).Apply(planned.pipelines));
  done.insert(done.end(), objects.begin(), objects.end());
  if (context.format() == Format::kJson) {
    PrintJson(done, planned);
  } else {
    PrintText(done, planned);
  }
  const bool conflict =
      std::ranges::any_of(done, [](const auto& action) { return action.verb == "conflict"; });
  return conflict || !planned.refused.empty() ? ExitCode::kSomeTables : ExitCode::kOk;
}

}  // namespace

Command SetupCommand() {
  return {
      .name = "setup",
      .group = "Operate",
      .summary = "make or bring up to date what plan shows; safe to repeat",
      .examples = {"rowhouse setup -c rowhouse.yaml", "rowhouse setup shop.orders"},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Setup};
}

}  // namespace rowhouse::cli
