#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/console_client.h"
#include "cli/context.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "http/message.h"
#include "kafka/checkpoint_store.h"
#include "kafka/transaction.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr seconds kAskLimit{10};

// What became of one table's request.
struct Asked {
  std::string table;
  std::string outcome;
};

// Asks the running process for what `path` says; gives its answer. kUnavailable: none answers.
Result<std::string> AskProcess(
    const config::Config& config, const std::string& path, const Json& order
) {
  const http::Response response =
      ROWHOUSE_TRY(AskConsole(config, "POST", path, order.dump(), Deadline::After(kAskLimit)));
  if (response.ok()) {
    constexpr int kAccepted = 202;
    return std::string(
        response.status == kAccepted
            ? "asked: the process loads it again (not saved yet: ask again after a crash)"
            : "asked: the running process loads it again"
    );
  }
  const auto said = Json::parse(response.body, nullptr, false);
  const std::string why = said.is_object() && said.contains("error")
                              ? said["error"].value("message", response.body)
                              : response.body;
  return Error(
      ErrorKind::kConfig,
      fmt::format("the process at {} answers {}: {}", config.console.listen, response.status, why)
  );
}

// The saved state of a pipeline that does not answer. Should it run elsewhere, it is shut out by
// this, and begins again with what is saved here.
Result<std::unique_ptr<kafka::KafkaCheckpointStore>> OpenStore(const config::Config& config) {
  kafka::KafkaOptions options = KafkaOptionsOf(config);
  options.transactional_id = kafka::TransactionalId(config.pipeline);
  options.request_timeout = kAskLimit;
  return kafka::KafkaCheckpointStore::Open(options, CheckpointPlaceOf(config));
}

// Changes the saved ledger, for the next start of a pipeline that does not run.
Result<std::vector<Asked>> ChangeLedger(
    const config::Config& config, const std::vector<TableSchema>& tables
) {
  const auto store = ROWHOUSE_TRY(OpenStore(config));
  auto saved = ROWHOUSE_TRY(store->Load());
  std::vector<Asked> asked;
  for (const TableSchema& table : tables) {
    if (!saved) {
      asked.push_back({table.id.ToString(), "nothing saved yet: the first start loads it"});
      continue;
    }
    TableProgress& entry = saved->ledger[table.id];
    const uint32_t reloads = entry.reloads + 1;
    entry = {};
    entry.reload = true;
    entry.reloads = reloads;
    asked.push_back({table.id.ToString(), "not running: loaded again at the next start"});
  }
  if (saved) {
    ROWHOUSE_TRY(store->Save(*saved));
  }
  return asked;
}

// For all tables, from wherever the source is now.
Result<std::vector<Asked>> StartOver(
    const config::Config& config, const std::vector<TableSchema>& tables
) {
  auto answered = AskProcess(config, "/api/v1/start-over", {{"confirm", config.pipeline}});
  if (!answered && answered.error().kind() != ErrorKind::kUnavailable) {
    return std::move(answered).error();
  }
  std::string outcome =
      answered ? *answered : "not running: the next start begins anew and loads it";
  if (!answered) {
    const auto store = ROWHOUSE_TRY(OpenStore(config));
    auto saved = ROWHOUSE_TRY(store->Load());
    if (saved) {
      saved->StartOver();
      ROWHOUSE_TRY(store->Save(*saved));
    } else {
      outcome = "nothing saved yet: the first start loads it";
    }
  }
  std::vector<Asked> asked;
  asked.reserve(tables.size());
  for (const TableSchema& table : tables) {
    asked.push_back({table.id.ToString(), outcome});
  }
  return asked;
}

Result<std::vector<Asked>> Ask(
    const config::Config& config, const std::vector<TableSchema>& tables
) {
  std::vector<Asked> asked;
  for (const TableSchema& table : tables) {
    const std::string name = table.id.ToString();
    auto answered = AskProcess(
        config, fmt::format("/api/v1/tables/{}/resync", http::PercentEncode(name)), Json::object()
    );
    if (!answered && answered.error().kind() == ErrorKind::kUnavailable && asked.empty()) {
      return ChangeLedger(config, tables);
    }
    asked.push_back({table.id.ToString(), ROWHOUSE_TRY(std::move(answered))});
  }
  return asked;
}

Result<ExitCode> Resync(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const Arguments& args = context.args();
  const bool all = args.Has("all");
  const bool over = args.Has("start-over");
  if (all != args.words.empty()) {
    return Error(ErrorKind::kConfig, all ? "tables named beside --all" : "no table named")
        .WithHint("rowhouse resync shop.orders, a glob: rowhouse resync 'shop.*', or --all");
  }
  if (over && !all) {
    return Error(ErrorKind::kConfig, "--start-over concerns all tables")
        .WithHint("rowhouse resync --all --start-over");
  }
  const auto tables = ROWHOUSE_TRY(ReadSourceTables(config, args.words));
  const std::vector<Asked> asked =
      ROWHOUSE_TRY(over ? StartOver(config, tables) : Ask(config, tables));
  if (context.format() == Format::kJson) {
    Json json = {{"schema", "resync/v1"}, {"tables", Json::array()}};
    for (const Asked& table : asked) {
      json["tables"].push_back({{"table", table.table}, {"outcome", table.outcome}});
    }
    Context::Print(json.dump() + "\n");
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows;
  rows.reserve(asked.size());
  for (const Asked& table : asked) {
    rows.push_back({table.table, table.outcome});
  }
  Context::Print(AlignColumns(rows));
  return ExitCode::kOk;
}

}  // namespace

Command ResyncCommand() {
  return {
      .name = "resync",
      .group = "Operate",
      .summary = "load tables again, parked ones too; now or at the next start",
      .examples =
          {"rowhouse resync shop.orders -c rowhouse.yaml",
           "rowhouse resync 'shop.*' -o json",
           "rowhouse resync --all --start-over"},
      .options =
          {{.name = "all", .value = "", .doc = "every captured table"},
           {.name = "start-over",
            .value = "",
            .doc = "begin a new epoch where the source is now: for logs that are gone (RESET, "
                   "purged, another server)"}},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Resync};
}

}  // namespace rowhouse::cli
