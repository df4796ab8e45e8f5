#include "cli/verify_report.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/context.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"
#include "verify/statements.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;
using verify::CanonicalColumn;
using verify::RowDifference;
using verify::TableReport;
using State = TableReport::State;

constexpr size_t kShownMost = 20;      // rows named in the text form, a table
constexpr size_t kCellShownMost = 80;  // bytes of a value there

std::string_view KindName(RowDifference::Kind kind) {
  switch (kind) {
    case RowDifference::Kind::kMissing:
      return "missing";
    case RowDifference::Kind::kExtra:
      return "extra";
    case RowDifference::Kind::kChanged:
      return "changed";
    case RowDifference::Kind::kCount:
      return "count";
  }
  return "?";
}

Json CellJson(const CanonicalColumn& column, const std::optional<std::string>& cell) {
  return cell ? Json(verify::Shown(column, *cell)) : Json();
}

std::string CellText(const CanonicalColumn& column, const std::optional<std::string>& cell) {
  std::string text = cell ? verify::Shown(column, *cell) : "NULL";
  if (text.size() > kCellShownMost) {
    size_t cut = kCellShownMost;  // not within a character
    while ((static_cast<uint8_t>(text[cut]) & 0xC0) == 0x80) {
      --cut;
    }
    text = text.substr(0, cut) + fmt::format("... ({} bytes)", cell->size());
  }
  return text;
}

Json KeyJson(const TableReport& table, const RowDifference& row) {
  Json key = Json::object();
  const auto bytes = verify::KeyBytes(row.key);
  for (size_t i = 0; i < table.canonical.key.size(); ++i) {
    const CanonicalColumn& column = table.canonical.columns[table.canonical.key[i]];
    key[column.name] = verify::Shown(column, bytes[i]);
  }
  return key;
}

std::string KeyText(const TableReport& table, const RowDifference& row) {
  std::string text;
  const auto bytes = verify::KeyBytes(row.key);
  for (size_t i = 0; i < table.canonical.key.size(); ++i) {
    const CanonicalColumn& column = table.canonical.columns[table.canonical.key[i]];
    text += fmt::format(
        "{}{}={}", text.empty() ? "" : ", ", column.name, verify::Shown(column, bytes[i])
    );
  }
  return text.empty() ? "row with SHA-256 " + row.key : text;
}

// Columns whose values differ; of a row that only one side has, none.
std::vector<size_t> DifferingColumns(const RowDifference& row) {
  std::vector<size_t> columns;
  for (size_t i = 0; i < std::min(row.source.size(), row.target.size()); ++i) {
    if (row.source[i] != row.target[i]) {
      columns.push_back(i);
    }
  }
  return columns;
}

Json RowJson(const TableReport& table, const RowDifference& row) {
  Json json = {{"kind", KindName(row.kind)}};
  if (row.kind == RowDifference::Kind::kCount) {
    json["mysql_count"] = row.source_count;
    json["clickhouse_count"] = row.target_count;
    json["row"] = Json::object();
    const auto& cells = row.source.empty() ? row.target : row.source;
    for (size_t i = 0; i < cells.size(); ++i) {
      const CanonicalColumn& column = table.canonical.columns[i];
      json["row"][column.name] = CellJson(column, cells[i]);
    }
    return json;
  }
  json["key"] = KeyJson(table, row);
  json["cells"] = Json::array();
  for (const size_t i : DifferingColumns(row)) {
    const CanonicalColumn& column = table.canonical.columns[i];
    json["cells"].push_back(
        {{"column", column.name},
         {"mysql", CellJson(column, row.source[i])},
         {"clickhouse", CellJson(column, row.target[i])}}
    );
  }
  return json;
}

Json TableJson(const TableReport& table) {
  const verify::Comparison& c = table.comparison;
  Json json = {
      {"table", table.table.ToString()},
      {"state", StateName(table.state)},
      {"note", table.note},
      {"rows_mysql", c.rows},
      {"rows_clickhouse", c.target_rows},
      {"chunks", c.chunks},
      {"looked_again", c.looked_again},
      {"differing", c.differing},
      {"stopped_at_limit", c.stopped},
      {"undecided", c.undecided},
      {"repaired", c.repaired},
      {"seconds", table.seconds},
      {"not_compared", Json::array()},
      {"differences", Json::array()}};
  for (const auto& column : table.canonical.left_out) {
    json["not_compared"].push_back({{"column", column.name}, {"reason", column.reason}});
  }
  for (const RowDifference& row : c.named) {
    json["differences"].push_back(RowJson(table, row));
  }
  return json;
}

void AddRowText(const TableReport& table, const RowDifference& row, std::string& text) {
  const std::string where = fmt::format("  {} {}", table.table.ToString(), KeyText(table, row));
  switch (row.kind) {
    case RowDifference::Kind::kMissing:
      text += where + ": missing in ClickHouse\n";
      return;
    case RowDifference::Kind::kExtra:
      text += where + ": only in ClickHouse\n";
      return;
    case RowDifference::Kind::kCount: {
      text += fmt::format(
          "{}: {} in MySQL, {} in ClickHouse\n", where, row.source_count, row.target_count
      );
      const auto& cells = row.source.empty() ? row.target : row.source;
      for (size_t i = 0; i < cells.size(); ++i) {
        const CanonicalColumn& column = table.canonical.columns[i];
        text += fmt::format("    {} = {}\n", column.name, CellText(column, cells[i]));
      }
      return;
    }
    case RowDifference::Kind::kChanged:
      for (const size_t i : DifferingColumns(row)) {
        const CanonicalColumn& column = table.canonical.columns[i];
        text += fmt::format(
            "{}: {} is {} in MySQL, {} in ClickHouse\n",
            where,
            column.name,
            CellText(column, row.source[i]),
            CellText(column, row.target[i])
        );
      }
      return;
  }
}

