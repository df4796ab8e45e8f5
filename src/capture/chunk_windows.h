#pragma once

#include <cstdint>
#include <deque>
#include <map>
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

// One chunk of a load, read and waiting for its place in the stream.
struct LoadedChunk {
  TableSchemaPtr table;
  uint64_t generation = 0;  // TableLoad's
  KeyRange range;           // what was read of the table
  SourcePosition read_at;
  BinlogPosition place_at;
  std::vector<ChangeBatchPtr> rows;  // bounded by Loader::Options::chunk_bytes
  uint64_t rows_read = 0;            // also those that the stream then overtakes
  size_t bytes = 0;
  // Of a table without key that is larger: the rows not yet read, drained when the place is
  // reached, and the reader they come from.
  std::unique_ptr<TableReader> the_rest_from;
  std::unique_ptr<ChunkCursor> the_rest;
};

// Where loads meet the stream.
//
// A chunk shows its table at one moment, while the stream goes on. To put the
// chunk at its exact place without stopping the stream:
//   1. a reader opens a window: from now on the stream's changed keys of that
//      table are noted, and `seen` is the boundary the stream has passed;
//   2. it reads the chunk, at a moment `read_at` at or after `seen`, and hands it in;
//   3. when the stream has passed `place_at`, the chunk is taken out: rows whose
//      key changed after `read_at` are dropped, since the stream has shown
//      something newer already; the rest is put out there.
// Row versions say the same thing again (a chunk row is older than any later
// change), so that even a repeated chunk does no harm.
//
// Many windows are open at once, several of one table too: those share the noted keys, each with
// the last place it changed at, and a window goes by the changes after its own `read_at`.
//
// Place:     between the snapshot threads (Open, HandIn) and the source thread (Observe, TakeDue).
// Owns:      the keys noted and the chunks that wait.
// Threads:   as said above; any from any.
// Blocking:  Open waits for a transaction boundary, HandIn for room.
// Bounds:    chunks up to `waiting_bytes_max` (one larger than that waits alone); at most kKeysMax
//            noted keys a table, beyond which its chunks come back as overrun, to be read again.
class ChunkWindows {
 public:
  static constexpr size_t kKeysMax = 500'000;

  explicit ChunkWindows(size_t waiting_bytes_max);

  // One window; `seen` is the boundary that its chunk has to be read at or after.
  struct Window {
    uint64_t id = 0;
    SourcePosition seen;
  };

  // What became of a chunk that was handed in.
  struct Due {
    LoadedChunk chunk;
    bool overrun = false;  // to be read again; its rows are gone
  };

  // --- a snapshot thread

  Result<Window> Open(const TableId& table, const std::stop_token& stop);

  // The chunk waits; the source thread tells what became of it.
  Status HandIn(const Window& window, LoadedChunk chunk, const std::stop_token& stop);

  // Ends a window whose chunk could not be read.
  void Abandon(const Window& window);

  // --- the source thread

  // The stream has reached the end of `batch`.
  void Observe(const ChangeBatch& batch);

  // A chunk whose place has been reached, without the rows the stream has overtaken, or one
  // that was overrun; nullopt when there is none (any more).
  std::optional<Due> TakeDue();

  // Where the stream starts; before any Observe.
  void StartAt(const SourcePosition& position);

 private:
  // The keys of one table that changed while windows of it are open, with the last place each
  // changed at.
  struct Noted {
    std::unordered_map<std::string, BinlogPosition> keys;
    BinlogPosition emptied{};  // the last place the table was emptied at
    bool overrun = false;      // more than kKeysMax: the windows open now are void
    size_t windows = 0;
  };

  struct OpenWindow {
    TableId table;
    BinlogPosition seen;
    bool overrun = false;
    std::optional<LoadedChunk> chunk;
  };

  using Windows = std::map<uint64_t, OpenWindow>;

  void Note(const Change& change) REQUIRES(mu_);
  void Forget(const TableId& table, Noted& noted) REQUIRES(mu_);
  void DropOvertaken(const Noted& noted, LoadedChunk& chunk) REQUIRES(mu_);
  void Close(Windows::iterator window) REQUIRES(mu_);

  const size_t waiting_bytes_max_;

  Mutex mu_;
  CondVar changed_;
  uint64_t last_id_ GUARDED_BY(mu_) = 0;
  Windows windows_ GUARDED_BY(mu_);                 // by id, so in the order they were opened
  std::map<TableId, Noted> noted_ GUARDED_BY(mu_);  // of tables with open windows
  size_t waiting_bytes_ GUARDED_BY(mu_) = 0;
  SourcePosition seen_ GUARDED_BY(mu_);  // last boundary the stream has passed
  BinlogPosition end_ GUARDED_BY(mu_);
  bool at_boundary_ GUARDED_BY(mu_) = true;
};

// The primary key's cells as bytes that are equal exactly when the values are. What
// `row` does not carry (a partial image) comes from `other`, which may be null.
void AppendKey(
    const TableSchema& table, const Cell* row, std::string& out, const Cell* other = nullptr
);

}  // namespace rowhouse::capture
