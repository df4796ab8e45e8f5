#include "mysql/partial_image.h"

#include <algorithm>

namespace rowhouse::mysql {

namespace {

// What stands in a before-image for a value that is not in the log; nullopt: nothing can.
std::optional<Cell> Unavailable(const Column& column) {
  switch (column.type) {
    case ColumnType::kChar:
    case ColumnType::kVarchar:
    case ColumnType::kText:
      return Cell::OfBytes(CellKind::kText, kUnavailableValue);
    case ColumnType::kBinary:
    case ColumnType::kVarbinary:
    case ColumnType::kBlob:
      return Cell::OfBytes(CellKind::kBytes, kUnavailableValue);
    default:
      return column.nullable ? std::optional(Cell::Null()) : std::nullopt;
  }
}

bool NeededBefore(const TableSchema& table, size_t column) {
  const auto& key = table.primary_key;
  return key.empty() || std::find(key.begin(), key.end(), column) != key.end() ||
         !Unavailable(table.columns[column]).has_value();
}

}  // namespace

std::optional<size_t> MissingColumn(const ImagesPresent& present, const TableSchema& table) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const bool in_first = present.first.Has(i);
    const bool after_misses = present.op == Op::kUpdate && !in_first && !present.second.Has(i);
    const bool first_misses = !in_first && (present.op == Op::kCreate || NeededBefore(table, i));
    const bool start_misses = present.diffs && !in_first && present.second.Has(i) &&
                              table.columns[i].type == ColumnType::kJson;
    if (after_misses || first_misses || start_misses) {
      return i;
    }
  }
  return std::nullopt;
}

void FillAbsent(const TableSchema& table, Cell* before, Cell* after) {
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (after != nullptr && after[i].kind == CellKind::kAbsent) {
      after[i] = before[i];
    }
    if (before != nullptr && before[i].kind == CellKind::kAbsent) {
      before[i] = Unavailable(table.columns[i]).value_or(Cell::Null());
    }
  }
}

}  // namespace rowhouse::mysql