void AddDetails(const TableReport& table, std::string& text) {
  for (const auto& column : table.canonical.left_out) {
    text += fmt::format(
        "  {}.{} is not compared: {}\n", table.table.ToString(), column.name, column.reason
    );
  }
  if (table.comparison.undecided > 0) {
    text += fmt::format(
        "  {}: {} rows {} and are not decided\n",
        table.table.ToString(),
        table.comparison.undecided,
        table.comparison.open() ? "do not agree while the stream stands still"
                                : "changed at every look"
    );
  }
  const auto& named = table.comparison.named;
  for (size_t i = 0; i < std::min(named.size(), kShownMost); ++i) {
    AddRowText(table, named[i], text);
  }
  if (table.comparison.differing > kShownMost || table.comparison.stopped) {
    text += fmt::format(
        "  {}: {}{} rows differ; -o json names {}\n",
        table.table.ToString(),
        table.comparison.stopped ? "at least " : "",
        table.comparison.differing,
        named.size()
    );
  }
}

}  // namespace

std::string_view StateName(State state) {
  switch (state) {
    case State::kEqual:
      return "equal";
    case State::kDifferent:
      return "different";
    case State::kRepaired:
      return "repaired";
    case State::kUndecided:
      return "undecided";
    case State::kSkipped:
      return "skipped";
  }
  return "?";
}

bool VerifyRun::equal() const {
  return failures.empty() && std::ranges::none_of(tables, [](const TableReport& table) {
           return table.state == State::kDifferent || table.state == State::kUndecided;
         });
}

bool VerifyRun::different() const {
  return std::ranges::any_of(tables, [](const TableReport& table) {
    return table.state == State::kDifferent;
  });
}

LackingTables FoundWhole(const VerifyRun& run, const LackingTables& lacking) {
  LackingTables whole;
  const verify::VerifyOptions& options = run.options;
  if (options.mode == verify::Mode::kCount || !options.from.empty() || !options.to.empty() ||
      options.sample < 1) {
    return whole;
  }
  for (const TableReport& table : run.tables) {
    const auto lacks = lacking.find(table.table);
    const verify::Comparison& c = table.comparison;
    const bool mended = table.state == State::kRepaired && c.repaired == c.differing;
    const bool all_columns =
        std::ranges::none_of(table.canonical.left_out, &verify::ColumnLeftOut::in_target);
    if (lacks != lacking.end() && all_columns && c.undecided == 0 &&
        (table.state == State::kEqual || mended)) {
      whole.insert(*lacks);
    }
  }
  return whole;
}

Result<VerifyRun> VerifyTables(
    const config::Config& config,
    const std::vector<std::string>& words,
    const verify::VerifyOptions& options
) {
  if (config.sink.mode != "kafka-engine") {
    return Error(
               ErrorKind::kConfig,
               fmt::format(
                   "sink.mode is {}: there are no rows in ClickHouse to compare", config.sink.mode
               )
    )
        .WithHint("set sink.mode: kafka-engine");
  }
  const auto started = Clock::Real().Now();
  VerifyRun run;
  run.options = options;
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  ROWHOUSE_TRY(client->Version());
  auto tables = ROWHOUSE_TRY(ReadSourceTables(config, words));
  const PlannedTables planned = ROWHOUSE_TRY(PlanTables(config, std::move(tables)));
  const verify::Servers servers = {
      SourceOptionsOf(config),
      client.get(),
      PipelineOptionsOf(config),
      KafkaOptionsOf(config),
      config.pipeline};
  for (const RefusedTable& table : planned.refused) {
    run.failures.push_back({table.table, table.error});
  }
  for (size_t i = 0; i < planned.pipelines.size(); ++i) {
    auto report = verify::VerifyTable(servers, planned.schemas[i], planned.pipelines[i], options);
    if (report) {
      run.tables.push_back(*std::move(report));
    } else if (report.error().kind() == ErrorKind::kCancelled) {
      return std::move(report).error();
    } else {
      run.failures.push_back({planned.schemas[i].id, std::move(report).error()});
    }
  }
  run.seconds = std::chrono::duration<double>(Clock::Real().Now() - started).count();
  return run;
}

std::string VerifyText(const VerifyRun& run) {
  std::vector<std::vector<std::string>> rows = {
      {"TABLE", "STATE", "MYSQL", "CLICKHOUSE", "DIFFER", "SECONDS", "NOTE"}};
  std::string details;
  for (const TableReport& table : run.tables) {
    const verify::Comparison& c = table.comparison;
    rows.push_back(
        {table.table.ToString(),
         std::string(StateName(table.state)),
         std::to_string(c.rows),
         std::to_string(c.target_rows),
         std::to_string(c.differing),
         fmt::format("{:.1f}", table.seconds),
         table.note}
    );
    AddDetails(table, details);
  }
  for (const VerifyFailure& failure : run.failures) {
    rows.push_back({failure.table.ToString(), "failed", "", "", "", "", failure.error.ToString()});
  }
  return AlignColumns(rows) + details;
}

Json VerifyJson(const VerifyRun& run) {
  Json json = {
      {"schema", "verify/v1"},
      {"equal", run.equal()},
      {"seconds", run.seconds},
      {"tables", Json::array()},
      {"failures", Json::array()}};
  for (const TableReport& table : run.tables) {
    json["tables"].push_back(TableJson(table));
  }
  for (const VerifyFailure& failure : run.failures) {
    json["failures"].push_back(
        {{"table", failure.table.ToString()}, {"error", failure.error.ToString()}}
    );
  }
  return json;
}

}  // namespace rowhouse::cli
