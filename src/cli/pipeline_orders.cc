#include "cli/pipeline_orders.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/console_client.h"
#include "cli/process_answers.h"
#include "cli/saved_checkpoint.h"
#include "cli/wiring.h"
#include "kafka/transaction.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kAskLimit{10};
constexpr int kAccepted = 202;

}  // namespace

void PrintAsked(
    const Context& context, const std::string& schema, const std::vector<Asked>& asked
) {
  if (context.format() == Format::kJson) {
    Json tables = Json::array();
    for (const Asked& table : asked) {
      tables.push_back({{"table", table.table}, {"outcome", table.outcome}});
    }
    Context::Print(WithSchema(schema.c_str(), {{"tables", std::move(tables)}}));
    return;
  }
  std::vector<std::vector<std::string>> rows;
  rows.reserve(asked.size());
  for (const Asked& table : asked) {
    rows.push_back({table.table, table.outcome});
  }
  Context::Print(AlignColumns(rows));
}

Result<bool> OrderOfProcess(
    const config::Config& config, const std::string& path, const std::string& body
) {
  const http::Response response =
      ROWHOUSE_TRY(AskConsole(config, "POST", path, body, Deadline::After(kAskLimit)));
  if (response.ok()) {
    return response.status != kAccepted;
  }
  const auto said = nlohmann::ordered_json::parse(response.body, nullptr, false);
  const std::string why = said.is_object() && said.contains("error")
                              ? said["error"].value("message", response.body)
                              : response.body;
  return Error(
      ErrorKind::kConfig,
      fmt::format("the process at {} answers {}: {}", config.console.listen, response.status, why)
  );
}

Result<std::unique_ptr<kafka::KafkaCheckpointStore>> OpenSavedState(const config::Config& config) {
  kafka::KafkaOptions options = KafkaOptionsOf(config);
  options.transactional_id = kafka::TransactionalId(config.pipeline);
  options.request_timeout = kAskLimit;
  return kafka::KafkaCheckpointStore::Open(options, CheckpointPlaceOf(config));
}

Status HaltPaused(const config::Config& config, PlannedTables& planned) {
  const auto saved = ROWHOUSE_TRY(LookAtCheckpoint(config));
  for (size_t i = 0; saved && i < planned.pipelines.size(); ++i) {
    planned.pipelines[i].halted = saved->paused.contains(planned.schemas[i].id);
  }
  return Ok();
}

}  // namespace rowhouse::cli
