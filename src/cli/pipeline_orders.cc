#include "cli/pipeline_orders.h"

#include <utility>

#include <fmt/format.h>

#include "cli/console_client.h"
#include "cli/saved_checkpoint.h"
#include "cli/wiring.h"
#include "http/message.h"
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
    const config::Config& config, const std::string& path, const Json& order
) {
  const http::Response response =
      ROWHOUSE_TRY(AskConsole(config, "POST", path, order.dump(), Deadline::After(kAskLimit)));
  if (!response.ok()) {
    // Never kUnavailable: the saved state must not be changed under a process that lives.
    return RefusalOf(config, response, ErrorKind::kConfig);
  }
  return response.status != kAccepted;
}

Result<ExitCode> OrderTables(
    const Context& context,
    const config::Config& config,
    const std::vector<TableId>& tables,
    const TableOrder& order
) {
  std::vector<Asked> asked;
  const auto give = [&]() -> Status {
    for (const TableId& table : tables) {
      const std::string name = table.ToString();
      const auto path = fmt::format("/api/v1/tables/{}/{}", http::PercentEncode(name), order.verb);
      const auto done = OrderOfProcess(config, path, order.body(name));
      if (!done && done.error().kind() == ErrorKind::kUnavailable && asked.empty()) {
        asked = ROWHOUSE_TRY(order.without_process());
        return Ok();
      }
      asked.push_back({name, order.outcome(name, ROWHOUSE_TRY(done))});
    }
    return Ok();
  };
  Status given = give();
  if (given || !asked.empty()) {
    PrintAsked(context, order.verb + "/v1", asked);
  }
  ROWHOUSE_TRY(std::move(given));
  return ExitCode::kOk;
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
