#include "capture/loader.h"

#include <algorithm>

#include "base/log.h"

namespace rowhouse::capture {

namespace {

// The reader's errors that end one table and not the run.
bool ConcernsOneTable(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::kUnsupported:
    case ErrorKind::kSchemaChanged:
    case ErrorKind::kNotFound:
    case ErrorKind::kBadRecord:
      return true;
    default:
      return false;
  }
}

uint64_t RowsIn(const LoadedChunk& chunk) {
  uint64_t rows = 0;
  for (const ChangeBatchPtr& batch : chunk.rows) {
    rows += batch->changes.size();
  }
  return rows;
}

}  // namespace

Loader::Loader(
    Options options, TableReader& reader, ChunkWindow& window, Progress& progress, Park park
)
    : options_(options),
      reader_(reader),
      window_(window),
      progress_(progress),
      park_(std::move(park)) {}

Status Loader::Run(
    const std::vector<TableSchemaPtr>& tables,
    const std::map<TableId, TableProgress>& ledger,
    const std::stop_token& stop
) {
  for (const TableSchemaPtr& table : tables) {
    const auto known = ledger.find(table->id);
    const TableProgress from = known == ledger.end() ? TableProgress{} : known->second;
    if (from.state != TableProgress::State::kLoading) {
      continue;
    }
    Status loaded = LoadTable(table, from, stop);
    if (!loaded && ConcernsOneTable(loaded.error())) {
      park_(table->id, loaded.error());
      continue;
    }
    if (!loaded) {
      return loaded;
    }
  }
  return Ok();
}

Status Loader::LoadTable(
    const TableSchemaPtr& table, TableProgress from, const std::stop_token& stop
) {
  const Clock::TimePoint began = Clock::Real().Now();
  LogInfo(
      from.loaded_to.empty() ? "loading table" : "going on loading table",
      {{"table", table->id.ToString()}, {"rows_before", from.rows}}
  );
  progress_.UpdateTable(table->id, [](TableCounters& t) { t.loading = true; });
  uint64_t rows_max = options_.chunk_rows;
  while (from.state == TableProgress::State::kLoading) {
    TableProgress next = ROWHOUSE_TRY(LoadChunk(table, from, rows_max, stop));
    // A chunk that the stream overran is read again, smaller, so that it gets through.
    rows_max = next == from ? std::max<uint64_t>(rows_max / 2, 100) : options_.chunk_rows;
    from = std::move(next);
  }
  const auto took = std::chrono::duration<double>(Clock::Real().Now() - began).count();
  progress_.UpdateTable(table->id, [](TableCounters& t) { t.loading = false; });
  LogInfo(
      "table loaded", {{"table", table->id.ToString()}, {"rows", from.rows}, {"seconds", took}}
  );
  return Ok();
}

Result<TableProgress> Loader::LoadChunk(
    const TableSchemaPtr& table,
    const TableProgress& from,
    uint64_t rows_max,
    const std::stop_token& stop
) {
  const SourcePosition seen = ROWHOUSE_TRY(window_.Open(table->id, stop));
  Result<LoadedChunk> chunk = ReadChunk(table, from, rows_max, seen);
  if (!chunk) {
    window_.Abandon();
    return std::move(chunk).error().Context("loading " + table->id.ToString());
  }
  TableProgress after = chunk->progress;
  const auto outcome = ROWHOUSE_TRY(window_.HandIn(*std::move(chunk), stop));
  return outcome == ChunkWindow::Outcome::kPlaced ? after : from;
}

Result<LoadedChunk> Loader::ReadChunk(
    const TableSchemaPtr& table,
    const TableProgress& from,
    uint64_t rows_max,
    const SourcePosition& seen
) {
  std::unique_ptr<ChunkCursor> cursor =
      ROWHOUSE_TRY(reader_.Open({table, from.loaded_to, rows_max}, seen));
  LoadedChunk chunk;
  chunk.table = table;
  chunk.read_at = cursor->read_at();
  chunk.starts_load = from.loaded_to.empty();
  chunk.progress = from;
  size_t bytes = 0;
  while (ChangeBatchPtr batch = ROWHOUSE_TRY(cursor->Next())) {
    bytes += batch->bytes();
    chunk.rows.push_back(std::move(batch));
    if (!table->has_key() && bytes > kBufferedBytesMax) {
      // One chunk whatever its size; its place is exact, so it is known already.
      chunk.place_at = chunk.read_at.binlog;
      chunk.progress.state = TableProgress::State::kDone;
      chunk.the_rest = std::move(cursor);
      return chunk;
    }
  }
  chunk.place_at = cursor->place_at();
  chunk.progress.rows += RowsIn(chunk);
  chunk.progress.loaded_to = cursor->last_key();
  if (cursor->table_done()) {
    chunk.progress.state = TableProgress::State::kDone;
  }
  return chunk;
}

}  // namespace rowhouse::capture
