#include "types/row_key.h"

namespace rowhouse::types {

namespace {

bool Same(const Cell& a, const Cell& b) {
  if (a.kind == CellKind::kAbsent || b.kind == CellKind::kAbsent) {
    return true;
  }
  if (a.kind != b.kind || a.size != b.size) {
    return false;
  }
  switch (a.kind) {
    case CellKind::kText:
    case CellKind::kBytes:
    case CellKind::kJson:
      return a.bytes() == b.bytes();
    case CellKind::kDecimal:
      return a.size == 0 ? a.i == b.i : a.bytes() == b.bytes();
    default:
      return a.u == b.u;
  }
}

}  // namespace

RowKey::RowKey(const WireTable& wire) {
  for (const WireColumn& column : wire.key) {
    columns_.push_back(column.column);
  }
}

bool RowKey::Changed(const Change& change) const {
  if (change.op != Op::kUpdate || change.before == nullptr || change.after == nullptr) {
    return false;
  }
  for (const uint32_t column : columns_) {
    if (!Same(change.before[column], change.after[column])) {
      return true;
    }
  }
  return false;
}

}  // namespace rowhouse::types
