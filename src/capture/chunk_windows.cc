#include "capture/chunk_windows.h"

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

void AppendKey(const TableSchema& table, const Cell* row, std::string& out, const Cell* other) {
  for (const uint32_t column : table.primary_key) {
    const bool absent = row[column].kind == CellKind::kAbsent && other != nullptr;
    const Cell& cell = absent ? other[column] : row[column];
    out += static_cast<char>(cell.kind);
    const std::string_view bytes =
        HasBytes(cell) ? cell.bytes()
                       : std::string_view(reinterpret_cast<const char*>(&cell.u), sizeof cell.u);
    const auto size = static_cast<uint32_t>(bytes.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out += bytes;
  }
}

ChunkWindows::ChunkWindows(size_t waiting_bytes_max) : waiting_bytes_max_(waiting_bytes_max) {}

void ChunkWindows::StartAt(const SourcePosition& position) {
  MutexLock lock(mu_);
  seen_ = position;
  end_ = position.binlog;
  at_boundary_ = true;
  changed_.NotifyAll();
}

Result<ChunkWindows::Window> ChunkWindows::Open(const TableId& table, const std::stop_token& stop) {
  MutexLock lock(mu_);
  // In the middle of a transaction some of its changes have gone by unnoted. And a stream begun
  // by GTID learns its place in the files from its first events: without it, a row would have no
  // version.
  const bool ready =
      changed_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
        return at_boundary_ && !seen_.binlog.empty();
      });
  if (!ready) {
    return Error(ErrorKind::kCancelled, "stopped while opening a chunk window");
  }
  Window window{++last_id_, seen_};
  windows_[window.id] = {table, seen_.binlog, false, std::nullopt};
  ++noted_[table].windows;
  return window;
}

Status ChunkWindows::HandIn(const Window& window, LoadedChunk chunk, const std::stop_token& stop) {
  MutexLock lock(mu_);
  changed_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
    return waiting_bytes_ == 0 || waiting_bytes_ + chunk.bytes <= waiting_bytes_max_;
  });
  if (stop.stop_requested()) {
    return Error(ErrorKind::kCancelled, "stopped while a chunk waited for its place");
  }
  waiting_bytes_ += chunk.bytes;
  windows_.at(window.id).chunk = std::move(chunk);
  return Ok();
}

void ChunkWindows::Abandon(const Window& window) {
  MutexLock lock(mu_);
  Close(windows_.find(window.id));
}

void ChunkWindows::Close(Windows::iterator window) {
  const auto noted = noted_.find(window->second.table);
  if (--noted->second.windows == 0) {
    noted_.erase(noted);
  }
  windows_.erase(window);
}

void ChunkWindows::Observe(const ChangeBatch& batch) {
  MutexLock lock(mu_);
  if (!windows_.empty()) {
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

void ChunkWindows::Note(const Change& change) {
  const auto found = noted_.find(change.table->id);
  if (found == noted_.end()) {
    return;
  }
  Noted& noted = found->second;
  if (change.op == Op::kTruncate) {
    noted.emptied = {std::string(change.origin->file), change.origin->pos};
  }
  if (!change.table->has_key()) {
    return;
  }
  if (noted.keys.size() >= kKeysMax) {
    Forget(found->first, noted);
  }
  const BinlogPosition at{std::string(change.origin->file), change.origin->pos};
  for (const Cell* row : {change.before, change.after}) {
    if (row != nullptr) {
      std::string key;
      AppendKey(*change.table, row, key, row == change.after ? change.before : change.after);
      noted.keys[std::move(key)] = at;
    }
  }
}

// Drops the keys that changed before any window of now was opened; where that helps little,
// all of them, and the windows with them.
void ChunkWindows::Forget(const TableId& table, Noted& noted) {
  const BinlogPosition* oldest = nullptr;
  for (const auto& [id, window] : windows_) {
    if (window.table == table && !window.overrun) {
      oldest = &window.seen;
      break;
    }
  }
  if (oldest != nullptr) {
    std::erase_if(noted.keys, [&](const auto& entry) {
      return Compare(entry.second, *oldest) < 0;
    });
  }
  if (oldest != nullptr && noted.keys.size() <= kKeysMax / 2) {
    return;
  }
  noted.keys.clear();
  for (auto& [id, window] : windows_) {
    window.overrun = window.overrun || window.table == table;
  }
}

std::optional<ChunkWindows::Due> ChunkWindows::TakeDue() {
  MutexLock lock(mu_);
  const auto is_due = [&](const auto& entry) NO_THREAD_SAFETY_ANALYSIS {
    const OpenWindow& window = entry.second;
    return window.chunk.has_value() &&
           (window.overrun || (at_boundary_ && Compare(end_, window.chunk->place_at) >= 0));
  };
  const auto found = std::find_if(windows_.begin(), windows_.end(), is_due);
  if (found == windows_.end()) {
    return std::nullopt;
  }
  Due due{*std::move(found->second.chunk), found->second.overrun};
  waiting_bytes_ -= due.chunk.bytes;
  if (due.overrun) {
    due.chunk.rows.clear();
  } else {
    DropOvertaken(noted_.at(found->second.table), due.chunk);
  }
  // The window ends where its chunk is placed: what comes after is not noted for it.
  Close(found);
  changed_.NotifyAll();
  return due;
}

void ChunkWindows::DropOvertaken(const Noted& noted, LoadedChunk& chunk) {
  if (!noted.emptied.empty() && Compare(noted.emptied, chunk.read_at.binlog) >= 0) {
    chunk.rows.clear();  // what is there again since came with the stream
    chunk.the_rest = nullptr;
    chunk.the_rest_from = nullptr;
  }
  if (noted.keys.empty() || !chunk.table->has_key()) {
    return;
  }
  std::string key;
  for (ChangeBatchPtr& batch : chunk.rows) {
    std::erase_if(batch->changes, [&](const Change& row) NO_THREAD_SAFETY_ANALYSIS {
      key.clear();
      AppendKey(*row.table, row.after, key);
      const auto changed = noted.keys.find(key);
      // A rows event starts at its position, so one at read_at itself is after it.
      return changed != noted.keys.end() && Compare(changed->second, chunk.read_at.binlog) >= 0;
    });
  }
}

}  // namespace rowhouse::capture
