#pragma once

#include <atomic>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "model/checkpoint.h"
#include "model/record.h"

namespace rowhouse::capture {

// What becomes true once a batch and all before it are safe.
struct Milestone {
  SourcePosition resume;  // empty: no new boundary
  // Chunks are done, tables started, dropped or to be loaded again; in order.
  std::vector<std::pair<TableId, TableProgress>> ledger{};
  std::string place{};                 // of its changes in the source, for people
  std::shared_ptr<const void> held{};  // let go then
};

// Tells how far the stream is safe to checkpoint.
//
// The source hands out batches in order; Kafka acknowledges their records out of
// order. AckTracker turns the second into the first: Frontier() is the checkpoint
// below which every record has been acknowledged.
//
// A batch is open while its pending count is above zero: it starts with one hold
// for each encode worker, Expect() adds one for each record before it is appended, Ack()
// takes one away. So a batch can't be complete while a worker still encodes it.
//
// Place:     one a run; Issue by the source thread, Expect by encode workers,
//            Ack by them and by the delivery thread, Frontier by the checkpoint thread.
// Owns:      milestones; records are not kept.
// Threads:   any method from any thread, Issue from one.
// Blocking:  Issue() waits while in_flight_bytes is at its limit; others never wait.
// Errors:    Issue() gives kCancelled at a stop request. An Ack() too many CHECKs.
// Units:     sizes are bytes of the decoded batch in memory, not of its records.
// Invariant: Frontier() never goes back and never passes an open batch.
class AckTracker {
 public:
  AckTracker(Checkpoint start, size_t in_flight_bytes_max);
  ~AckTracker();

  AckTracker(const AckTracker&) = delete;
  AckTracker& operator=(const AckTracker&) = delete;

  // Opens the next batch with `holds` pending.
  Result<AckToken> Issue(Milestone milestone, size_t bytes, int holds, const std::stop_token& stop);

  // One more acknowledgement is awaited; only while the caller has a hold.
  void Expect(AckToken token);

  void Ack(AckToken token, size_t records = 1);

  // Of the batch's milestone; the caller knows of an acknowledgement that is awaited.
  const std::string& PlaceOf(AckToken token) const { return SlotOf(token).milestone.place; }

  // Notes at once that `table` is parked. Of milestones only one that it is gone changes that.
  void Park(const TableId& table, std::string reason);

  // Notes at once that a comparison found `table` whole; see Checkpoint::NoteWhole.
  bool NoteWhole(const TableId& table, const BinlogPosition& to);

  // Notes at once that `table` is to be loaded again; a parked one stays so.
  void NoteReload(const TableId& table);

  // Notes at once how far a table's schema is followed.
  void NoteSchema(const TableId& table, FollowedSchema followed);

  // Notes at once that `table` is paused; nullopt: that it is not any more.
  void NotePause(const TableId& table, std::optional<Pause> pause);

  // Those that are paused in Frontier().
  std::map<TableId, Pause> Paused() const;

  // Waits until all batches before the token's are complete; gives the frontier's version then.
  // The caller has a hold. kCancelled at a stop request.
  Result<uint64_t> WaitFirst(AckToken token, const std::stop_token& stop);

  // The newest safe checkpoint.
  Checkpoint Frontier() const;

  // The ledger's entry of one table in Frontier().
  std::optional<TableProgress> Entry(const TableId& table) const;

  // Counts changes of Frontier(), so that an unchanged one need not be copied or saved.
  uint64_t frontier_version() const;

  // A Frontier() at least as new as this version of it has been saved.
  void NoteSaved(uint64_t version) { saved_version_ = version; }

  uint64_t saved_version() const { return saved_version_; }

  size_t in_flight_bytes() const;

  // Waits until nothing is in flight; false at the deadline or a stop request.
  bool WaitIdle(const std::stop_token& stop, Deadline deadline);

 private:
  struct Slot {
    std::atomic<int64_t> pending;
    size_t bytes;
    Milestone milestone;

    Slot(int64_t holds, size_t b, Milestone m)
        : pending(holds), bytes(b), milestone(std::move(m)) {}
  };

  static Slot& SlotOf(AckToken token);

  void Advance();

  const size_t in_flight_bytes_max_;
  std::atomic<uint64_t> saved_version_{0};

  mutable Mutex mu_;
  CondVar room_;
  std::deque<Slot> slots_ GUARDED_BY(mu_);  // bounded by in_flight_bytes_max_; addresses are tokens
  size_t in_flight_bytes_ GUARDED_BY(mu_) = 0;
  Checkpoint frontier_ GUARDED_BY(mu_);
  uint64_t frontier_version_ GUARDED_BY(mu_) = 0;
};

}  // namespace rowhouse::capture
