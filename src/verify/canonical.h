#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "clickhouse/data_column.h"
#include "model/table.h"
#include "types/clickhouse_type.h"

namespace rowhouse::verify {

// A column's values as the same bytes on both servers.
//
// For each pair of a MySQL type and the ClickHouse type it became there are two expressions, one
// in each server's SQL, that give equal bytes exactly for equal values, and NULL for NULL. So rows
// can be hashed where they are. `back` leads from the bytes to the value in ClickHouse's type.
struct CanonicalColumn {
  // What a row's text needs so that no two rows run together.
  enum class Width {
    kPlain,  // digits, dates: never holds the separator and is never '~'
    kText,   // bytes of any kind: their length comes before them
    kLarge,  // as kText, but only length and hash of the bytes go into the row's text
  };

  // How the bytes are shown to people, and written as a literal of MySQL's.
  enum class Look { kNumber, kText, kBytes, kDouble, kQuoted, kAddress };

  std::string name;        // in MySQL
  std::string target;      // in ClickHouse
  std::string mysql;       // SQL of the bytes there
  std::string clickhouse;  // SQL of the bytes here; a String or FixedString, Nullable or not
  std::string back;        // SQL in ClickHouse: the value of $, a String that is not null
  std::string null_value;  // SQL in ClickHouse: the value that stands for NULL
  Width width = Width::kPlain;
  Look look = Look::kNumber;
  bool may_be_null = true;
  // A date with zero parts reads as this value too, so the value does not say what is stored.
  std::string zero_reads_as;
  // The geometry's second column, and its value of $.
  std::string second_target;
  std::string second_back;
};

// A column that is not compared, and why.
struct ColumnLeftOut {
  std::string name;
  std::string reason;
  bool in_target = true;  // ClickHouse has such a column
};

// All columns of a table, those of its key again in its order.
struct CanonicalTable {
  std::vector<CanonicalColumn> columns;
  std::vector<size_t> key;  // indexes in `columns`; empty: no key
  std::vector<ColumnLeftOut> left_out;
};

// Errors: kUnsupported names a key column that can't be compared.
Result<CanonicalTable> MakeCanonical(
    const TableSchema& table,
    const std::vector<clickhouse::DataColumn>& data,
    const std::vector<types::ClickHouseColumn>& columns
);

// One column; false and `reason` where the pair of types has no common bytes.
struct CanonicalChoice {
  CanonicalColumn column;
  std::string reason;  // empty: `column` holds

  bool ok() const { return reason.empty(); }
};

CanonicalChoice MakeCanonicalColumn(
    const Column& column, const std::string& target, const std::string& type
);

// The literal of MySQL's by which the column's canonical bytes are looked up in its index.
std::string MySqlLiteral(const CanonicalColumn& column, std::string_view bytes);

// The bytes for people: text as it is, other bytes as 0x hex digits, a double as a number.
std::string Shown(const CanonicalColumn& column, std::string_view bytes);

// The reverse of hex digits; what is no pair of digits is left out.
std::string FromHexDigits(std::string_view digits);

}  // namespace rowhouse::verify
