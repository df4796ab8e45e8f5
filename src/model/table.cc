#include "model/table.h"

namespace rowhouse {

std::string_view ColumnTypeName(ColumnType type) {
  static constexpr std::string_view kNames[] = {
      "TINYINT", "SMALLINT", "MEDIUMINT", "INT",      "BIGINT",       "FLOAT", "DOUBLE", "DECIMAL",
      "BIT",     "DATE",     "TIME",      "DATETIME", "TIMESTAMP",    "YEAR",  "CHAR",   "VARCHAR",
      "TEXT",    "BINARY",   "VARBINARY", "BLOB",     "ENUM",         "SET",   "JSON",   "GEOMETRY",
      "VECTOR",  "UUID",     "INET4",     "INET6",    "unknown type",
  };
  return kNames[static_cast<size_t>(type)];
}

std::optional<uint32_t> TableSchema::Find(std::string_view column) const {
  for (uint32_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) {
      return i;
    }
  }
  return std::nullopt;
}

}  // namespace rowhouse
