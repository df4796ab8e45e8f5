#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rowhouse {

// A table's full name.
struct TableId {
  std::string db;
  std::string table;

  // "shop.orders", for people; names may themselves hold dots.
  std::string ToString() const { return db + "." + table; }

  friend auto operator<=>(const TableId&, const TableId&) = default;
};

// MySQL's and MariaDB's types as a column declares them. Every one of them can be read; a type
// that is none of these parks its table.
enum class ColumnType : uint8_t {
  kTinyInt,
  kSmallInt,
  kMediumInt,
  kInt,
  kBigInt,
  kFloat,
  kDouble,
  kDecimal,
  kBit,
  kDate,
  kTime,
  kDateTime,
  kTimestamp,
  kYear,
  kChar,
  kVarchar,
  kText,  // TINYTEXT .. LONGTEXT
  kBinary,
  kVarbinary,
  kBlob,  // TINYBLOB .. LONGBLOB
  kEnum,
  kSet,
  kJson,
  kGeometry,
  kVector,
  kUuid,
  kInet4,
  kInet6,
  kUnknown,
};

std::string_view ColumnTypeName(ColumnType type);

// A literal default of a column as the data dictionary spells it, unquoted.
struct ColumnDefault {
  std::string text;
  bool is_expression = false;  // CURRENT_TIMESTAMP, (uuid()), ...: no literal
};

// One column as it was when its rows were written (TABLE_MAP's FULL metadata),
// with what only the data dictionary knows (default, comment, generated).
struct Column {
  std::string name;
  ColumnType type = ColumnType::kUnknown;
  bool is_unsigned = false;
  bool nullable = true;
  bool is_generated = false;
  // CHAR, VARCHAR: characters; BINARY, VARBINARY: bytes; BIT: bits; else 0.
  uint32_t length = 0;
  uint8_t precision = 0;            // DECIMAL: digits
  uint8_t scale = 0;                // DECIMAL: digits after the point
  uint8_t fsp = 0;                  // TIME, DATETIME, TIMESTAMP: fraction digits
  uint16_t collation = 0;           // MySQL collation id of text; 63 is binary; 0 unknown
  std::vector<std::string> labels;  // ENUM, SET; UTF-8
  std::optional<ColumnDefault> default_value;
  std::string comment;
  std::string declared;  // information_schema's COLUMN_TYPE, e.g. "float(7,4)"; may be empty
};

// A table at one moment: never changed once shared; a DDL makes a new one.
struct TableSchema {
  TableId id;
  std::vector<Column> columns;
  std::vector<uint32_t> primary_key;  // column indexes in key order; empty: no key
  std::string comment;

  bool has_key() const { return !primary_key.empty(); }

  // Index of the column, or nullopt.
  std::optional<uint32_t> Find(std::string_view column) const;
};

using TableSchemaPtr = std::shared_ptr<const TableSchema>;

}  // namespace rowhouse
