#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "ddl/hint.h"
#include "model/table.h"

namespace rowhouse::ddl {

// One difference between two schemas of a table.
struct SchemaStep {
  enum class Kind : uint8_t {
    kDrop,      // `column` of before
    kAdd,       // `column` of after, at `index`
    kRename,    // `was` is called `column` now
    kType,      // type, sign, size, digits or collation
    kLabels,    // of ENUM, SET
    kNullable,  // NULL <-> NOT NULL
    kDefault,
    kComment,
    kMove,  // columns stand in another order
    kKey,   // other columns, or the same in another order
  };

  Kind kind = Kind::kAdd;
  std::string column;  // its name now; kDrop: of before; kMove, kKey: empty
  std::string was;     // its name before; empty: the same, or none
  uint32_t index = 0;  // in the columns after; kDrop: before

  friend bool operator==(const SchemaStep&, const SchemaStep&) = default;
};

// What led from one schema of a table to a later one, in the order in which to follow it: drops,
// then column by column of `after`, then order and key.
//
// `statements`: the table's ALTERs between the two, in order. They tell a rename, and a column
// dropped and made anew under its name, from what the schemas alone look like; a statement that
// does not fit the schemas is passed over.
std::vector<SchemaStep> Diff(
    const TableSchema& before, const TableSchema& after, std::span<const TableEffect> statements
);

// What is known of the ALTER whose effect on values is asked for.
struct AlterContext {
  // The table before; null: not known, then whatever the text leaves open counts as changed.
  const TableSchema* before = nullptr;
  bool strict = false;  // the session refuses values that do not fit (STRICT_TRANS_TABLES)

  // Whether a session with these bits of sql_mode is strict.
  static bool IsStrict(uint64_t sql_mode);
};

// Why rows written before the statement may hold other values after it, of which the log tells
// nothing: "column b: its values are converted". Empty: they are the same, or follow from the
// schemas (a literal default, a dropped column).
std::string WhyValuesChange(
    const TableSchema& after, const TableEffect& statement, const AlterContext& context
);

// "add note", "rename a to b", for logs.
std::string Describe(const SchemaStep& step);

}  // namespace rowhouse::ddl
