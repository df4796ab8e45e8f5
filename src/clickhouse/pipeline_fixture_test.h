#pragma once

#include "model/table.h"

namespace rowhouse::clickhouse {

inline Column MakeColumn(const char* name, ColumnType type, bool nullable = false) {
  Column column;
  column.name = name;
  column.type = type;
  column.nullable = nullable;
  return column;
}

// shop.items: a key, a text, a nullable decimal, and columns named like ours.
inline TableSchema ItemsTable() {
  TableSchema table;
  table.id = {"shop", "items"};
  table.columns = {
      MakeColumn("id", ColumnType::kInt),
      MakeColumn("op", ColumnType::kVarchar),
      MakeColumn("price", ColumnType::kDecimal, true)};
  table.columns[2].precision = 10;
  table.columns[2].scale = 2;
  table.primary_key = {0};
  return table;
}

inline TableSchema WithoutKey(TableSchema table) {
  table.primary_key.clear();
  return table;
}

}  // namespace rowhouse::clickhouse
