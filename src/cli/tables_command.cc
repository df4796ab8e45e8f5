#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/process_answers.h"
#include "cli/source_tables.h"

namespace rowhouse::cli {

namespace {

// What is wrong with a table, or who holds it back.
std::string NoteOf(const Json& table) {
  const Json& paused = table.at("paused");
  if (paused.is_null()) {
    return table.at("note").get<std::string>();
  }
  const auto reason = paused.at("reason").get<std::string>();
  return fmt::format(
      "since {} by {}{}{}",
      CellOf(paused, "since"),
      CellOf(paused, "by"),
      reason.empty() ? "" : ": ",
      reason
  );
}

std::string StateOf(const Json& table) {
  const Json& load = table.at("load");
  const auto state = table.at("state").get<std::string>();
  return load.is_null() ? state
                        : fmt::format("{} {:.0f} %", state, load.at("percent").get<double>());
}

std::string FreshOf(const Json& table) {
  const Json& seconds = table.at("fresh_s");
  return seconds.is_null() ? "-" : fmt::format("{:.1f} s", seconds.get<double>());
}

std::string TextOf(const Json& tables) {
  std::vector<std::vector<std::string>> rows = {
      {"TABLE", "STATE", "SOURCE ROWS", "CLICKHOUSE ROWS", "TO GO", "FRESH", "DEAD", "NOTE"}};
  for (const Json& table : tables) {
    rows.push_back(
        {CellOf(table, "table"),
         StateOf(table),
         CellOf(table, "source_rows"),
         CellOf(table, "target_rows"),
         CellOf(table, "lag_records"),
         FreshOf(table),
         CellOf(table, "dead_letters"),
         NoteOf(table)}
    );
  }
  return AlignColumns(rows);
}

Result<ExitCode> Show(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const auto& words = context.args().words;
  Json tables = Json::array();
  for (Json& table : ROWHOUSE_TRY(AskForItems(config, "/api/v1/tables"))) {
    if (Named(IdOf(table), words)) {
      tables.push_back(std::move(table));
    }
  }
  if (tables.empty() && !words.empty()) {
    return Error(
               ErrorKind::kNotFound,
               fmt::format("no table of this pipeline matches {}", fmt::join(words, ", "))
    )
        .WithCode("E-CLI-004")
        .WithHint("rowhouse tables, without a name, lists them all");
  }
  Context::Print(
      context.format() == Format::kJson ? WithSchema("tables/v1", {{"tables", tables}})
                                        : TextOf(tables)
  );
  return ExitCode::kOk;
}

}  // namespace

Command TablesCommand() {
  return {
      .name = "tables",
      .group = "Learn",
      .summary =
          "state, rows on both sides, lag and dead letters of each table, as the running "
          "process sees",
      .examples = {"rowhouse tables -c rowhouse.yaml", "rowhouse tables 'shop.*' -o json"},
      .words = "TABLE",
      .words_count = Words::kOptional,
      .run = Show};
}

}  // namespace rowhouse::cli
