#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "model/position.h"
#include "verify/region.h"

namespace rowhouse::verify {

// All columns of one row as canonical bytes; nullopt is NULL.
using CellRow = std::vector<std::optional<std::string>>;
using CellRows = std::unordered_map<std::string, CellRow>;

// One side of a comparison: a table as it is in one server.
//
// Threads: one owner. Blocking: each call by its server. Errors: the server's.
class Side {
 public:
  virtual ~Side() = default;

  // First and last key; nullopt where the side has no rows.
  virtual Result<std::optional<KeySpan>> Span() = 0;
  virtual Result<RowSum> Sum(const Region& region) = 0;
  // The number of rows alone; its hashes are 0.
  virtual Result<RowSum> Count(const Region& region) = 0;
  virtual Result<BucketSums> Sums(const Region& region, uint32_t buckets) = 0;
  virtual Result<RowStates> Rows(const Region& region) = 0;
  virtual Result<CellRows> Cells(const std::vector<std::string>& keys) = 0;
};

// Some rows as the source has them, and when that was.
struct SourceRows {
  RowStates rows;
  SourcePosition at;  // exact: they are as of here; else all changes before here are in them
  bool exact = false;
  BinlogPosition log_end;  // no change in them lies behind it
};

// Rows to be written again.
struct SourceCells {
  CellRows rows;
  SourcePosition at;  // as in SourceRows
};

// The side that is right. What is read of it comes with its place in the log.
class SourceSide : public Side {
 public:
  // These keys in a snapshot that shows all changes before `seen`.
  virtual Result<SourceRows> Lookup(
      const std::vector<std::string>& keys, const SourcePosition& seen
  ) = 0;
  virtual Result<SourceCells> Read(
      const std::vector<std::string>& keys, const SourcePosition& seen
  ) = 0;
  virtual Result<BinlogPosition> LogEnd() = 0;
};

// What the target holds of a key: also of one whose row is not there.
struct TargetRow {
  std::optional<RowState> state;  // none: no such row
  RowVersion version;             // of the row, or of what removed it; zero: never seen
};

using TargetRows = std::unordered_map<std::string, TargetRow>;

// The side that follows, and that a repair writes to.
class TargetSide : public Side {
 public:
  // Each key has an entry in the answer. Tables without key: only what came before `before`.
  virtual Result<TargetRows> Lookup(
      const std::vector<std::string>& keys, const std::optional<RowVersion>& before
  ) = 0;

  // Makes the keys' rows those of `rows`; keys that are not in it are removed.
  // `now` is what the target holds; the new entries stand above that and below `rows.at`.
  virtual Status Put(
      const std::vector<std::string>& keys, const SourceCells& rows, const TargetRows& now
  ) = 0;
  // Tables without key: adds (positive) or takes away copies of a row.
  virtual Status Adjust(
      const std::string& key, const CellRow& row, int64_t copies, const SourcePosition& at
  ) = 0;
};

// What came of waiting for the stream.
struct StreamAnswer {
  // The target holds every change of the table before here.
  std::optional<SourcePosition> passed = {};
  // Without `passed`: why a pipeline that is there does not move; empty: there is none.
  std::string standing = {};
};

// How far the pipeline has brought the table's changes into the target.
class StreamProgress {
 public:
  virtual ~StreamProgress() = default;

  // Waits until the target holds every change of the table before `place`, as long as it comes
  // nearer. `passed` is at or behind `place`.
  virtual Result<StreamAnswer> WaitFor(const BinlogPosition& place) = 0;

  // Waits as long as a difference must last where there is no pipeline.
  virtual Status Settle() = 0;
};

}  // namespace rowhouse::verify
