#include "mysql/read_way.h"

#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "mysql/key_index.h"
#include "mysql/snapshot.h"

namespace rowhouse::mysql {
namespace {

// Rows found by another index are looked up one by one: that pays for a small part of the table.
constexpr uint64_t kPartOfTable = 10;

uint64_t Number(const Rows& rows, std::string_view name) {
  return std::strtoull(rows.First(name).c_str(), nullptr, 10);
}

}  // namespace

bool IsShortWay(const Explained& way, std::string_view key, uint64_t rows, uint64_t rows_max) {
  const bool by_range = way.type == "range" || way.type == "ref";
  return by_range && !way.index.empty() && way.index != key && way.rows <= rows_max &&
         way.rows <= rows / kPartOfTable;
}

Result<std::optional<ReadWay>> FindReadWay(
    const SourceOptions& options,
    const TableSchema& table,
    const std::string& where,
    uint64_t rows_max
) {
  if (where.empty() || !table.has_key()) {
    return std::optional<ReadWay>();
  }
  const auto connection = ROWHOUSE_TRY(Connection::Open(options));
  ROWHOUSE_TRY(PrepareForReading(*connection, options));  // dates mean what they do in chunks
  const Rows size = ROWHOUSE_TRY(connection->Query(fmt::format(
      "SELECT TABLE_ROWS FROM information_schema.TABLES WHERE TABLE_SCHEMA = {} AND TABLE_NAME = "
      "{}",
      QuoteText(table.id.db),
      QuoteText(table.id.table)
  )));
  const Rows plan = ROWHOUSE_TRY(connection->Query(fmt::format(
      "EXPLAIN FORMAT=TRADITIONAL SELECT * FROM {}.{} WHERE ({}\n)",
      QuoteName(table.id.db),
      QuoteName(table.id.table),
      where
  )));
  const Explained way{plan.First("type"), plan.First("key"), Number(plan, "rows")};
  const std::string key = ROWHOUSE_TRY(KeyIndex(*connection, table));
  // Of a condition with a subquery the plan has more rows, and nothing is known of the whole.
  const bool is_short =
      plan.rows.size() == 1 && IsShortWay(way, key, Number(size, "TABLE_ROWS"), rows_max);
  return is_short ? std::optional(ReadWay{where, way.index, way.rows}) : std::nullopt;
}

}  // namespace rowhouse::mysql
