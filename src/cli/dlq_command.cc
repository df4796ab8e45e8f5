#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/dead_letters.h"
#include "cli/source_tables.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string TimeText(const std::optional<int64_t>& at_us) {
  return at_us ? FormatUtc(*at_us) : "";
}

void Show(Context& context, const std::vector<DeadLetterCount>& tables) {
  if (context.format() == Format::kJson) {
    Json json = {{"schema", "dlq/v1"}, {"tables", Json::array()}};
    for (const DeadLetterCount& t : tables) {
      json["tables"].push_back(
          {{"table", t.table.ToString()},
           {"messages", t.messages},
           {"since", TimeText(t.first_us)},
           {"last", TimeText(t.last_us)},
           {"error", t.last_error}}
      );
    }
    Context::Print(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"TABLE", "MESSAGES", "SINCE", "LAST", "ERROR"}};
  for (const DeadLetterCount& t : tables) {
    rows.push_back(
        {t.table.ToString(),
         std::to_string(t.messages),
         TimeText(t.first_us),
         TimeText(t.last_us),
         t.last_error}
    );
  }
  Context::Print(AlignColumns(rows));
}

Result<ExitCode> List(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const auto tables = ROWHOUSE_TRY(ReadSourceTables(config, context.args().words));
  const auto letters = ROWHOUSE_TRY(DeadLetters::Open(config));
  std::vector<DeadLetterCount> all;
  all.reserve(tables.size());
  for (const TableSchema& table : tables) {
    all.push_back(ROWHOUSE_TRY(letters->Count(table.id)));
  }
  Show(context, all);
  return ExitCode::kOk;
}

Result<ExitCode> Retry(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const auto tables = ROWHOUSE_TRY(ReadSourceTables(config, context.args().words));
  const auto letters = ROWHOUSE_TRY(DeadLetters::Open(config));
  Json json = {{"schema", "dlq-retry/v1"}, {"tables", Json::array()}};
  std::string text;
  for (const TableSchema& table : tables) {
    const size_t sent = ROWHOUSE_TRY(letters->Retry(table.id, {}));
    text += fmt::format("{}: {} messages sent again\n", table.id.ToString(), sent);
    json["tables"].push_back({{"table", table.id.ToString()}, {"sent", sent}});
  }
  Context::Print(context.format() == Format::kJson ? json.dump() + "\n" : text);
  return ExitCode::kOk;
}

}  // namespace

Command DlqListCommand() {
  return {
      .name = "dlq list",
      .group = "Operate",
      .summary = "messages that ClickHouse could not parse, by table",
      .examples = {"rowhouse dlq list -c rowhouse.yaml", "rowhouse dlq list shop.orders -o json"},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = List};
}

Command DlqRetryCommand() {
  return {
      .name = "dlq retry",
      .group = "Operate",
      .summary = "send such messages again, once what broke them is mended",
      .examples = {"rowhouse dlq retry shop.orders"},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Retry};
}

}  // namespace rowhouse::cli
