#include "capture/chunk_window.h"

#include <algorithm>

namespace rowhouse::capture {

namespace {

bool HasBytes(const Cell& cell) {
  switch (cell.kind) {
    case CellKind::kText:
    case CellKind::kBytes:
    case CellKind::kJson:
      return true;
    case CellKind::kDecimal:
      return cell.size != 0;
    default:
      return false;
  }
}

}  // namespace

void AppendKey(const TableSchema& table, const Cell* row, std::string& out) {
  for (const uint32_t column : table.primary_key) {
    const Cell& cell = row[column];
    out += static_cast<char>(cell.kind);
    const std::string_view bytes =
        HasBytes(cell) ? cell.bytes()
                       : std::string_view(reinterpret_cast<const char*>(&cell.u), sizeof cell.u);
    const auto size = static_cast<uint32_t>(bytes.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += bytes;
  }
}

void ChunkWindow::StartAt(const SourcePosition& position) {
  MutexLock lock(mu_);
  seen_ = position;
  end_ = position.binlog;
  at_boundary_ = true;
  changed_.NotifyAll();
}

Result<SourcePosition> ChunkWindow::Open(const TableId& table, const std::stop_token& stop) {
  MutexLock lock(mu_);
  // In the middle of a transaction some of its changes have gone by unnoted. And a
  // stream begun by GTID learns its place in the files from its first events.
  const bool ready =
      changed_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
        return at_boundary_ && !seen_.empty();
      });
  if (!ready) {
    return Error(ErrorKind::kCancelled, "stopped while opening a chunk window");
  }
  open_ = true;
  overrun_ = false;
  table_ = table;
  noted_.clear();
  return seen_;
}

Result<ChunkWindow::Outcome> ChunkWindow::HandIn(LoadedChunk chunk, const std::stop_token& stop) {
  MutexLock lock(mu_);
  ready_ = std::move(chunk);
  changed_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
    return !ready_.has_value() || overrun_;
  });
  const bool taken = !ready_.has_value();
  ready_.reset();
  open_ = false;
  noted_.clear();
  if (taken) {
    return Outcome::kPlaced;
  }
  if (overrun_) {
    return Outcome::kOverrun;
  }
  return Error(ErrorKind::kCancelled, "stopped while a chunk waited for its place");
}

void ChunkWindow::Abandon() {
  MutexLock lock(mu_);
  open_ = false;
  noted_.clear();
}

void ChunkWindow::Observe(const ChangeBatch& batch) {
  MutexLock lock(mu_);
  if (open_) {
    for (const Change& change : batch.changes) {
      Note(change);
    }
  }
  if (!batch.resume.empty()) {
    seen_ = batch.resume;
  }
  if (!batch.end.empty()) {
    end_ = batch.end;
  }
  at_boundary_ = batch.at_boundary;
  changed_.NotifyAll();
}

void ChunkWindow::Note(const Change& change) {
  if (change.table->id != table_ || !change.table->has_key() || overrun_) {
    return;
  }
  if (noted_.size() >= kKeysMax) {
    overrun_ = true;
    noted_.clear();
    return;
  }
  const BinlogPosition at{std::string(change.origin->file), change.origin->pos};
  for (const Cell* row : {change.before, change.after}) {
    if (row != nullptr) {
      std::string key;
      AppendKey(*change.table, row, key);
      noted_[std::move(key)] = at;
    }
  }
}

std::optional<LoadedChunk> ChunkWindow::TakeDue() {
  MutexLock lock(mu_);
  if (!ready_ || overrun_ || !at_boundary_ || Compare(end_, ready_->place_at) < 0) {
    return std::nullopt;
  }
  std::optional<LoadedChunk> due = std::move(ready_);
  ready_.reset();
  DropOvertaken(*due);
  // The window ends where its chunk is placed: what comes after is not noted.
  open_ = false;
  noted_.clear();
  changed_.NotifyAll();
  return due;
}

void ChunkWindow::DropOvertaken(LoadedChunk& chunk) {
  if (noted_.empty()) {
    return;
  }
  std::string key;
  for (ChangeBatchPtr& batch : chunk.rows) {
    std::erase_if(batch->changes, [&](const Change& row) NO_THREAD_SAFETY_ANALYSIS {
      key.clear();
      AppendKey(*row.table, row.after, key);
      const auto noted = noted_.find(key);
      // A rows event starts at its position, so one at read_at itself is after it.
      return noted != noted_.end() && Compare(noted->second, chunk.read_at.binlog) >= 0;
    });
  }
}

}  // namespace rowhouse::capture
