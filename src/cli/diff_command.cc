#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/row_diff.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string Text(const DiffCell& cell, const std::optional<std::string>& value, bool there) {
  constexpr size_t kShownMost = 60;
  if (!there) {
    return "(no row)";
  }
  if (!value) {
    return "NULL";
  }
  return value->size() > kShownMost && !cell.differs ? fmt::format("({} bytes)", value->size())
                                                     : *value;
}

std::string DiffText(const RowDiff& diff) {
  std::vector<std::vector<std::string>> rows = {{"", "COLUMN", "MYSQL", "CLICKHOUSE"}};
  for (const DiffCell& cell : diff.cells) {
    rows.push_back(
        {cell.differs ? "*" : "",
         cell.column,
         Text(cell, cell.mysql, diff.in_mysql),
         Text(cell, cell.clickhouse, diff.in_clickhouse)}
    );
  }
  std::string text = AlignColumns(rows);
  text += fmt::format("\nKafka     ");
  text += diff.record ? fmt::format("{}  {}\n", diff.record->place, diff.record->json) : "-\n";
  text += fmt::format("version   {}\n", diff.clickhouse_version);
  text += "history   " + std::string(diff.history.empty() ? "-\n" : "newest first\n");
  std::vector<std::vector<std::string>> history;
  for (const DiffMessage& message : diff.history) {
    history.push_back(
        {"  " + message.op, message.source, message.kafka, message.version, message.visible_at}
    );
  }
  text += history.empty() ? "" : AlignColumns(history);
  for (const std::string& trouble : diff.troubles) {
    text += trouble + "\n";
  }
  return text;
}

Json DiffJson(const RowDiff& diff) {
  const auto value = [](const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
  };
  Json json = {
      {"schema", "diff/v1"},
      {"table", diff.table},
      {"in_mysql", diff.in_mysql},
      {"in_clickhouse", diff.in_clickhouse},
      {"clickhouse_version", diff.clickhouse_version},
      {"columns", Json::array()},
      {"kafka", Json()},
      {"history", Json::array()},
      {"troubles", diff.troubles}};
  for (const DiffCell& cell : diff.cells) {
    json["columns"].push_back(
        {{"column", cell.column},
         {"mysql", value(cell.mysql)},
         {"clickhouse", value(cell.clickhouse)},
         {"differs", cell.differs}}
    );
  }
  if (diff.record) {
    json["kafka"] = {
        {"place", diff.record->place},
        {"timestamp_ms", diff.record->timestamp_ms},
        {"value", Json::parse(diff.record->json, nullptr, false)}};
  }
  for (const DiffMessage& message : diff.history) {
    json["history"].push_back(
        {{"op", message.op},
         {"source", message.source},
         {"kafka", message.kafka},
         {"version", message.version},
         {"visible_at", message.visible_at}}
    );
  }
  return json;
}

Result<ExitCode> Diff(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  if (!context.args().Has("pk")) {
    return Error(ErrorKind::kBadRecord, "no row named")
        .WithCode("E-CLI-003")
        .WithHint("rowhouse diff shop.orders --pk 5; of a key of two columns: --pk 5 --pk de");
  }
  const RowDiff diff =
      ROWHOUSE_TRY(ReadRowDiff(config, context.args().words.front(), context.args().All("pk")));
  Context::Print(
      context.format() == Format::kJson
          ? DiffJson(diff).dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"
          : DiffText(diff)
  );
  for (const DiffCell& cell : diff.cells) {
    if (cell.differs && (diff.in_mysql || diff.in_clickhouse)) {
      return ExitCode::kDifference;
    }
  }
  return ExitCode::kOk;
}

}  // namespace

Command DiffCommand() {
  return {
      .name = "diff",
      .group = "Learn",
      .summary = "show one row in MySQL, Kafka and ClickHouse side by side, with its history",
      .examples =
          {"rowhouse diff shop.orders --pk 5 -c rowhouse.yaml",
           "rowhouse diff shop.prices --pk 5 --pk de -o json"},
      .options =
          {{.name = "pk",
            .value = "VALUE",
            .doc = "a value of the key, once a column in the key's order",
            .repeated = true}},
      .words = "TABLE",
      .words_count = Words::kOne,
      .run = Diff};
}

}  // namespace rowhouse::cli
