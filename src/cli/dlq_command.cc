#include <algorithm>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/dead_letters.h"
#include "cli/dead_letters_view.h"
#include "cli/process_answers.h"
#include "cli/source_tables.h"
#include "http/message.h"

namespace rowhouse::cli {

namespace {

constexpr int64_t kShownUsual = 20;
constexpr int64_t kShownMost = 1'000;
constexpr size_t kCellBytes = 160;

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

// A long or many-lined text in a line of a table.
std::string InALine(std::string text) {
  std::ranges::replace_if(
      text, [](char c) { return c == '\n' || c == '\t' || c == '\r'; }, ' '
  );
  if (text.size() <= kCellBytes) {
    return text;
  }
  size_t end = kCellBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;  // not within a character
  }
  return text.substr(0, end) + "...";
}

std::string LettersText(const TableId& table, const std::vector<DeadLetter>& letters) {
  std::string text = fmt::format("{}: the newest {}\n", table.ToString(), letters.size());
  for (const DeadLetter& letter : letters) {
    text += fmt::format(
        "{}  {}  {}[{}]@{}\n  error  {}\n  value  {}\n",
        letter.id,
        FormatUtc(letter.at_us),
        letter.topic,
        letter.partition,
        letter.offset,
        InALine(letter.error),
        InALine(letter.value)
    );
  }
  return text;
}

Result<ExitCode> Look(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const int64_t count = ROWHOUSE_TRY(context.args().Number("count", kShownUsual, 1, kShownMost));
  const auto tables = ROWHOUSE_TRY(ReadSourceTables(config, context.args().words));
  const auto letters = ROWHOUSE_TRY(DeadLetters::Open(config));
  Json json = {{"tables", Json::array()}};
  std::string text;
  for (const TableSchema& table : tables) {
    const auto shown = ROWHOUSE_TRY(letters->Read(table.id, static_cast<size_t>(count)));
    text += LettersText(table.id, shown);
    json["tables"].push_back({{"table", table.id.ToString()}, {"messages", Json::array()}});
    for (const DeadLetter& letter : shown) {
      json["tables"].back()["messages"].push_back(JsonOf(letter));
    }
  }
  Context::Print(context.format() == Format::kJson ? WithSchema("dlq-show/v1", json) : text);
  return ExitCode::kOk;
}

// Through the running process, whose audit then has it; where none runs, by ourselves.
Result<uint64_t> DropNow(
    const config::Config& config,
    DeadLetters& letters,
    const TableId& table,
    const std::vector<std::string>& ids
) {
  const std::string name = table.ToString();
  Json order = {{"confirm", name}};
  if (!ids.empty()) {
    order["ids"] = ids;
  }
  const auto answer = AskForJson(
      config, "POST", fmt::format("/api/v1/dead-letters/{}/drop", http::PercentEncode(name)), order
  );
  if (!answer && answer.error().kind() != ErrorKind::kUnavailable) {
    return answer.error();
  }
  if (answer) {
    return answer->at("dropped").get<uint64_t>();
  }
  LogInfo(
      "no process answers, so no audit has this", {{"table", name}, {"dropped by", "dlq drop"}}
  );
  return letters.Drop(table, ids);
}

Result<ExitCode> Drop(Context& context) {
  const Arguments& args = context.args();
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const auto tables = ROWHOUSE_TRY(ReadSourceTables(config, args.words));
  const std::vector<std::string> ids = args.All("id");
  const bool sure = args.Has("yes");
  const auto letters = ROWHOUSE_TRY(DeadLetters::Open(config));
  Json json = {{"dropped", sure}, {"tables", Json::array()}};
  std::string text;
  for (const TableSchema& table : tables) {
    const uint64_t count = sure ? ROWHOUSE_TRY(DropNow(config, *letters, table.id, ids))
                                : ROWHOUSE_TRY(letters->CountChosen(table.id, ids));
    text += fmt::format("{}: {} messages\n", table.id.ToString(), count);
    json["tables"].push_back({{"table", table.id.ToString()}, {"messages", count}});
  }
  Context::Print(context.format() == Format::kJson ? WithSchema("dlq-drop/v1", json) : text);
  fmt::print(
      stderr,
      "{}\n",
      sure ? "forgotten: they will not reach ClickHouse; their topic keeps them as long as it does"
           : "nothing is changed: the same with --yes forgets them (rowhouse dlq show has their "
             "bytes)"
  );
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

Command DlqShowCommand() {
  return {
      .name = "dlq show",
      .group = "Operate",
      .summary = "the newest of such messages: where they stand, why they failed, their bytes",
      .examples = {"rowhouse dlq show shop.orders", "rowhouse dlq show shop.orders -n 5 -o json"},
      .options =
          {{.name = "count", .value = "N", .doc = "at most so many a table; 20", .letter = 'n'}},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Look};
}

Command DlqDropCommand() {
  return {
      .name = "dlq drop",
      .group = "Operate",
      .summary = "forget such messages, once they are dealt with; shows how many, until --yes",
      .examples =
          {"rowhouse dlq drop shop.orders",
           "rowhouse dlq drop shop.orders --id 00a1b2c3d4e5f607 --yes"},
      .options =
          {{.name = "id",
            .value = "ID",
            .doc = "only this one, by dlq show; may be given often",
            .repeated = true},
           {.name = "yes", .value = "", .doc = "do it"}},
      .words = "TABLE",
      .words_count = Words::kOne,
      .run = Drop};
}

}  // namespace rowhouse::cli
