#include "mysql/chunk_sql.h"

#include <algorithm>
#include <array>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/check.h"
#include "base/json_text.h"
#include "mysql/connection.h"

namespace rowhouse::mysql {

namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kDay = 86'400 * kSecond;

struct Civil {
  int64_t year;
  unsigned month;
  unsigned day;
};

// The reverse of temporal.h's DaysFromCivil, for years 0 to 9999.
Civil CivilFromDays(int64_t days) {
  const int64_t shifted = days + 719'468;
  const int64_t era = shifted / 146'097;
  const int64_t day_of_era = shifted - era * 146'097;
  const int64_t year_of_era =
      (day_of_era - day_of_era / 1460 + day_of_era / 36'524 - day_of_era / 146'096) / 365;
  const int64_t day_of_year =
      day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const auto day = static_cast<unsigned>(day_of_year - (153 * shifted_month + 2) / 5 + 1);
  const auto month =
      static_cast<unsigned>(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
  return {year_of_era + era * 400 + (month <= 2 ? 1 : 0), month, day};
}

std::string DateText(int64_t days) {
  const Civil c = CivilFromDays(days);
  return fmt::format("{:04}-{:02}-{:02}", c.year, c.month, c.day);
}

// "12:00:01.000002" of not negative microseconds.
std::string ClockText(int64_t us) {
  const int64_t s = us / kSecond;
  return fmt::format("{:02}:{:02}:{:02}.{:06}", s / 3600, s / 60 % 60, s % 60, us % kSecond);
}

std::string DateTimeText(int64_t us) {
  const int64_t days = us >= 0 ? us / kDay : -((-us + kDay - 1) / kDay);
  return DateText(days) + " " + ClockText(us - days * kDay);
}

// Big-endian two's complement as decimal digits, with a sign.
std::string BigDigits(std::string_view bytes) {
  const bool negative = (static_cast<uint8_t>(bytes[0]) & 0x80) != 0;
  std::vector<uint8_t> magnitude(bytes.begin(), bytes.end());
  if (negative) {
    unsigned carry = 1;
    for (auto byte = magnitude.rbegin(); byte != magnitude.rend(); ++byte) {
      carry += static_cast<uint8_t>(~*byte);
      *byte = static_cast<uint8_t>(carry);
      carry >>= 8;
    }
  }
  std::string digits;
  const auto is_zero = [](uint8_t byte) { return byte == 0; };
  while (!std::all_of(magnitude.begin(), magnitude.end(), is_zero)) {
    unsigned rest = 0;
    for (uint8_t& byte : magnitude) {
      rest = rest << 8 | byte;
      byte = static_cast<uint8_t>(rest / 10);
      rest %= 10;
    }
    digits += static_cast<char>('0' + rest);
  }
  if (negative) {
    digits += '-';
  }
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::string DecimalText(const Cell& cell, unsigned scale) {
  std::string digits = cell.size == 0 ? std::to_string(cell.i) : BigDigits(cell.bytes());
  const bool negative = digits.starts_with('-');
  if (negative) {
    digits.erase(0, 1);
  }
  if (scale > 0) {
    if (digits.size() <= scale) {
      digits.insert(0, scale + 1 - digits.size(), '0');
    }
    digits.insert(digits.size() - scale, ".");
  }
  return (negative ? "-" : "") + digits;
}

std::string ZeroDateText(uint64_t packed) {
  return fmt::format("{:04}-{:02}-{:02}", packed >> 16, packed >> 8 & 0xFF, packed & 0xFF);
}

// A SET of 64 labels is compared as a signed number, though ordered as an unsigned one.
std::string Comparable(const Column& column) {
  constexpr size_t kLabelsMost = 64;
  const std::string name = QuoteName(column.name);
  const bool top_bit = column.type == ColumnType::kSet && column.labels.size() == kLabelsMost;
  return top_bit ? "CAST(" + name + " AS UNSIGNED)" : name;
}

// `k1 > a OR (k1 = a AND k2 > b) OR ...`, with `compare` for `>`, and `last` for the last column's.
std::string KeyCondition(
    const TableSchema& table,
    const std::vector<std::string>& literals,
    std::string_view compare,
    std::string_view last
) {
  std::string condition;
  std::string equal;
  for (size_t i = 0; i < literals.size(); ++i) {
    const std::string name = Comparable(table.columns[table.primary_key[i]]);
    if (i > 0) {
      condition += " OR ";
    }
    const std::string_view sign = i + 1 < literals.size() ? compare : last;
    condition += fmt::format("({}{} {} {})", equal, name, sign, literals[i]);
    equal += fmt::format("{} = {} AND ", name, literals[i]);
  }
  return condition;
}

Result<std::vector<std::string>> ParseToken(const TableSchema& table, std::string_view token) {
  const nlohmann::json parsed = nlohmann::json::parse(token, nullptr, false);
  std::vector<std::string> literals;
  for (const auto& literal : parsed.is_array() ? parsed : nlohmann::json::array()) {
    if (literal.is_string()) {
      literals.push_back(literal.get<std::string>());
    }
  }
  if (literals.empty() || literals.size() != table.primary_key.size()) {
    return Error(
        ErrorKind::kBadRecord,
        fmt::format(
            "table {}: the chunk token {} does not fit its key of {} columns",
            table.id.ToString(),
            token,
            table.primary_key.size()
        )
    );
  }
  return literals;
}

std::string From(const TableSchema& table, std::string_view index) {
  std::string from = fmt::format(" FROM {}.{}", QuoteName(table.id.db), QuoteName(table.id.table));
  if (!index.empty()) {
    from += " FORCE INDEX (" + QuoteName(index) + ")";
  }
  return from;
}

std::string KeyColumns(const TableSchema& table) {
  std::string columns;
  for (const uint32_t column : table.primary_key) {
    columns += (columns.empty() ? "" : ", ") + QuoteName(table.columns[column].name);
  }
  return columns;
}

}  // namespace

std::string SelectList(const TableSchema& table) {
  std::string list;
  for (const Column& column : table.columns) {
    const bool as_number = column.type == ColumnType::kEnum || column.type == ColumnType::kSet ||
                           column.type == ColumnType::kBit;
    const std::string name = QuoteName(column.name);
    list += list.empty() ? "" : ", ";
    list += as_number ? "CAST(" + name + " AS UNSIGNED)" : name;
  }
  return list;
}

Result<std::string> KeyRangeSql(const TableSchema& table, const KeyRange& range) {
  std::string where;
  if (!range.after.empty()) {
    where = KeyCondition(table, ROWHOUSE_TRY(ParseToken(table, range.after)), ">", ">");
  }
  if (!range.upto.empty()) {
    const auto upto = ROWHOUSE_TRY(ParseToken(table, range.upto));
    const std::string end = KeyCondition(table, upto, "<", "<=");
    where = where.empty() ? end : fmt::format("({}) AND ({})", where, end);
  }
  return where;
}

Result<std::string> ChunkSql(
    const TableSchema& table,
    const KeyRange& range,
    uint64_t rows_max,
    std::string_view index,
    const ChunkPart& part
) {
  const std::string list = part.keys_only ? SelectList(KeyOnly(table)) : SelectList(table);
  std::string sql = "SELECT " + list + From(table, table.has_key() ? index : "");
  if (!table.has_key()) {
    return sql;
  }
  std::string where = ROWHOUSE_TRY(KeyRangeSql(table, range));
  if (!part.where.empty()) {
    // The line ends, so that a comment in it does too.
    const std::string_view more = where.empty() ? "" : " AND ";
    where = fmt::format("{}{}({}\n)", where.empty() ? "" : "(" + where + ")", more, part.where);
  }
  if (!where.empty()) {
    sql += " WHERE " + where;
  }
  return sql + fmt::format(" ORDER BY {} LIMIT {}", KeyColumns(table), rows_max);
}

TableSchema KeyOnly(const TableSchema& table) {
  TableSchema key;
  key.id = table.id;
  for (const uint32_t column : table.primary_key) {
    key.primary_key.push_back(static_cast<uint32_t>(key.columns.size()));
    key.columns.push_back(table.columns[column]);
  }
  return key;
}

Result<std::string> KeyAfterSql(
    const TableSchema& table, std::string_view after, uint64_t rows, std::string_view index
) {
  CHECK(rows > 0);
  std::string sql = "SELECT " + SelectList(KeyOnly(table)) + From(table, index);
  if (!after.empty()) {
    sql += " WHERE " + KeyCondition(table, ROWHOUSE_TRY(ParseToken(table, after)), ">", ">");
  }
  return sql + fmt::format(" ORDER BY {} LIMIT 1 OFFSET {}", KeyColumns(table), rows - 1);
}

std::string KeysIn(const TableSchema& table, std::span<const Cell* const> rows) {
  std::string columns;
  for (const uint32_t column : table.primary_key) {
    columns += (columns.empty() ? "" : ", ") + Comparable(table.columns[column]);
  }
  std::string sql = fmt::format("({}) IN (", columns);
  for (const Cell* const row : rows) {
    sql += row == rows.front() ? "(" : ", (";
    for (const uint32_t column : table.primary_key) {
      sql += column == table.primary_key.front() ? "" : ", ";
      sql += SqlLiteral(table.columns[column], row[column]);
    }
    sql += ")";
  }
  return sql + ")";
}

std::string KeyToken(const TableSchema& table, const Cell* row) {
  std::string token = "[";
  for (const uint32_t column : table.primary_key) {
    token += token.size() > 1 ? "," : "";
    AppendJsonString(token, SqlLiteral(table.columns[column], row[column]));
  }
  return token + "]";
}

std::string SqlLiteral(const Column& column, const Cell& cell) {
  switch (cell.kind) {
    case CellKind::kInt:
    case CellKind::kYear:
      return std::to_string(cell.i);
    case CellKind::kUint:
    case CellKind::kEnum:
    case CellKind::kSet:
    case CellKind::kBit:
      return std::to_string(cell.u);
    case CellKind::kFloat:
    case CellKind::kDouble:
      return fmt::format("{:.16e}", cell.d);  // 17 digits give the same double back
    case CellKind::kDecimal:
      return DecimalText(cell, column.scale);
    case CellKind::kDate:
      return "'" + DateText(cell.i) + "'";
    case CellKind::kTime:
      return fmt::format("'{}{}'", cell.i < 0 ? "-" : "", ClockText(cell.i < 0 ? -cell.i : cell.i));
    case CellKind::kDateTime:
    case CellKind::kTimestamp:
      return "'" + DateTimeText(cell.i) + "'";
    case CellKind::kZeroDate:
      return "'" + ZeroDateText(cell.u) + "'";
    case CellKind::kBytes:
      return "X'" + ToHex(AsBytes(cell.bytes())) + "'";
    case CellKind::kText:
    case CellKind::kJson:
      return column.type == ColumnType::kUuid || column.type == ColumnType::kInet4 ||
                     column.type == ColumnType::kInet6
                 ? QuoteText(cell.bytes())
                 : "_utf8mb4 X'" + ToHex(AsBytes(cell.bytes())) + "'";
    case CellKind::kNull:
    case CellKind::kAbsent:
      break;
  }
  return "NULL";
}

}  // namespace rowhouse::mysql
