#include "capture/loader.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/log.h"

namespace rowhouse::capture {

namespace {

// What a chunk weighs beside its rows, so that empty ones are bounded in number too.
constexpr size_t kChunkOverhead = 4096;
constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{10'000};

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

}  // namespace

Loader::Loader(Options options, Around around) : options_(options), around_(std::move(around)) {}

Loader::~Loader() {
  Stop();
}

void Loader::Stop() {
  around_.failure.Stop();
  std::vector<Thread> readers;
  {
    MutexLock lock(mu_);
    readers = std::move(readers_);
  }
  for (Thread& reader : readers) {
    reader.Join();
  }
}

// --- what is to be loaded

void Loader::Want(const TableSchemaPtr& table, const TableProgress& from) {
  CHECK(from.state == TableProgress::State::kLoading);
  MutexLock lock(mu_);
  Drop(table->id);
  loads_.emplace(
      table->id,
      Load{
          TableLoad(table, from, ++last_generation_),
          std::nullopt,
          options_.chunk_rows,
          0,
          0,
          Clock::TimePoint{}}
  );
  waiting_.push_back(table->id);
  around_.progress.tables_to_load = loads_.size();
  StartReaders();
  changed_.NotifyAll();
}

void Loader::Forget(const TableId& table) {
  MutexLock lock(mu_);
  Drop(table);
  around_.progress.tables_to_load = loads_.size();
}

void Loader::Drop(const TableId& table) {
  if (loads_.erase(table) == 1) {
    std::erase(waiting_, table);
    std::erase(begun_, table);
  }
}

void Loader::StartReaders() {
  for (int i = static_cast<int>(readers_.size()); i < options_.readers; ++i) {
    readers_.emplace_back(fmt::format("snapshot-{}", i), [this](const std::stop_token&) {
      Read(around_.failure.token());
    });
  }
}

Loader::Load* Loader::Find(const TableId& table, uint64_t generation) {
  const auto found = loads_.find(table);
  const bool same = found != loads_.end() && found->second.ranges.generation() == generation;
  return same ? &found->second : nullptr;
}

std::optional<Loader::Job> Loader::TryNextJob() {
  // As many tables side by side as there are readers; more only where those have no range free.
  for (size_t i = 0; i < begun_.size() || !waiting_.empty(); ++i) {
    while (!waiting_.empty() &&
           (begun_.size() <= i || begun_.size() < static_cast<size_t>(options_.readers))) {
      begun_.push_back(waiting_.front());
      waiting_.pop_front();
    }
    const TableId id = begun_[i];
    if (auto job = Take(loads_.at(id))) {
      return job;
    }
  }
  return std::nullopt;
}

std::optional<Loader::Job> Loader::Take(Load& load) {
  auto work = load.ranges.Take();
  if (!work) {
    return std::nullopt;
  }
  Job job;
  job.table = load.ranges.table();
  job.generation = load.ranges.generation();
  job.work = *std::move(work);
  job.size = load.size;
  job.rows_max = RowsMax(load);
  job.starts = load.began == Clock::TimePoint{};
  if (job.starts) {
    load.began = Clock::Real().Now();
  }
  if (load.ranges.all_taken()) {
    std::erase(begun_, job.table->id);
  }
  return job;
}

// As many rows as chunk_bytes are likely to hold.
uint64_t Loader::RowsMax(const Load& load) const {
  uint64_t row_bytes = 0;
  if (load.rows_read > 0) {
    row_bytes = load.bytes_read / load.rows_read;
  } else if (load.size && load.size->rows > 0) {
    row_bytes = load.size->bytes / load.size->rows;
  }
  const uint64_t fit = options_.chunk_bytes / std::max<uint64_t>(row_bytes, 1);
  return std::clamp<uint64_t>(fit, 1, load.chunk_rows);
}

std::optional<Loader::Job> Loader::NextJob(const std::stop_token& stop, Until until) {
  std::optional<Job> job;
  MutexLock lock(mu_);
  changed_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
    job = TryNextJob();
    return job.has_value() || (until == Until::kWorkOrIdle && loads_.empty());
  });
  return job;
}

// --- a reader's thread

