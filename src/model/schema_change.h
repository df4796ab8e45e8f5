#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "model/position.h"
#include "model/table.h"

namespace rowhouse {

// What a statement did to one column, by its text.
struct ColumnEdit {
  enum class Kind : uint8_t { kAdd, kDrop, kRename };

  Kind kind = Kind::kAdd;
  std::string column;
  std::string to;  // kRename: the new name

  friend bool operator==(const ColumnEdit&, const ColumnEdit&) = default;
};

// A statement that altered a table's columns, at its place.
struct TableAltered {
  RowVersion at;
  std::vector<ColumnEdit> edits;
  std::string sql{};

  friend bool operator==(const TableAltered&, const TableAltered&) = default;
};

// How far what reads the log has followed one table's schema.
struct FollowedSchema {
  std::string fingerprint;               // of the schema it is ready for; empty: of none yet
  std::vector<TableAltered> statements;  // met since, no row yet shows what they came to

  friend bool operator==(const FollowedSchema&, const FollowedSchema&) = default;
};

// A table's schema from some place in the stream on, with what the schemas of before and after do
// not tell by themselves.
struct SchemaChange {
  TableSchemaPtr schema;
  std::vector<std::pair<std::string, std::string>> renames;  // a column's name of before and now
  std::set<std::string> made_anew;       // columns dropped and added again under their name
  std::vector<TableAltered> statements;  // that led here
  RowVersion before;  // above every row of the schema before, below every row of this one
};

}  // namespace rowhouse
