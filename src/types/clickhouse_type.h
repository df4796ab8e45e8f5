#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/table.h"
#include "types/format.h"

namespace rowhouse::types {

// What the target server can hold; the defaults are those of the embedded one.
struct ClickHouseOptions {
  // Date32 and DateTime64 reach 0001..9999 (26.7 does); else values are clamped to 1900..2299.
  bool wide_dates = true;
  bool time64 = true;                            // else TIME is Int64 microseconds
  bool geometry = false;                         // shapes ClickHouse knows become Geometry, not WKB
  bool json_type = false;                        // JSON columns become JSON instead of String
  std::map<std::string, std::string> overrides;  // column name → ClickHouse type
  Format format;                                 // how the values come in
};

// One ClickHouse column made of one MySQL column, on its way from the queue.
//
// The Kafka engine reads a field of the envelope as a column named by its dotted
// path with the record's name: `after.Value.id`. `path` is the part after
// "after.Value.", so a caller declares `before.Value.<path>` and
// `after.Value.<path>` with `queue_type`, and fills the final column with
//   Convert("`after.Value.<path>`")    where it may be NULL (history), or
//   Required("`after.Value.<path>`")   in the table of current rows.
// The source may be any expression of the queue's type, e.g. if(op = 'd', …, …).
//
// A geometry gives two: `g` (WKB or Geometry) and `g_srid`. A SET is an Array, which
// can't be Nullable: SQL's NULL is [NULL] (in a column that may be NULL), the empty set
// []. A NULL VECTOR is [].
struct ClickHouseColumn {
  std::string name;          // of the final column
  size_t source = 0;         // index in TableSchema::columns
  std::string path;          // below "before.Value." and "after.Value."
  std::string queue_type;    // "Nullable(Int64)"
  std::string type;          // final: "Int32", or "Nullable(Int32)" where MySQL's column is
  std::string null_type;     // the final type with room for NULL: "Nullable(Int32)"
  std::string expression;    // $ stands for the source; gives null_type
  bool lossy = false;        // some values of the MySQL type can't be told apart or are changed
  std::string lossy_reason;  // "years before 1900 and after 2299 are clamped"

  // SQL that makes `null_type` of `source`.
  std::string Convert(std::string_view source_sql) const;

  // SQL that makes `type`; NULL becomes the type's zero value where `type` has no room for it.
  std::string Required(std::string_view source_sql) const;

  // SQL that makes `type` of an expression of `null_type`.
  std::string WithoutNull(const std::string& sql) const;
};

// The table's columns in order. kUnsupported names a column whose type can't be
// carried, or two columns that would get the same name; kConfig an override of a
// column that is not there.
Result<std::vector<ClickHouseColumn>> ClickHouseColumns(
    const TableSchema& table, const ClickHouseOptions& options = {}
);

}  // namespace rowhouse::types
