#pragma once

#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "capture/chunk_window.h"
#include "capture/progress.h"
#include "model/checkpoint.h"
#include "model/ports.h"

namespace rowhouse::capture {

// Reads the tables of the first load chunk by chunk and hands each chunk to the window.
//
// A table goes on where its ledger entry says. What concerns one table only (a
// type that can't be read, a table that is gone) parks that table; the next one goes on.
//
// Place:    the snapshot thread of a run.
// Threads:  one.
// Errors:   kUnavailable: the source is away; the run ends and starts again from the ledger.
//           kCancelled at a stop request.
// Bounds:   one chunk in memory; of a table without key, which is one chunk, the first
//           kBufferedBytesMax, the rest is drained by the source thread at its place.
class Loader {
 public:
  static constexpr size_t kBufferedBytesMax = 32 << 20;

  struct Options {
    uint64_t chunk_rows = 20'000;
  };

  using Park = std::function<void(const TableId&, const Error&)>;

  Loader(Options options, TableReader& reader, ChunkWindow& window, Progress& progress, Park park);

  // Loads what the ledger does not call done or parked.
  Status Run(
      const std::vector<TableSchemaPtr>& tables,
      const std::map<TableId, TableProgress>& ledger,
      const std::stop_token& stop
  );

 private:
  Status LoadTable(const TableSchemaPtr& table, TableProgress from, const std::stop_token& stop);

  // One chunk; gives the progress after it, unchanged if it has to be read again.
  Result<TableProgress> LoadChunk(
      const TableSchemaPtr& table,
      const TableProgress& from,
      uint64_t rows_max,
      const std::stop_token& stop
  );

  Result<LoadedChunk> ReadChunk(
      const TableSchemaPtr& table,
      const TableProgress& from,
      uint64_t rows_max,
      const SourcePosition& seen
  );

  const Options options_;
  TableReader& reader_;
  ChunkWindow& window_;
  Progress& progress_;
  const Park park_;
};

}  // namespace rowhouse::capture