void Loader::Read(const std::stop_token& stop) {
  std::unique_ptr<TableReader> reader;
  while (!stop.stop_requested()) {
    auto job = NextJob(stop, reader == nullptr ? Until::kWork : Until::kWorkOrIdle);
    if (!job) {
      reader = nullptr;  // nothing to do for a while: no connection is kept
      continue;
    }
    const TableId id = job->table->id;
    const uint64_t generation = job->generation;
    Status done = options_.reads_replica ? DoPatiently(*job, reader, stop) : Do(*job, reader, stop);
    if (done) {
      continue;
    }
    Error error = std::move(done).error().Context("loading " + id.ToString());
    if (!ConcernsOneTable(error)) {
      around_.failure.Set(std::move(error));
      return;
    }
    bool wanted = false;
    {
      MutexLock lock(mu_);
      wanted = Find(id, generation) != nullptr;
    }
    if (wanted) {
      around_.park(id, error);
    }
  }
}

// A replica that is late or away keeps its rows back, and nothing else.
Status Loader::DoPatiently(
    Job& job, std::unique_ptr<TableReader>& reader, const std::stop_token& stop
) {
  Backoff backoff(kFirstWait, kLongestWait);
  bool told = false;
  Status done = Do(job, reader, stop);
  while (!done && done.error().kind() == ErrorKind::kUnavailable &&
         WaitUnlessStopped(stop, backoff.Next())) {
    if (!std::exchange(told, true)) {
      LogWarn("a load waits", done.error(), {{"table", job.table->id.ToString()}});
    }
    reader = nullptr;
    done = Do(job, reader, stop);
  }
  if (told && done) {
    LogInfo("the load goes on", {{"table", job.table->id.ToString()}});
  }
  return done;
}

Status Loader::Do(Job& job, std::unique_ptr<TableReader>& reader, const std::stop_token& stop) {
  if (reader == nullptr) {
    reader = ROWHOUSE_TRY(around_.open_reader());
  }
  const ChunkWindows::Window window = ROWHOUSE_TRY(around_.windows.Open(job.table->id, stop));
  const auto read = [&]() -> Result<LoadedChunk> {
    if (job.starts) {
      ROWHOUSE_TRY(Begin(job, *reader));
      job.starts = false;
    }
    // After the window was opened: whoever takes what is cut off here has seen as much.
    ROWHOUSE_TRY(CutTail(job, *reader));
    return ReadChunk(job, reader, window.seen);
  };
  Result<LoadedChunk> chunk = read();
  if (!chunk) {
    around_.windows.Abandon(window);
    return std::move(chunk).error();
  }
  if (!NoteRead(job, window.seen, *chunk)) {
    around_.windows.Abandon(window);
    return Ok();
  }
  return around_.windows.HandIn(window, *std::move(chunk), stop);
}

Status Loader::Begin(Job& job, TableReader& reader) {
  job.size = ROWHOUSE_TRY(reader.Size(job.table));
  MutexLock lock(mu_);
  Load* load = Find(job.table->id, job.generation);
  if (load == nullptr) {
    return Ok();
  }
  load->size = job.size;
  job.rows_max = RowsMax(*load);
  LoadCounters counters;
  counters.running = true;
  counters.rows = counters.rows_before = load->ranges.Progress().rows;
  counters.rows_estimated = job.size->rows;
  counters.began_us = Clock::Real().WallMicros();
  around_.progress.UpdateTable(job.table->id, [&](TableCounters& t) { t.load = counters; });
  LogInfo(
      "loading table",
      {{"table", job.table->id.ToString()},
       {"rows_before", counters.rows_before},
       {"rows_estimated", counters.rows_estimated}}
  );
  return Ok();
}

// Leaves the rest of a large table to the other readers.
Status Loader::CutTail(Job& job, TableReader& reader) {
  uint64_t rows_read = 0;
  {
    MutexLock lock(mu_);
    Load* load = Find(job.table->id, job.generation);
    rows_read = load == nullptr ? 0 : load->rows_read;
  }
  const uint64_t estimate = job.size ? job.size->rows : 0;
  // An estimate that the load has passed already says nothing of the rest.
  const bool small = estimate <= job.rows_max && rows_read <= job.rows_max;
  if (!job.work.is_tail || !job.table->has_key() || options_.readers == 1 || small) {
    return Ok();
  }
  const std::string key =
      ROWHOUSE_TRY(reader.KeyAfter(job.table, job.work.range.after, job.rows_max));
  if (key.empty() || key == job.work.range.after) {
    return Ok();
  }
  MutexLock lock(mu_);
  if (Load* load = Find(job.table->id, job.generation)) {
    job.work.range = load->ranges.Cut(key);
    job.work.is_tail = false;
    changed_.NotifyAll();
  }
  return Ok();
}

