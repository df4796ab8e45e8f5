#pragma once

#include <cstdint>
#include <vector>

#include "model/change.h"
#include "types/wire_table.h"

namespace rowhouse::types {

// The columns that make a table's records have their key.
//
// Threads: immutable, any.
class RowKey {
 public:
  explicit RowKey(const WireTable& wire);

  // Whether the change moves the row to another key: it becomes delete, tombstone, create.
  bool Changed(const Change& change) const;

 private:
  std::vector<uint32_t> columns_;
};

}  // namespace rowhouse::types
