#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ddl/lexer.h"
#include "model/table.h"

namespace rowhouse::ddl {

// What a statement does to one column of a table, by its text.
struct ColumnHint {
  enum class Kind : uint8_t { kAdd, kDrop, kRename, kModify };

  Kind kind = Kind::kAdd;
  std::string column;
  std::string to;  // kRename: the new name

  friend bool operator==(const ColumnHint&, const ColumnHint&) = default;
};

// What a statement does to one table, by its text.
struct TableEffect {
  enum class Kind : uint8_t {
    kCreate,
    kAlter,     // columns, keys, indexes, character set, ...
    kRename,    // to `other`
    kTruncate,  // all rows are gone, without a trace of each in the log
    kDrop,
    kDropDatabase,  // all tables of table.db
    kRowsMoved,     // rows came or went that the log does not tell: partitions, tablespaces
  };

  Kind kind = Kind::kAlter;
  TableId table;
  TableId other;                    // kRename: the new name; kRowsMoved: the other table, if any
  bool if_not_exists = false;       // kCreate: perhaps nothing happened
  bool or_replace = false;          // kCreate: a table of before is gone
  bool key = false;                 // kAlter: adds or drops a primary or unique key
  bool numbers = false;             // kAlter: adds a column that numbers the rows (AUTO_INCREMENT)
  std::vector<ColumnHint> columns;  // kAlter, in the order of the statement

  friend bool operator==(const TableEffect&, const TableEffect&) = default;
};

// What a statement does, as far as its text tells.
struct Hint {
  std::vector<TableEffect> effects;  // in the order of the statement
  bool rights = false;               // it gives or takes rights: other tables may be readable now
};

// Reads a statement that the log holds. It only gives hints: rows are decoded by what the log
// itself says of their table. A statement, or a part of one, that is not known has no
// effects; nothing here can fail.
//
// `default_db`: of the session, for names without one. `fold_names`: the server keeps
// names of databases and tables in small letters (lower_case_table_names = 1).
Hint ParseHint(
    std::string_view sql, std::string_view default_db, Dialect dialect, bool fold_names = false
);

// "ALTER shop.orders: add note, rename a to b", for logs.
std::string Describe(const TableEffect& effect);

}  // namespace rowhouse::ddl
