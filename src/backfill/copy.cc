#include "backfill/copy.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/log.h"

namespace rowhouse::backfill {

namespace {

// What a row costs beside what the source says of it, before one was read.
constexpr uint64_t kRowOverheadBytes = 200;
// More keys than this are read by the range they lie in, not one by one.
constexpr size_t kKeysAtOnce = 1'000;
constexpr milliseconds kFirstWait{200};
constexpr milliseconds kLongestWait{10'000};

// The batches of a chunk that is compared before it is written, and its rows by number.
struct HeldChunk {
  std::vector<ChangeBatchPtr> batches;
  std::vector<const Cell*> cells;
  std::vector<const Change*> rows;
};

Result<HeldChunk> Hold(ChunkCursor& cursor) {
  HeldChunk held;
  while (true) {
    ChangeBatchPtr batch = ROWHOUSE_TRY(cursor.Next());
    if (batch == nullptr) {
      return held;
    }
    for (const Change& row : batch->changes) {
      held.cells.push_back(row.after);
      held.rows.push_back(&row);
    }
    held.batches.push_back(std::move(batch));
  }
}

}  // namespace

Result<RowVersion> VersionOfRead(const SourcePosition& read_at, uint32_t ordinal) {
  const uint32_t file = ROWHOUSE_TRY(BinlogFileNumber(read_at.binlog.file));
  return RowVersion::Make(read_at.epoch, file, read_at.binlog.pos - 1, ordinal);
}

Result<RowVersion> VersionAbove(const SourcePosition& read_at, RowVersion newest) {
  const RowVersion first = ROWHOUSE_TRY(VersionOfRead(read_at, 0));
  if (newest < first) {
    return first;
  }
  if (newest < ROWHOUSE_TRY(VersionOfRead(read_at, UINT32_MAX))) {
    return RowVersion{newest.high, newest.low + 1};
  }
  return Error(
             ErrorKind::kConfig,
             fmt::format(
                 "the source stands at {} (epoch {}), but ClickHouse has rows of a later place "
                 "({})",
                 read_at.binlog.ToString(),
                 read_at.epoch,
                 newest.ToHex()
             )
  )
      .WithCode("E-FILL-002")
      .WithHint(
          "its binary log began anew, or it is another server: let the pipeline begin anew first "
          "(rowhouse resync --help)"
      );
}

CopyTotals& CopyTotals::operator+=(const CopyTotals& other) {
  read += other.read;
  present += other.present;
  inserted += other.inserted;
  changed += other.changed;
  return *this;
}

Status Copy::Check(const TableSchema& table, const CopyOptions& options) {
  if (table.has_key() || (options.mode == Mode::kAll && options.where.empty())) {
    return Ok();
  }
  return Error(
             ErrorKind::kUnsupported,
             fmt::format(
                 "table {} has no primary or unique key, so none of its rows can be told from "
                 "another",
                 table.id.ToString()
             )
  )
      .WithCode("E-FILL-001")
      .WithHint("copy all of it: rowhouse load, or rowhouse resync beside a running pipeline");
}

Copy::Copy(TableSchemaPtr table, const CopyOptions& options, CopyWorld world)
    : table_(std::move(table)),
      options_(options),
      world_(std::move(world)),
      pacer_(options.rows_per_second) {}

CopyTotals Copy::totals() const {
  MutexLock lock(mu_);
  return totals_;
}

uint64_t Copy::rows_estimated() const {
  MutexLock lock(mu_);
  return rows_estimated_;
}

Result<CopyTotals> Copy::Run(
    const TableProgress& from, const CopyTotals& before, const std::stop_token& stop
) {
  ROWHOUSE_TRY(Check(*table_, options_));
  {
    MutexLock lock(mu_);
    ranges_.emplace(table_, from, 1);
    totals_ = before;
  }
  const std::stop_callback on_stop(stop, [this] { failing_.request_stop(); });
  std::vector<Thread> readers;
  readers.reserve(static_cast<size_t>(options_.readers));
  for (int i = 0; i < options_.readers; ++i) {
    readers.emplace_back(fmt::format("copy-{}", i), [this](const std::stop_token&) {
      Read(failing_.get_token());
    });
  }
  for (Thread& reader : readers) {
    reader.Join();
  }
  MutexLock lock(mu_);
  if (stop.stop_requested() && !ranges_->done()) {
    return Error(ErrorKind::kCancelled, "stopped");
  }
  if (failed_) {
    return *failed_;
  }
  return totals_;
}

// --- what is to be read

std::optional<capture::TableLoad::Work> Copy::Next(const std::stop_token& stop) {
  std::optional<capture::TableLoad::Work> work;
  MutexLock lock(mu_);
  changed_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
    work = stop.stop_requested() ? std::nullopt : ranges_->Take();
    return work.has_value() || ranges_->done();
  });
  return work;
}

