#include "cli/copy_plan.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/clock.h"
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
    return Error(ErrorKind::kBadRecord, fmt::format("{}: '{}' is no date", option, text))
        .WithCode("E-CLI-003")
        .WithHint("write 2026-01-31 or '2026-01-31 10:00:00', in UTC");
  }
  return mysql::QuoteText(text);
}

// The condition in the source's SQL; `rows` gets the name of its column of dates.
Result<std::string> Condition(
    const config::Config& config, const TableSchema& table, backfill::AskedRows& rows
) {
  std::vector<std::string> parts;
  if (!rows.from.empty() || !rows.to.empty()) {
    rows.column = ROWHOUSE_TRY(DateColumn(config, table, rows.column));
    const std::string column = mysql::QuoteName(rows.column);
    if (!rows.from.empty()) {
      const std::string from = ROWHOUSE_TRY(DateLiteral("from", rows.from));
      parts.push_back(fmt::format("{} >= {}", column, from));
    }
    if (!rows.to.empty()) {
      const std::string to = ROWHOUSE_TRY(DateLiteral("to", rows.to));
      parts.push_back(fmt::format("{} < {}", column, to));
    }
  }
  if (!rows.where.empty()) {
    parts.push_back("(" + rows.where + "\n)");
  }
  return fmt::format("{}", fmt::join(parts, " AND "));
}

}  // namespace

Status AddTables(
    const config::Config& config,
    const std::vector<std::string>& words,
    const backfill::AskedRows& rows,
    CopyPlan& plan
) {
  for (TableSchema& table : ROWHOUSE_TRY(ReadSourceTables(config, words))) {
    backfill::AskedRows asked = rows;
    asked.condition = ROWHOUSE_TRY(Condition(config, table, asked));
    plan.tables.push_back({std::move(table), std::move(asked)});
  }
  return Ok();
}

Result<CopyPlan> PlanResume(const config::Config& config, backfill::RunEntry entry, bool force) {
  using State = backfill::RunEntry::State;
  const bool dead = force || entry.LooksDead(Clock::Real().WallMicros());
  const bool runs = entry.state == State::kRunning && !dead;
  if (runs || entry.state == State::kDone || entry.state == State::kCancelled) {
    return Error(
               ErrorKind::kConfig,
               fmt::format(
                   "backfill {} of {} is {}", entry.id, entry.table.ToString(), ShownState(entry)
               )
    )
        .WithCode("E-FILL-007")
        .WithHint(
            runs ? "a killed one is known as such a minute later; if you know it is dead: rowhouse "
                   "backfill resume --force"
                 : "begin a new one: it leaves alone what is there"
        );
  }
  auto tables = ROWHOUSE_TRY(ReadSourceTables(config, {entry.table.ToString()}));
  CopyPlan plan;
  plan.schema = "backfill/v1";
  plan.make_tables = true;
  plan.options.mode = entry.mode;
  plan.options.chunk_rows = entry.chunk_rows;
  plan.options.readers = entry.readers;
  plan.options.rows_per_second = entry.rows_per_second;
  backfill::AskedRows rows = entry.asked;
  plan.tables.push_back({std::move(tables.front()), std::move(rows), std::move(entry)});
  return plan;
}

backfill::RunEntry NewEntry(const CopyPlan& plan, const CopyPlan::Table& table) {
  backfill::RunEntry entry;
  entry.id = backfill::Ledger::NewId();
  entry.table = table.schema.id;
  entry.mode = plan.options.mode;
  entry.asked = table.rows;
  entry.chunk_rows = plan.options.chunk_rows;
  entry.readers = plan.options.readers;
  entry.rows_per_second = plan.options.rows_per_second;
  entry.started_us = Clock::Real().WallMicros();
  return entry;
}

std::string_view ShownState(const backfill::RunEntry& entry) {
  return entry.LooksDead(Clock::Real().WallMicros()) ? "broken off"
                                                     : backfill::StateName(entry.state);
}

Error NoSuchRun(const std::string& id) {
  return Error(ErrorKind::kNotFound, fmt::format("there is no backfill {}", id))
      .WithCode("E-FILL-004")
      .WithHint("rowhouse backfill list shows all");
}

}  // namespace rowhouse::cli
