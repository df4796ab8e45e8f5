#include "mysql/row_period.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace rowhouse::mysql {

namespace {

// The largest TIMESTAMP(6), which is another from MariaDB 11.5 on; or the largest transaction id.
bool HasNotEnded(const Cell& end) {
  constexpr int64_t kMicros = 1'000'000;
  if (end.kind == CellKind::kTimestamp) {
    return end.i == (int64_t{INT32_MAX} + 1) * kMicros - 1 ||
           end.i == (int64_t{UINT32_MAX} + 1) * kMicros - 1;
  }
  return end.kind == CellKind::kUint ? end.u == UINT64_MAX : end.kind == CellKind::kAbsent;
}

}  // namespace

std::optional<size_t> RowEndColumn(const TableSchema& schema) {
  for (size_t i = 0; i < schema.columns.size(); ++i) {
    if (schema.columns[i].declared.ends_with(kRowEndDeclaration)) {
      return i;
    }
  }
  return std::nullopt;
}

bool CurrentRowsChange(size_t row_end, Change& change) {
  const bool was = change.before != nullptr && HasNotEnded(change.before[row_end]);
  const bool is = change.after != nullptr && HasNotEnded(change.after[row_end]);
  if (was && change.op == Op::kUpdate && !is) {
    change.op = Op::kDelete;
    change.after = nullptr;
  } else if (!was && change.op == Op::kUpdate && is) {
    change.op = Op::kCreate;
    change.before = nullptr;
  }
  return was || is;
}

bool IsSequence(const TableSchema& schema) {
  constexpr std::array<std::string_view, 8> kColumns = {
      "next_not_cached_value",
      "minimum_value",
      "maximum_value",
      "start_value",
      "increment",
      "cache_size",
      "cycle_option",
      "cycle_count"};
  return schema.primary_key.empty() &&
         std::equal(
             schema.columns.begin(),
             schema.columns.end(),
             kColumns.begin(),
             kColumns.end(),
             [](const Column& column, std::string_view name) { return column.name == name; }
         );
}

}  // namespace rowhouse::mysql