Result<LoadedChunk> Loader::ReadChunk(
    const Job& job, std::unique_ptr<TableReader>& reader, const SourcePosition& seen
) {
  ChunkRequest request{job.table, job.work.range, job.rows_max, options_.chunk_bytes};
  // A range of known ends is read whole; it may have grown since it was cut.
  request.rows_max *= job.work.range.upto.empty() ? 1 : 2;
  std::unique_ptr<ChunkCursor> cursor = ROWHOUSE_TRY(reader->Open(request, seen));
  LoadedChunk chunk;
  chunk.table = job.table;
  chunk.generation = job.generation;
  chunk.range = job.work.range;
  chunk.read_at = cursor->read_at();
  chunk.bytes = kChunkOverhead;
  while (ChangeBatchPtr batch = ROWHOUSE_TRY(cursor->Next())) {
    chunk.bytes += batch->bytes();
    chunk.rows_read += batch->changes.size();
    chunk.rows.push_back(std::move(batch));
    if (!job.table->has_key() && chunk.bytes > options_.chunk_bytes) {
      // One chunk whatever its size; its place is exact, so it is known already.
      chunk.place_at = chunk.read_at.binlog;
      chunk.the_rest = std::move(cursor);
      chunk.the_rest_from = std::move(reader);
      return chunk;
    }
  }
  chunk.place_at = cursor->place_at();
  if (!cursor->range_done()) {
    chunk.range.upto = cursor->last_key();
  }
  return chunk;
}

bool Loader::NoteRead(const Job& job, const SourcePosition& seen, LoadedChunk& chunk) {
  MutexLock lock(mu_);
  Load* load = Find(job.table->id, job.generation);
  if (load == nullptr) {
    return false;
  }
  load->rows_read += chunk.rows_read;
  load->bytes_read += chunk.bytes;
  load->ranges.SetSince(seen);
  const bool whole = chunk.range.upto == job.work.range.upto;
  chunk.range = load->ranges.Read(job.work.range, whole ? "" : chunk.range.upto);
  const auto begun = std::find(begun_.begin(), begun_.end(), job.table->id);
  if (load->ranges.all_taken()) {
    if (begun != begun_.end()) {
      begun_.erase(begun);
    }
  } else if (begun == begun_.end()) {
    begun_.push_back(job.table->id);
  }
  changed_.NotifyAll();
  return true;
}

// --- the source thread

bool Loader::Wants(const LoadedChunk& chunk) const {
  MutexLock lock(mu_);
  const auto found = loads_.find(chunk.table->id);
  return found != loads_.end() && found->second.ranges.generation() == chunk.generation;
}

std::optional<TableProgress> Loader::Placed(const LoadedChunk& chunk) {
  const TableId& id = chunk.table->id;
  MutexLock lock(mu_);
  Load* load = Find(id, chunk.generation);
  if (load == nullptr) {
    return std::nullopt;
  }
  load->ranges.Placed(chunk.range, chunk.rows_read);
  load->chunk_rows = std::min(options_.chunk_rows, load->chunk_rows * 2);
  TableProgress progress = load->ranges.Progress();
  ShowPlaced(*load, progress);
  if (load->ranges.done()) {
    Drop(id);
    around_.progress.tables_to_load = loads_.size();
    changed_.NotifyAll();
  }
  return progress;
}

void Loader::ShowPlaced(const Load& load, const TableProgress& progress) {
  const TableId& id = load.ranges.table()->id;
  const bool done = load.ranges.done();
  around_.progress.UpdateTable(id, [&](TableCounters& t) {
    t.load.rows = progress.rows;
    ++t.load.chunks;
    t.load.running = !done;
  });
  if (done) {
    const auto took = std::chrono::duration<double>(Clock::Real().Now() - load.began).count();
    LogInfo("table loaded", {{"table", id.ToString()}, {"rows", progress.rows}, {"seconds", took}});
  }
}

void Loader::GiveBack(const LoadedChunk& chunk) {
  constexpr uint64_t kRowsLeast = 100;
  MutexLock lock(mu_);
  Load* load = Find(chunk.table->id, chunk.generation);
  if (load == nullptr) {
    return;
  }
  // Smaller, so that it gets through.
  load->chunk_rows = std::max(std::min(load->chunk_rows, chunk.rows_read) / 2, kRowsLeast);
  load->rows_read -= std::min(load->rows_read, chunk.rows_read);
  load->bytes_read -= std::min<uint64_t>(load->bytes_read, chunk.bytes);
  load->ranges.GiveBack(chunk.range);
  if (std::find(begun_.begin(), begun_.end(), chunk.table->id) == begun_.end()) {
    begun_.push_back(chunk.table->id);
  }
  changed_.NotifyAll();
}

}  // namespace rowhouse::capture