// Leaves what lies behind the next chunk to the other readers.
Status Copy::CutTail(capture::TableLoad::Work& work, TableReader& reader) {
  uint64_t rows = 0;
  {
    MutexLock lock(mu_);
    const bool small =
        rows_estimated_ <= options_.chunk_rows && totals_.read <= options_.chunk_rows;
    if (!work.is_tail || options_.readers == 1 || !table_->has_key() || small) {
      return Ok();
    }
    rows = chunk_rows_;
  }
  const std::string key = ROWHOUSE_TRY(reader.KeyAfter(table_, work.range.after, rows));
  if (key.empty() || key == work.range.after) {
    return Ok();
  }
  MutexLock lock(mu_);
  work.range = ranges_->Cut(key);
  work.is_tail = false;
  changed_.NotifyAll();
  return Ok();
}

void Copy::Fail(Error error) {
  MutexLock lock(mu_);
  if (!failed_) {
    failed_ = std::move(error);
  }
  failing_.request_stop();
}

// --- a reader's thread

void Copy::Read(const std::stop_token& stop) {
  std::unique_ptr<TableReader> reader;
  std::unique_ptr<RowTarget> target;
  while (auto work = Next(stop)) {
    Backoff backoff(kFirstWait, kLongestWait);
    const Deadline give_up = Deadline::After(options_.give_up_after);
    Status done = Do(*work, reader, target, stop);
    bool told = false;
    while (!done && done.error().kind() == ErrorKind::kUnavailable && !give_up.Passed() &&
           WaitUnlessStopped(stop, backoff.Next())) {
      if (!std::exchange(told, true)) {
        LogWarn("copying waits", done.error(), {{"table", table_->id.ToString()}});
      }
      reader = nullptr;
      target = nullptr;
      done = Do(*work, reader, target, stop);
    }
    if (!done) {
      Fail(std::move(done).error().Context("copying " + table_->id.ToString()));
      return;
    }
  }
}

Status Copy::Do(
    capture::TableLoad::Work& work,
    std::unique_ptr<TableReader>& reader,
    std::unique_ptr<RowTarget>& target,
    const std::stop_token& stop
) {
  if (reader == nullptr) {
    reader = ROWHOUSE_TRY(world_.open_reader());
    ROWHOUSE_TRY(Estimate(*reader));
  }
  if (target == nullptr) {
    target = ROWHOUSE_TRY(world_.open_target());
  }
  if (world_.wait_for_calm) {
    ROWHOUSE_TRY(world_.wait_for_calm(stop));
  }
  ROWHOUSE_TRY(CutTail(work, *reader));
  target->Drop();
  const Chunk chunk = ROWHOUSE_TRY(CopyChunk(work.range, *reader, *target));
  ROWHOUSE_TRY(NoteDone(work.range, chunk));
  return Pace(chunk.totals.read, stop);
}

