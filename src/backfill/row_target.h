#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "model/cell.h"
#include "model/change.h"
#include "model/position.h"

namespace rowhouse::backfill {

// A row of a chunk whose counterpart in the target is another, or not there.
struct Difference {
  uint32_t row = 0;    // its number in the chunk
  bool there = false;  // the target has a row of that key, with other contents
};

// Where a copy's rows go: one table of the target.
//
// Writing the same row twice with the same version changes nothing, so a chunk may always be
// written again.
//
// Threads: one owner; each reader of a copy has its own.
// Errors:  kUnavailable: try again. kBadRecord: a value that is none of its column's type.
class RowTarget {
 public:
  virtual ~RowTarget() = default;

  // Takes a row of the chunk under way.
  virtual Status Add(const Change& row, RowVersion version) = 0;

  // Writes what was added. Comes back when it is stored.
  virtual Status Flush() = 0;

  // Forgets what was added.
  virtual void Drop() = 0;

  virtual size_t bytes_added() const = 0;

  // Which of these keys have no row in the target, that is as new as a row read at `read_at`. A row
  // deleted later than that counts as there. Rows hold the key's columns alone.
  virtual Result<std::vector<uint32_t>> Missing(
      const std::vector<const Cell*>& keys, RowVersion read_at
  ) = 0;

  // Which of these whole rows the target has not, or otherwise than MySQL.
  virtual Result<std::vector<Difference>> Differing(
      const std::vector<const Cell*>& rows, RowVersion read_at
  ) = 0;

  // Tables without key: voids every row with a lower version.
  virtual Status VoidBefore(RowVersion version) = 0;
};

}  // namespace rowhouse::backfill
