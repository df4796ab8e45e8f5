#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/copy_run.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "mysql/catalog.h"
#include "mysql/connection.h"

namespace rowhouse::cli {

namespace {

// Columns that say when a row was written, the best first.
constexpr auto kDateColumns = std::to_array<std::string_view>(
    {"updated_at", "modified_at", "updated", "modified", "created_at", "inserted_at", "created"}
);

bool IsDate(const Column& column) {
  return column.type == ColumnType::kDate || column.type == ColumnType::kDateTime ||
         column.type == ColumnType::kTimestamp;
}

std::string DateNames(const TableSchema& table) {
  std::vector<std::string> names;
  for (const Column& column : table.columns) {
    if (IsDate(column)) {
      names.push_back(column.name);
    }
  }
  return names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "));
}

Error NoDateColumn(const TableSchema& table, const std::string& what) {
  return Error(ErrorKind::kConfig, fmt::format("table {}: {}", table.id.ToString(), what))
      .WithCode("E-FILL-003")
      .WithHint(fmt::format(
          "name one by --column; its date columns: {}. Or say which rows by --where",
          DateNames(table)
      ));
}

// The one named, or the best of those known by their names; an indexed one first.
Result<std::string> DateColumn(
    const config::Config& config, const TableSchema& table, const std::string& named
) {
  if (!named.empty()) {
    const auto index = table.Find(named);
    if (!index || !IsDate(table.columns[*index])) {
      return NoDateColumn(
          table, fmt::format("'{}' is no column of type DATE, DATETIME or TIMESTAMP", named)
      );
    }
    return named;
  }
  const auto catalog = ROWHOUSE_TRY(mysql::Catalog::Open(SourceOptionsOf(config)));
  const auto indexed = ROWHOUSE_TRY(catalog->IndexedColumns(table.id));
  std::string found;
  for (const std::string_view name : kDateColumns) {
    const auto index = table.Find(name);
    if (!index || !IsDate(table.columns[*index])) {
      continue;
    }
    if (indexed.contains(table.columns[*index].name)) {
      return table.columns[*index].name;
    }
    found = found.empty() ? table.columns[*index].name : found;
  }
  if (found.empty()) {
    return NoDateColumn(table, "no column is known to say when a row was written");
  }
  return found;
}

// "2026-01-31", "2026-01-31 10:00", "2026-01-31T10:00:00.5Z" as MySQL reads it.
Result<std::string> DateLiteral(const std::string& option, std::string text) {
  constexpr std::string_view kForm = "dddd-dd-dd dd:dd:dd.dddddd";
  if (text.ends_with('Z')) {
    text.pop_back();
  }
  bool good = text.size() == 10 || text.size() == 16 || (text.size() >= 19 && text.size() != 20);
  for (size_t i = 0; i < text.size() && good; ++i) {
    text[i] = i == 10 && text[i] == 'T' ? ' ' : text[i];
    const bool digit = std::isdigit(static_cast<unsigned char>(text[i])) != 0;
    good = i < kForm.size() && (kForm[i] == 'd' ? digit : text[i] == kForm[i]);
  }
  if (!good) {
    return Error(ErrorKind::kBadRecord, fmt::format("--{} {}: no date", option, text))
        .WithCode("E-CLI-003")
        .WithHint("write 2026-01-31 or '2026-01-31 10:00:00', in UTC");
  }
  return mysql::QuoteText(text);
}

Result<std::string> Condition(
    const config::Config& config, const TableSchema& table, const Arguments& args
) {
  std::vector<std::string> parts;
  if (args.Has("from") || args.Has("to")) {
    const std::string column =
        mysql::QuoteName(ROWHOUSE_TRY(DateColumn(config, table, args.Text("column"))));
    if (args.Has("from")) {
      const std::string from = ROWHOUSE_TRY(DateLiteral("from", args.Text("from")));
      parts.push_back(fmt::format("{} >= {}", column, from));
    }
    if (args.Has("to")) {
      const std::string to = ROWHOUSE_TRY(DateLiteral("to", args.Text("to")));
      parts.push_back(fmt::format("{} < {}", column, to));
    }
  }
  if (args.Has("where")) {
    parts.push_back("(" + args.Text("where") + "\n)");
  }
  return fmt::format("{}", fmt::join(parts, " AND "));
}

Status CheckWhatIsAsked(const Arguments& args) {
  if (args.words.empty()) {
    return Error(ErrorKind::kConfig, "no table named")
        .WithHint("rowhouse backfill shop.orders --from 2026-01-01, or a glob: 'shop.*'");
  }
  if (!args.Has("from") && !args.Has("to") && !args.Has("where")) {
    return Error(ErrorKind::kConfig, "which rows? None of --from, --to and --where is given")
        .WithHint("--from 2026-01-01; for all rows: --where 1, or rowhouse load");
  }
  return Ok();
}

Result<ExitCode> Backfill(Context& context) {
  const Arguments& args = context.args();
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  ROWHOUSE_TRY(CheckWhatIsAsked(args));
  CopyPlan plan;
  plan.schema = "backfill/v1";
  ROWHOUSE_TRY(ReadCopyOptions(args, plan));
  plan.options.mode =
      backfill::ModeOf(args.Text("mode", "missing")).value_or(backfill::Mode::kMissing);
  for (TableSchema& table : ROWHOUSE_TRY(ReadSourceTables(config, args.words))) {
    std::string where = ROWHOUSE_TRY(Condition(config, table, args));
    plan.tables.push_back({std::move(table), std::move(where), std::nullopt});
  }
  return RunCopies(context, config, plan);
}

Result<ExitCode> Load(Context& context) {
  const Arguments& args = context.args();
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  if (args.words.empty()) {
    return Error(ErrorKind::kConfig, "no table named")
        .WithHint("rowhouse load shop.orders, or a glob: rowhouse load 'shop.*'");
  }
  CopyPlan plan;
  plan.schema = "load/v1";
  plan.make_tables = true;
  ROWHOUSE_TRY(ReadCopyOptions(args, plan));
  for (TableSchema& table : ROWHOUSE_TRY(ReadSourceTables(config, args.words))) {
    plan.tables.push_back({std::move(table), "", std::nullopt});
  }
  return RunCopies(context, config, plan);
}

std::vector<OptionSpec> BackfillOptions() {
  std::vector<OptionSpec> options = {
      {.name = "from", .value = "DATE", .doc = "rows from this date on (UTC)"},
      {.name = "to", .value = "DATE", .doc = "rows before this date"},
      {.name = "column", .value = "C", .doc = "the date's column (updated_at, created_at, ...)"},
      {.name = "where", .value = "SQL", .doc = "rows for which this holds, in the source's SQL"},
      {.name = "mode",
       .value = "MODE",
       .doc = "which rows are written (missing)",
       .choices = "missing|changed|all"}};
  for (OptionSpec& option : CopyOptionSpecs()) {
    options.push_back(std::move(option));
  }
  return options;
}

}  // namespace

Command BackfillCommand() {
  return {
      .name = "backfill",
      .group = "Operate",
      .summary = "copy what ClickHouse has not, from a date on",
      .examples =
          {"rowhouse backfill shop.orders --from 2026-01-01",
           "rowhouse backfill 'shop.*' --from 2026-01-01 --mode changed --dry-run",
           "rowhouse backfill shop.orders --where 'region = 7' --rate 20000"},
      .options = BackfillOptions(),
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Backfill};
}

Command LoadCommand() {
  return {
      .name = "load",
      .group = "Operate",
      .summary = "copy whole tables of the source straight into ClickHouse, without Kafka",
      .examples =
          {"rowhouse load shop.orders -c rowhouse.yaml", "rowhouse load 'shop.*' --readers 4"},
      .options = CopyOptionSpecs(),
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Load};
}

}  // namespace rowhouse::cli