Status Copy::Estimate(TableReader& reader) {
  const TableSize size = ROWHOUSE_TRY(reader.Size(table_));
  const uint64_t row_bytes = size.rows == 0 ? 0 : size.bytes / size.rows;
  MutexLock lock(mu_);
  if (rows_estimated_ == 0) {
    rows_estimated_ = size.rows;
    SetChunkRows(row_bytes + kRowOverheadBytes);
  }
  return Ok();
}

// As many rows as chunk_bytes are likely to hold, and as a second may read.
void Copy::SetChunkRows(uint64_t row_bytes) {
  const uint64_t fit = options_.chunk_bytes / std::max<uint64_t>(row_bytes, 1);
  const uint64_t rate = options_.rows_per_second;
  const uint64_t most = rate == 0 ? options_.chunk_rows : std::min(options_.chunk_rows, rate);
  chunk_rows_ = std::clamp<uint64_t>(fit, 1, most);
}

Status Copy::NoteDone(const KeyRange& range, const Chunk& chunk) {
  MutexLock saving(saving_);
  TableProgress progress;
  CopyTotals totals;
  {
    MutexLock lock(mu_);
    const KeyRange read = ranges_->Read(range, chunk.done ? std::string() : chunk.last_key);
    ranges_->Placed(read, chunk.totals.read);
    totals_ += chunk.totals;
    if (chunk.totals.read > 0) {
      SetChunkRows(chunk.bytes / chunk.totals.read);
    }
    progress = ranges_->Progress();
    totals = totals_;
    changed_.NotifyAll();
  }
  return world_.save ? world_.save(progress, totals) : Ok();
}

Status Copy::Pace(uint64_t rows, const std::stop_token& stop) {
  milliseconds wait{0};
  {
    MutexLock lock(mu_);
    wait = pacer_.After(rows);
  }
  WaitUnlessStopped(stop, wait);
  return Ok();
}

// --- a chunk

Result<Copy::Chunk> Copy::CopyChunk(const KeyRange& range, TableReader& reader, RowTarget& target) {
  ChunkRequest request;
  request.table = table_;
  request.range = range;
  request.bytes_max = 2 * options_.chunk_bytes;  // what comes out wider than was estimated
  request.where = options_.where;
  request.keys_only = options_.mode == Mode::kMissing;
  {
    MutexLock lock(mu_);
    request.rows_max = chunk_rows_;
  }
  SourcePosition seen;
  seen.epoch = options_.epoch;
  auto cursor = ROWHOUSE_TRY(reader.Open(request, seen));
  return options_.mode == Mode::kAll ? CopyRows(range, *cursor, target)
                                     : CopyCompared(range, std::move(cursor), reader, target);
}

// Rows of a table without key count from 1 at the place of their read.
Result<RowVersion> Copy::VersionAt(const SourcePosition& read_at, uint32_t ordinal) const {
  const RowVersion above = ROWHOUSE_TRY(VersionAbove(read_at, options_.newest));
  return table_->has_key() ? above : VersionOfRead(read_at, ordinal);
}

Result<Copy::Chunk> Copy::CopyRows(const KeyRange& range, ChunkCursor& cursor, RowTarget& target) {
  Chunk chunk;
  chunk.range = range;
  const RowVersion at = ROWHOUSE_TRY(VersionAt(cursor.read_at(), 0));
  if (!table_->has_key() && !options_.dry_run) {
    ROWHOUSE_TRY(target.VoidBefore(at));
  }
  while (const ChangeBatchPtr batch = ROWHOUSE_TRY(cursor.Next())) {
    chunk.totals.read += batch->changes.size();
    chunk.bytes += batch->bytes();
    for (const Change& row : batch->changes) {
      const bool by_number = row.ordinal != 0;
      const RowVersion version =
          by_number ? ROWHOUSE_TRY(VersionAt(cursor.read_at(), row.ordinal)) : at;
      ROWHOUSE_TRY(target.Add(row, version));
    }
    if (options_.dry_run) {
      target.Drop();
    } else if (target.bytes_added() >= options_.chunk_bytes) {
      ROWHOUSE_TRY(target.Flush());
    }
  }
  ROWHOUSE_TRY(target.Flush());
  chunk.totals.inserted = options_.dry_run ? 0 : chunk.totals.read;
  chunk.done = cursor.range_done();
  chunk.last_key = cursor.last_key();
  return chunk;
}

