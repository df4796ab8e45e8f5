#include "mysql/key_index.h"

#include <map>

#include <fmt/format.h>

namespace rowhouse::mysql {

Result<std::string> KeyIndex(Connection& connection, const TableSchema& table) {
  const Rows rows = ROWHOUSE_TRY(connection.Query(fmt::format(
      "SELECT INDEX_NAME, COLUMN_NAME, SUB_PART FROM information_schema.STATISTICS WHERE "
      "TABLE_SCHEMA = {} AND TABLE_NAME = {} AND NON_UNIQUE = 0 ORDER BY INDEX_NAME, "
      "SEQ_IN_INDEX",
      QuoteText(table.id.db),
      QuoteText(table.id.table)
  )));
  std::map<std::string, std::string> columns_of;
  for (const auto& row : rows.rows) {
    const std::string part = row[2].has_value() ? "(part)" : "";
    columns_of[row[0].value_or("")] += QuoteName(row[1].value_or("")) + part;
  }
  std::string wanted;
  for (const uint32_t column : table.primary_key) {
    wanted += QuoteName(table.columns[column].name);
  }
  for (const auto& [index, columns] : columns_of) {
    if (columns == wanted) {
      return index;
    }
  }
  return std::string();
}

}  // namespace rowhouse::mysql
