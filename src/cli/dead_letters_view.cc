#include "cli/dead_letters_view.h"

#include <algorithm>
#include <optional>
#include <string>

#include <fmt/format.h>

#include "cli/dead_letters.h"
#include "cli/wiring.h"
#include "console/list.h"
#include "model/topic.h"

namespace rowhouse::cli {

namespace {

using console::Answer;
using console::Call;
using console::Field;
using console::Json;
using console::Role;

constexpr size_t kShownMost = 1'000;

using Tables = std::function<std::vector<TableId>()>;

Result<TableId> TableOf(const Tables& tables, const std::string& name) {
  for (const TableId& table : tables()) {
    if (table.ToString() == name) {
      return table;
    }
  }
  return Error(ErrorKind::kNotFound, fmt::format("{} is no captured table", name))
      .WithCode("E-CON-009")
      .WithHint("GET /api/v1/tables lists them; source.tables says which are captured");
}

Json JsonOf(const DeadLetterCount& count, const TopicNaming& topics) {
  Json kinds = Json::array();
  for (const DeadLetterCount::Kind& kind : count.kinds) {
    kinds.push_back({{"code", kind.code}, {"count", std::to_string(kind.count)}});
  }
  return {
      {"table", count.table.ToString()},
      {"topic", DataTopic(topics, count.table)},
      {"count", std::to_string(count.messages)},
      {"newest_at", console::TimeOf(count.last_us)},
      {"kinds", std::move(kinds)}};
}

Result<std::vector<Json>> Listed(const config::Config& config, const Tables& tables) {
  const auto letters = ROWHOUSE_TRY(DeadLetters::Open(config));
  std::vector<Json> items;
  for (const DeadLetterCount& count : ROWHOUSE_TRY(letters->CountAll(tables()))) {
    items.push_back(JsonOf(count, TopicNamingOf(config)));
  }
  return items;
}

Result<std::vector<Json>> OfTable(
    const config::Config& config, const Tables& tables, const std::string& name
) {
  const TableId table = ROWHOUSE_TRY(TableOf(tables, name));
  const auto letters = ROWHOUSE_TRY(DeadLetters::Open(config));
  std::vector<Json> items;
  for (const DeadLetter& letter : ROWHOUSE_TRY(letters->Read(table, kShownMost))) {
    items.push_back(JsonOf(letter));
  }
  return items;
}

// The body's ids; an empty list, which is a mistake and would mean all, is refused.
Result<std::vector<std::string>> IdsOf(const Call& call) {
  std::vector<std::string> ids;
  if (!call.body.is_object() || !call.body.contains("ids")) {
    return ids;
  }
  for (const Json& id : call.body["ids"]) {
    ids.push_back(id.is_string() ? id.get<std::string>() : id.dump());
  }
  if (ids.empty()) {
    return Error(ErrorKind::kBadRecord, "ids: the list is empty")
        .WithHint("leave it out to mean all");
  }
  return ids;
}

Result<Json> Retry(const config::Config& config, const Tables& tables, const Call& call) {
  const TableId table = ROWHOUSE_TRY(TableOf(tables, call.path["table"]));
  const auto ids = ROWHOUSE_TRY(IdsOf(call));
  const auto letters = ROWHOUSE_TRY(DeadLetters::Open(config));
  return Json{{"retried", ROWHOUSE_TRY(letters->Retry(table, ids))}};
}

Result<Json> Drop(const config::Config& config, const Tables& tables, const Call& call) {
  const TableId table = ROWHOUSE_TRY(TableOf(tables, call.path["table"]));
  const auto ids = ROWHOUSE_TRY(IdsOf(call));
  const auto letters = ROWHOUSE_TRY(DeadLetters::Open(config));
  return Json{{"dropped", ROWHOUSE_TRY(letters->Drop(table, ids))}};
}

}  // namespace

Json JsonOf(const DeadLetter& letter) {
  return {
      {"id", letter.id},
      {"at", console::TimeOf(letter.at_us)},
      {"topic", letter.topic},
      {"partition", letter.partition},
      {"offset", std::to_string(letter.offset)},
      {"error", letter.error},
      {"value_preview", letter.value}};
}

void AddDeadLetters(
    console::ConsoleRoutes& routes, const config::Config& config, const Tables& tables
) {
  const Field ids{
      .name = "ids", .type = Field::Type::kList, .doc = "of those meant; left out: all"};
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/dead-letters",
      {.summary = "Tables with messages that ClickHouse could not take",
       .query = console::ListFields()},
      [&config, tables](const Call& call) {
        auto items = Listed(config, tables);
        return items ? console::ListOf(*std::move(items), {"table", "topic"}, call)
                     : Answer::Of(items.error());
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/dead-letters/{table}",
      {.summary = "Such messages of one table, the newest 1,000", .query = console::ListFields()},
      [&config, tables](const Call& call) {
        auto items = OfTable(config, tables, call.path["table"]);
        return items ? console::ListOf(*std::move(items), {"error", "value_preview"}, call)
                     : Answer::Of(items.error());
      }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/dead-letters/{table}/retry",
      {.summary = "Send such messages again; what fails again is filed again", .body = {ids}},
      [&config, tables](const Call& call) { return console::AnswerOf(Retry(config, tables, call)); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/dead-letters/{table}/drop",
      {.summary = "Forget such messages",
       .body = {ids, {.name = "confirm", .doc = "the table's name"}}},
      [&config, tables](const Call& call) {
        auto refusal = console::Unconfirmed(
            call, call.path["table"], "these messages will never reach ClickHouse"
        );
        return refusal ? *std::move(refusal) : console::AnswerOf(Drop(config, tables, call));
      }
  );
}

}  // namespace rowhouse::cli
