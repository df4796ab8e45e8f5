#include "capture/ack_tracker.h"

#include "base/check.h"

namespace rowhouse::capture {

AckTracker::AckTracker(Checkpoint start, size_t in_flight_bytes_max)
    : in_flight_bytes_max_(in_flight_bytes_max), frontier_(std::move(start)) {}

AckTracker::~AckTracker() = default;

Result<AckToken> AckTracker::Issue(
    Milestone milestone, size_t bytes, int holds, const std::stop_token& stop
) {
  MutexLock lock(mu_);
  // One batch above the limit passes alone.
  room_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
    return slots_.empty() || in_flight_bytes_ + bytes <= in_flight_bytes_max_;
  });
  if (stop.stop_requested()) {
    return Error(ErrorKind::kCancelled, "stopped while waiting for acknowledgements");
  }
  in_flight_bytes_ += bytes;
  Slot& slot = slots_.emplace_back(holds, bytes, std::move(milestone));
  return reinterpret_cast<AckToken>(&slot);
}

AckTracker::Slot& AckTracker::SlotOf(AckToken token) {
  // A token is its slot's address, so that an acknowledgement needs no look-up.
  return *reinterpret_cast<Slot*>(token);  // NOLINT(performance-no-int-to-ptr): see above
}

void AckTracker::Expect(AckToken token) {
  SlotOf(token).pending.fetch_add(1, std::memory_order_relaxed);
}

void AckTracker::Ack(AckToken token, size_t records) {
  const auto done = static_cast<int64_t>(records);
  const int64_t before = SlotOf(token).pending.fetch_sub(done, std::memory_order_acq_rel);
  CHECK(before >= done);
  // From here the slot may be gone: another thread's Advance() pops complete ones.
  if (before == done) {
    Advance();
  }
}

void AckTracker::Advance() {
  MutexLock lock(mu_);
  bool moved = false;
  while (!slots_.empty() && slots_.front().pending.load(std::memory_order_acquire) == 0) {
    Slot& done = slots_.front();
    if (!done.milestone.resume.empty()) {
      frontier_.position = std::move(done.milestone.resume);
      moved = true;
    }
    for (auto& [table, news] : done.milestone.ledger) {
      TableProgress& progress = frontier_.ledger[table];
      if (progress.state != TableProgress::State::kParked ||
          news.state == TableProgress::State::kGone) {
        progress = std::move(news);
        moved = true;
      }
    }
    in_flight_bytes_ -= done.bytes;
    slots_.pop_front();
  }
  frontier_version_ += moved ? 1 : 0;
  room_.NotifyAll();
}

void AckTracker::Park(const TableId& table, std::string reason) {
  MutexLock lock(mu_);
  frontier_.Park(table, std::move(reason));
  ++frontier_version_;
}

bool AckTracker::NoteWhole(const TableId& table, const BinlogPosition& to) {
  MutexLock lock(mu_);
  const bool whole = frontier_.NoteWhole(table, to);
  frontier_version_ += whole ? 1 : 0;
  return whole;
}

void AckTracker::NoteReload(const TableId& table) {
  MutexLock lock(mu_);
  TableProgress& progress = frontier_.ledger[table];
  if (progress.state != TableProgress::State::kParked) {
    TableProgress again;
    again.reload = true;
    again.reloads = progress.reloads + 1;
    progress = std::move(again);
    ++frontier_version_;
  }
}

void AckTracker::NoteSchema(const TableId& table, FollowedSchema followed) {
  MutexLock lock(mu_);
  frontier_.schemas[table] = std::move(followed);
  ++frontier_version_;
}

void AckTracker::NotePause(const TableId& table, std::optional<Pause> pause) {
  MutexLock lock(mu_);
  if (pause) {
    frontier_.paused.insert_or_assign(table, *std::move(pause));
  } else {
    frontier_.paused.erase(table);
  }
  ++frontier_version_;
}

std::map<TableId, Pause> AckTracker::Paused() const {
  MutexLock lock(mu_);
  return frontier_.paused;
}

Result<uint64_t> AckTracker::WaitFirst(AckToken token, const std::stop_token& stop) {
  const Slot* const mine = &SlotOf(token);
  MutexLock lock(mu_);
  const bool first = room_.WaitFor(mu_, stop, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
    return &slots_.front() == mine;
  });
  if (!first) {
    return Error(ErrorKind::kCancelled, "stopped while waiting for acknowledgements");
  }
  return frontier_version_;
}

Checkpoint AckTracker::Frontier() const {
  MutexLock lock(mu_);
  return frontier_;
}

std::optional<TableProgress> AckTracker::Entry(const TableId& table) const {
  MutexLock lock(mu_);
  const auto found = frontier_.ledger.find(table);
  return found == frontier_.ledger.end() ? std::nullopt : std::optional(found->second);
}

uint64_t AckTracker::frontier_version() const {
  MutexLock lock(mu_);
  return frontier_version_;
}

size_t AckTracker::in_flight_bytes() const {
  MutexLock lock(mu_);
  return in_flight_bytes_;
}

bool AckTracker::WaitIdle(const std::stop_token& stop, Deadline deadline) {
  MutexLock lock(mu_);
  return room_.WaitFor(mu_, stop, deadline, [&]() NO_THREAD_SAFETY_ANALYSIS {
    return slots_.empty();
  });
}

}  // namespace rowhouse::capture