Result<Copy::Chunk> Copy::CopyCompared(
    const KeyRange& range,
    std::unique_ptr<ChunkCursor> cursor,
    TableReader& reader,
    RowTarget& target
) {
  Chunk chunk;
  chunk.range = range;
  const RowVersion at = ROWHOUSE_TRY(VersionAt(cursor->read_at(), 0));
  const HeldChunk held = ROWHOUSE_TRY(Hold(*cursor));
  chunk.totals.read = held.rows.size();
  for (const auto& batch : held.batches) {
    chunk.bytes += batch->bytes();
  }
  chunk.done = cursor->range_done();
  chunk.last_key = cursor->last_key();
  if (held.rows.empty()) {
    return chunk;
  }
  if (options_.mode == Mode::kMissing) {
    const auto missing = ROWHOUSE_TRY(target.Missing(held.cells, at));
    std::vector<const Cell*> keys;
    keys.reserve(missing.size());
    for (const uint32_t row : missing) {
      keys.push_back(held.cells.at(row));
    }
    chunk.totals.present = held.rows.size() - missing.size();
    chunk.totals.inserted = ROWHOUSE_TRY(FetchMissing(keys, std::move(cursor), reader, target));
    return chunk;
  }
  const auto differing = ROWHOUSE_TRY(target.Differing(held.cells, at));
  for (const Difference& difference : differing) {
    ++(difference.there ? chunk.totals.changed : chunk.totals.inserted);
    ROWHOUSE_TRY(target.Add(*held.rows.at(difference.row), at));
  }
  chunk.totals.present = held.rows.size() - differing.size();
  if (options_.dry_run) {
    target.Drop();
    return chunk;
  }
  ROWHOUSE_TRY(target.Flush());
  return chunk;
}

// Whole rows of these keys, in a later snapshot than that of the keys: a row that is gone by then
// is not wanted any more.
Result<uint64_t> Copy::FetchMissing(
    const std::vector<const Cell*>& keys,
    std::unique_ptr<ChunkCursor> asked,
    TableReader& reader,
    RowTarget& target
) {
  if (options_.dry_run) {
    return uint64_t{keys.size()};
  }
  std::vector<std::string> conditions;
  for (size_t at = 0; at < keys.size(); at += kKeysAtOnce) {
    const size_t count = std::min(kKeysAtOnce, keys.size() - at);
    conditions.push_back(asked->OnlyThese({keys.data() + at, count}));
  }
  asked = nullptr;  // its reader is asked anew
  uint64_t rows = 0;
  for (std::string& condition : conditions) {
    ChunkRequest request;
    request.table = table_;
    request.where = std::move(condition);
    request.rows_max = 2 * kKeysAtOnce;
    request.bytes_max = SIZE_MAX;  // of a number of rows that is known
    SourcePosition seen;
    seen.epoch = options_.epoch;
    const auto cursor = ROWHOUSE_TRY(reader.Open(request, seen));
    const RowVersion at = ROWHOUSE_TRY(VersionAt(cursor->read_at(), 0));
    while (const ChangeBatchPtr batch = ROWHOUSE_TRY(cursor->Next())) {
      for (const Change& row : batch->changes) {
        ROWHOUSE_TRY(target.Add(row, at));
      }
      rows += batch->changes.size();
      if (target.bytes_added() >= options_.chunk_bytes) {
        ROWHOUSE_TRY(target.Flush());
      }
    }
  }
  ROWHOUSE_TRY(target.Flush());
  return rows;
}

}  // namespace rowhouse::backfill
