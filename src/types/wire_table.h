#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/table.h"
#include "types/format.h"
#include "types/type_table.h"

namespace rowhouse::types {

// A column of a record: which of the table's it is, and how its values travel.
struct WireColumn {
  uint32_t column = 0;  // index in TableSchema::columns
  Form form = Form::kUnsupported;
  Treatment treatment;  // kNone in keys, as Debezium has it
};

// The columns of a table's records, after all that a configuration decides about them.
struct WireTable {
  std::vector<WireColumn> value;
  std::vector<WireColumn> key;  // empty: records have no key
};

// The form of a column's values when nothing is done to them.
Form FormOf(const Column& column, const Format& format);

// Errors: kUnsupported names a column whose type has no mapping or that can't be treated, two
// columns that get the same name, a key column that is not there, a table without columns.
Result<WireTable> MakeWireTable(const TableSchema& table, const Format& format);

}  // namespace rowhouse::types
