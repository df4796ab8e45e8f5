#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "capture/chunk_windows.h"
#include "capture/failure.h"
#include "capture/progress.h"
#include "capture/table_load.h"
#include "model/checkpoint.h"
#include "model/ports.h"

namespace rowhouse::capture {

// Loads tables, as many as are asked for, at any time of a run.
//
// Readers take key ranges: of several tables side by side, and of one large table in
// parallel. Each range is read in chunks, which wait in ChunkWindows for their place. A table
// goes on where its ledger entry says. What concerns one table only (a type that can't be read, a
// table that is gone) parks that table; the others go on.
//
// Place:    one a run. Want and Forget from any thread; Placed and GiveBack from the
//           source thread, which puts the chunks out.
// Owns:     the reader threads, started when the first table is asked for, each with a
//           connection that it closes when there is nothing to load.
// Threads:  any.
// Errors:   kUnavailable: the source is away: the run ends, and starts again from the ledger; where
//           it is a replica, the range is tried again.
// Bounds:   readers * chunk_bytes being read, the same again waiting for their place, and one
//           row more for each reader; requests: one a table.
class Loader {
 public:
  struct Options {
    int readers = 2;
    uint64_t chunk_rows = 20'000;
    size_t chunk_bytes = size_t{8} << 20;
    // Rows come from another server than the stream: while that one is away or late, loads wait and
    // the stream goes on.
    bool reads_replica = false;

    // What the chunks that wait for their place may take.
    size_t waiting_bytes() const { return static_cast<size_t>(readers) * chunk_bytes; }
  };

  // What it works with; all of it outlives the loader.
  struct Around {
    std::function<Result<std::unique_ptr<TableReader>>()> open_reader;
    ChunkWindows& windows;
    Progress& progress;
    Failure& failure;
    std::function<void(const TableId&, const Error&)> park;
  };

  Loader(Options options, Around around);
  ~Loader();

  // Loads `table` from where `from` says, whose state is kLoading: a TableProgress{} from its
  // start, with `reload` set for a table that has been loaded before. A load of the
  // table that is under way is broken off.
  void Want(const TableSchemaPtr& table, const TableProgress& from);

  // Breaks off the load of a table, if there is one.
  void Forget(const TableId& table);

  // True while tables are being loaded or wait for it.
  bool busy() const { return around_.progress.tables_to_load > 0; }

  // --- the source thread

  // Whether the chunk belongs to a load that is still wanted.
  bool Wants(const LoadedChunk& chunk) const;

  // The chunk is in the stream, whole. Gives the ledger's entry: kDone ends the load. Nullopt
  // where the load was broken off meanwhile.
  std::optional<TableProgress> Placed(const LoadedChunk& chunk);

  // The stream overran the chunk.
  void GiveBack(const LoadedChunk& chunk);

  // Ends the readers, and with them the run.
  void Stop();

 private:
  // One table's load and what is known of the size of its rows.
  struct Load {
    TableLoad ranges;
    std::optional<TableSize> size;  // the server's estimate
    uint64_t chunk_rows;            // halved when the stream overran a chunk
    uint64_t rows_read = 0;
    uint64_t bytes_read = 0;
    Clock::TimePoint began;
  };

  // A range for one reader, with what it needs to know.
  struct Job {
    TableSchemaPtr table;
    uint64_t generation = 0;
    TableLoad::Work work;
    std::optional<TableSize> size;
    uint64_t rows_max = 0;
    bool starts = false;  // nothing of the table was read before
  };

  void StartReaders() REQUIRES(mu_);
  void Read(const std::stop_token& stop);
  // Waits for work; with kWorkOrIdle gives nullopt as soon as there is nothing to load.
  enum class Until { kWork, kWorkOrIdle };
  std::optional<Job> NextJob(const std::stop_token& stop, Until until);
  std::optional<Job> TryNextJob() REQUIRES(mu_);
  std::optional<Job> Take(Load& load) REQUIRES(mu_);
  Load* Find(const TableId& table, uint64_t generation) REQUIRES(mu_);
  uint64_t RowsMax(const Load& load) const REQUIRES(mu_);
  void Drop(const TableId& table) REQUIRES(mu_);
  void ShowPlaced(const Load& load, const TableProgress& progress) REQUIRES(mu_);

  Status Do(Job& job, std::unique_ptr<TableReader>& reader, const std::stop_token& stop);
  Status DoPatiently(Job& job, std::unique_ptr<TableReader>& reader, const std::stop_token& stop);
  Status Begin(Job& job, TableReader& reader);
  Status CutTail(Job& job, TableReader& reader);
  Result<LoadedChunk> ReadChunk(
      const Job& job, std::unique_ptr<TableReader>& reader, const SourcePosition& seen
  );

  // Notes what was read; false where the load was broken off meanwhile.
  bool NoteRead(const Job& job, const SourcePosition& seen, LoadedChunk& chunk);

  const Options options_;
  const Around around_;

  mutable Mutex mu_;
  CondVar changed_;
  uint64_t last_generation_ GUARDED_BY(mu_) = 0;
  std::map<TableId, Load> loads_ GUARDED_BY(mu_);
  std::deque<TableId> waiting_ GUARDED_BY(mu_);  // not begun, in the order asked for
  std::vector<TableId> begun_ GUARDED_BY(mu_);   // with ranges that nobody has yet
  std::vector<Thread> readers_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::capture
