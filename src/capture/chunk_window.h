#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "model/change.h"
#include "model/ports.h"

namespace rowhouse::capture {

// One chunk of a first load, read and waiting for its place in the stream.
struct LoadedChunk {
  TableSchemaPtr table;
  SourcePosition read_at;
  BinlogPosition place_at;
  std::vector<ChangeBatchPtr> rows;       // one chunk: bounded by chunk_rows
  std::unique_ptr<ChunkCursor> the_rest;  // table without key, larger than memory allows: the
                                          // rows not yet read, drained when the place is reached
  bool starts_load = false;               // first chunk of the table
  TableProgress progress;                 // true once every row of it is acknowledged
};

// Where the first load meets the stream.
//
// A chunk shows its table at one moment, while the stream goes on. To put the
// chunk at its exact place without stopping the stream:
//   1. the loader opens a window: from now on the stream's changed keys of that
//      table are noted, and `seen` is the boundary the stream has passed;
//   2. it reads the chunk, at a moment `read_at` at or after `seen`, and hands it in;
//   3. when the stream has passed `place_at`, the chunk is taken out: rows whose
//      key changed after `read_at` are dropped, since the stream has shown
//      something newer already; the rest is put out there.
// Row versions say the same thing again (a chunk row is older than any later
// change), so that even a repeated chunk does no harm.
//
// Place:     between the snapshot thread (Open, HandIn) and the source thread (Observe, TakeDue).
// Owns:      the keys noted and one chunk.
// Threads:   as said above; any from any.
// Blocking:  Open waits for a transaction boundary, HandIn until the chunk is taken.
// Bounds:    one chunk; at most kKeysMax noted keys, beyond which the chunk is given back as
//            overrun and has to be read again.
class ChunkWindow {
 public:
  static constexpr size_t kKeysMax = 500'000;

  // Says how HandIn ended.
  enum class Outcome { kPlaced, kOverrun };

  // --- the snapshot thread

  // Gives the boundary that the chunk has to be read at or after.
  Result<SourcePosition> Open(const TableId& table, const std::stop_token& stop);

  Result<Outcome> HandIn(LoadedChunk chunk, const std::stop_token& stop);

  // Ends a window whose chunk could not be read.
  void Abandon();

  // --- the source thread

  // The stream has reached the end of `batch`.
  void Observe(const ChangeBatch& batch);

  // The chunk whose place has been reached, without the rows the stream has overtaken.
  std::optional<LoadedChunk> TakeDue();

  // Where the stream starts; before any Observe.
  void StartAt(const SourcePosition& position);

 private:
  void Note(const Change& change) REQUIRES(mu_);
  void DropOvertaken(LoadedChunk& chunk) REQUIRES(mu_);

  Mutex mu_;
  CondVar changed_;
  bool open_ GUARDED_BY(mu_) = false;
  bool overrun_ GUARDED_BY(mu_) = false;
  TableId table_ GUARDED_BY(mu_);
  // Keys changed since the window opened, with the last place each changed at.
  std::unordered_map<std::string, BinlogPosition> noted_ GUARDED_BY(mu_);
  std::optional<LoadedChunk> ready_ GUARDED_BY(mu_);
  SourcePosition seen_ GUARDED_BY(mu_);  // last boundary the stream has passed
  BinlogPosition end_ GUARDED_BY(mu_);
  bool at_boundary_ GUARDED_BY(mu_) = true;
};

// The primary key's cells as bytes that are equal exactly when the values are.
void AppendKey(const TableSchema& table, const Cell* row, std::string& out);

}  // namespace rowhouse::capture
