#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/table.h"
#include "types/clickhouse_type.h"

namespace rowhouse::clickhouse {

// Where in the messages a column's values are, and how they are read.
struct SourceField {
  std::string path;        // below "before.Value." and "after.Value."; empty: no message has it
  std::string queue_type;  // "Nullable(Int64)"
  std::string expression;  // of types::ClickHouseColumn: $ the source, ? its type
  std::string gives;       // that type, with room for NULL: "Nullable(Int32)"

  bool there() const { return !path.empty(); }

  // One queue can read messages of both side by side: the same type with the same meaning
  // (milliseconds are no microseconds, though both are Int64).
  bool ReadsLike(const SourceField& other) const;

  // SQL that makes `null_type` of `source`. Text comes out as MySQL writes the value.
  std::string Convert(std::string_view source, const std::string& null_type) const;
};

// A column of the tables that hold rows, which live longer than any one schema of MySQL's.
struct DataColumn {
  std::string name;
  std::string shown_as;    // MySQL's name of it, in T_current; empty: MySQL has dropped it
  std::string type;        // in the table of current rows
  bool in_current = true;  // false: only the history has it still
  std::string null_type;   // in the history
  std::string old_rows;    // "DEFAULT 5": what rows from before the column read; or empty
  SourceField field;
  Column source;  // MySQL's column, as far as it decides which values an ALTER rewrites
  // The version of the last statement that gave it its name, in hex; empty: none that was followed.
  // A statement that is told again after a crash is known by it.
  std::string since;

  bool live() const { return !shown_as.empty(); }
};

// The columns of a table that is made anew.
std::vector<DataColumn> FreshColumns(
    const TableSchema& table, const std::vector<types::ClickHouseColumn>& columns
);

// What ClickHouse has to remember of a column besides its types; kept as the comment of
// `after_<name>` in the history, so that it is there exactly as long as the column is.
std::string NoteOf(const DataColumn& column);

// Fills what a note says into `column`; false where the text is no note of ours.
bool ReadNote(std::string_view note, DataColumn& column);

}  // namespace rowhouse::clickhouse
