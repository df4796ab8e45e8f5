#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "backfill/row_target.h"
#include "base/clock.h"
#include "base/mutex.h"
#include "base/pacer.h"
#include "base/result.h"
#include "base/thread.h"
#include "capture/table_load.h"
#include "model/checkpoint.h"
#include "model/ports.h"

namespace rowhouse::backfill {

// Which rows are written.
enum class Mode {
  kMissing,  // those whose key has no row in the target; only keys are compared
  kChanged,  // also those whose contents differ
  kAll,      // every one
};

// What is copied, and how fast.
struct CopyOptions {
  Mode mode = Mode::kAll;
  std::string where;  // condition in the source's SQL; empty: all rows
  uint64_t chunk_rows = 100'000;
  size_t chunk_bytes = size_t{16} << 20;
  int readers = 2;
  uint64_t rows_per_second = 0;  // read, all readers together; 0: no limit
  bool dry_run = false;          // nothing is written
  uint16_t epoch = 0;            // of the versions
  // The highest version in the target when the copy began: what is read now can't be older.
  RowVersion newest;
  seconds give_up_after{300};  // with the source or the target away
};

// What a copy has done so far.
struct CopyTotals {
  uint64_t read = 0;      // rows, or keys
  uint64_t present = 0;   // left alone
  uint64_t inserted = 0;  // kAll: written; else: were not there
  uint64_t changed = 0;   // were there with other contents

  CopyTotals& operator+=(const CopyTotals& other);

  friend bool operator==(const CopyTotals&, const CopyTotals&) = default;
};

// What a copy needs of the world. Called from the readers' threads, `save` from one at a time; any
// may wait.
struct CopyWorld {
  std::function<Result<std::unique_ptr<TableReader>>()> open_reader;
  std::function<Result<std::unique_ptr<RowTarget>>()> open_target;
  // How far the copy is: what is not named there is written. Called after each chunk; an error ends
  // the copy.
  std::function<Status(const TableProgress&, const CopyTotals&)> save;
  // Waits while the source has too much to do; may be empty.
  std::function<Status(const std::stop_token&)> wait_for_calm;
};

// Copies rows of one table from the source straight into the target, beside a running stream or
// without one.
//
// Readers cut the table into key ranges; each range is read in chunks, each in a consistent
// snapshot of its own. A row is written with the version of the place it was read at: lower than
// any change after that place, so what the stream brings always wins, and rows deleted meanwhile
// stay deleted. That holds in any order and after any crash, so no lock and no mark in the stream
// is needed, and what is done may always be done again.
//
//   kMissing: keys alone are read and compared; the missing rows are then read whole, in a snapshot
//   of their own.
//   kChanged, kAll: rows are read whole.
//
// Place:    one a table and run of a command.
// Threads:  Run from one; it makes options.readers threads.
// Memory:   each reader holds one chunk: chunk_bytes, as read and as written.
// Errors:   kUnavailable is tried again for give_up_after. kUnsupported: a table without key, but
//           for kAll without condition. kConfig: the source's log began anew.
class Copy {
 public:
  Copy(TableSchemaPtr table, const CopyOptions& options, CopyWorld world);

  // kUnsupported (E-FILL-001) where rows of the table can't be told apart as these options need it.
  static Status Check(const TableSchema& table, const CopyOptions& options);

  // From the start, or from where a saved copy was. Gives the totals of both.
  Result<CopyTotals> Run(
      const TableProgress& from, const CopyTotals& before, const std::stop_token& stop
  );

  // Of the copy under way, for who shows it; rows_estimated is 0 until the source was asked.
  CopyTotals totals() const;
  uint64_t rows_estimated() const;

 private:
  struct Chunk {
    KeyRange range;
    bool done = false;  // nothing of the range is left behind it
    std::string last_key;
    uint64_t bytes = 0;  // as read
    CopyTotals totals;
  };

  void Read(const std::stop_token& stop);
  std::optional<capture::TableLoad::Work> Next(const std::stop_token& stop);
  Status Do(
      capture::TableLoad::Work& work,
      std::unique_ptr<TableReader>& reader,
      std::unique_ptr<RowTarget>& target,
      const std::stop_token& stop
  );
  Status CutTail(capture::TableLoad::Work& work, TableReader& reader);
  Status Estimate(TableReader& reader);
  void SetChunkRows(uint64_t row_bytes) REQUIRES(mu_);
  Result<Chunk> CopyChunk(const KeyRange& range, TableReader& reader, RowTarget& target);
  Result<Chunk> CopyRows(const KeyRange& range, ChunkCursor& cursor, RowTarget& target);
  Result<Chunk> CopyCompared(
      const KeyRange& range,
      std::unique_ptr<ChunkCursor> cursor,
      TableReader& reader,
      RowTarget& target
  );
  Result<uint64_t> FetchMissing(
      const std::vector<const Cell*>& keys,
      std::unique_ptr<ChunkCursor> asked,
      TableReader& reader,
      RowTarget& target
  );
  Result<RowVersion> VersionAt(const SourcePosition& read_at, uint32_t ordinal) const;
  Status Pace(uint64_t rows, const std::stop_token& stop);
  Status NoteDone(const KeyRange& range, const Chunk& chunk);
  void Fail(Error error);

  const TableSchemaPtr table_;
  const CopyOptions options_;
  const CopyWorld world_;

  mutable Mutex mu_;
  CondVar changed_;
  std::optional<capture::TableLoad> ranges_ GUARDED_BY(mu_);
  CopyTotals totals_ GUARDED_BY(mu_);
  uint64_t rows_estimated_ GUARDED_BY(mu_) = 0;
  uint64_t chunk_rows_ GUARDED_BY(mu_) = 1;
  Pacer pacer_ GUARDED_BY(mu_);
  std::optional<Error> failed_ GUARDED_BY(mu_);
  std::stop_source failing_;

  // Progress is saved in the order it is made.
  Mutex saving_;
};

// A version below every change after `read_at` and above every one before it.
//
// No event starts in the last byte before a place between events. Loads that go through Kafka have
// theirs in the bytes before that one.
Result<RowVersion> VersionOfRead(const SourcePosition& read_at, uint32_t ordinal);

// The same for rows with key, above `newest` too: where the log has stood still since an
// earlier copy, what somebody changed in the target meanwhile is older than what is read now.
//
// Errors: kConfig (E-FILL-002): `newest` is of a later place than the source has.
Result<RowVersion> VersionAbove(const SourcePosition& read_at, RowVersion newest);

}  // namespace rowhouse::backfill
