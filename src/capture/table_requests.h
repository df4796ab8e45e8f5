#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "model/checkpoint.h"
#include "model/table.h"

namespace rowhouse::capture {

// What is asked of a running capture about single tables, from outside its source thread.
//
// Place:   one a pipeline; outlives the runs, so that what is asked between two of them is not
//          lost. Filled by whoever asks (HTTP, the sink), emptied by the source thread.
// Threads: any.
// Blocking: WaitSaved only.
// Bounds:  one entry a table.
class TableRequests {
 public:
  // The table is to be loaded again, whatever state it is in; `why` is for people.
  void Reload(const TableId& table, std::string why) {
    MutexLock lock(mu_);
    reload_.insert_or_assign(table, std::move(why));
    unsaved_.insert(table);
  }

  // The parked table is to be followed again, without its changes of before; a new run does it.
  void Skip(const TableId& table) {
    MutexLock lock(mu_);
    skip_.insert(table);
    skip_refused_.erase(table);
    unsaved_.insert(table);
  }

  // Why the last Skip of the table was not done, once WaitSaved has returned.
  std::optional<Error> WhyNotSkipped(const TableId& table) const {
    MutexLock lock(mu_);
    const auto refused = skip_refused_.find(table);
    return refused == skip_refused_.end() ? std::nullopt : std::optional(refused->second);
  }

  // See Checkpoint::NoteWhole. A crash may forget it: the next comparison says it again.
  void NoteWhole(const TableId& table, const BinlogPosition& to) {
    MutexLock lock(mu_);
    whole_.insert_or_assign(table, to);
  }

  // Waits until Reload or Skip stands in a saved checkpoint, so that no crash forgets it.
  bool WaitSaved(const TableId& table, Deadline deadline) {
    MutexLock lock(mu_);
    return saved_.WaitFor(mu_, {}, deadline, [&]() NO_THREAD_SAFETY_ANALYSIS {
      return !unsaved_.contains(table);
    });
  }

  // The table is to be held back from what reads the log; nullopt: not any longer.
  void SetPause(const TableId& table, std::optional<Pause> pause) {
    MutexLock lock(mu_);
    pauses_.insert_or_assign(table, std::move(pause));
    unsaved_pauses_.insert(table);
  }

  // As WaitSaved.
  bool WaitPauseSaved(const TableId& table, Deadline deadline) {
    MutexLock lock(mu_);
    return saved_.WaitFor(mu_, {}, deadline, [&]() NO_THREAD_SAFETY_ANALYSIS {
      return !unsaved_pauses_.contains(table);
    });
  }

  // The place in the source is to be given up, and all tables are to be loaded again.
  void StartOver() {
    MutexLock lock(mu_);
    start_over_ = true;
  }

  // Waits until that stands in a saved checkpoint.
  bool WaitStartedOver(Deadline deadline) {
    MutexLock lock(mu_);
    return saved_.WaitFor(mu_, {}, deadline, [&]() NO_THREAD_SAFETY_ANALYSIS {
      return !start_over_;
    });
  }

  // --- the source thread

  bool to_start_over() const {
    MutexLock lock(mu_);
    return start_over_;
  }

  void StartedOver() {
    MutexLock lock(mu_);
    start_over_ = false;
    saved_.NotifyAll();
  }

  std::map<TableId, std::string> TakeReloads() {
    MutexLock lock(mu_);
    return std::exchange(reload_, {});
  }

  bool to_skip() const {
    MutexLock lock(mu_);
    return !skip_.empty();
  }

  void RefuseSkip(const TableId& table, const Error& why) {
    MutexLock lock(mu_);
    skip_refused_.insert_or_assign(table, why);
  }

  std::set<TableId> TakeSkips() {
    MutexLock lock(mu_);
    return std::exchange(skip_, {});
  }

  void PutBackSkips(std::set<TableId> skips) {
    MutexLock lock(mu_);
    skip_.merge(skips);
  }

  bool has_whole() const {
    MutexLock lock(mu_);
    return !whole_.empty();
  }

  std::map<TableId, BinlogPosition> TakeWhole() {
    MutexLock lock(mu_);
    return std::exchange(whole_, {});
  }

  bool waiting() const {
    MutexLock lock(mu_);
    return !reload_.empty();
  }

  // Requests that could not be saved; what was asked for again meanwhile stands.
  void PutBack(std::map<TableId, std::string> requests) {
    MutexLock lock(mu_);
    reload_.merge(requests);
  }

  using Pauses = std::map<TableId, std::optional<Pause>>;

  Pauses TakePauses() {
    MutexLock lock(mu_);
    return std::exchange(pauses_, {});
  }

  void PutBackPauses(Pauses pauses) {
    MutexLock lock(mu_);
    pauses_.merge(pauses);
  }

  // As Saved.
  void PauseSaved(const TableId& table) {
    MutexLock lock(mu_);
    if (!pauses_.contains(table)) {
      unsaved_pauses_.erase(table);
      saved_.NotifyAll();
    }
  }

  // The next run has to begin with the table parked; `reason` is for people. For what can't be in a
  // checkpoint of this run any more.
  void Park(const TableId& table, std::string reason) {
    MutexLock lock(mu_);
    park_.insert_or_assign(table, std::move(reason));
  }

  std::map<TableId, std::string> TakeParked() {
    MutexLock lock(mu_);
    return std::exchange(park_, {});
  }

  // Runs to come write no records to this topic beside the tables'.
  void LeaveTopic(const std::string& topic) {
    MutexLock lock(mu_);
    left_topics_.insert(topic);
  }

  std::set<std::string> left_topics() const {
    MutexLock lock(mu_);
    return left_topics_;
  }

  // The request is saved; unless it was made again meanwhile.
  void Saved(const TableId& table) {
    MutexLock lock(mu_);
    if (!reload_.contains(table) && !skip_.contains(table)) {
      unsaved_.erase(table);
      saved_.NotifyAll();
    }
  }

 private:
  mutable Mutex mu_;
  CondVar saved_;
  std::map<TableId, std::string> reload_ GUARDED_BY(mu_);
  std::map<TableId, std::string> park_ GUARDED_BY(mu_);
  std::set<TableId> skip_ GUARDED_BY(mu_);
  std::map<TableId, Error> skip_refused_ GUARDED_BY(mu_);
  std::map<TableId, BinlogPosition> whole_ GUARDED_BY(mu_);
  std::set<TableId> unsaved_ GUARDED_BY(mu_);
  std::set<std::string> left_topics_ GUARDED_BY(mu_);  // of three
  Pauses pauses_ GUARDED_BY(mu_);
  std::set<TableId> unsaved_pauses_ GUARDED_BY(mu_);
  bool start_over_ GUARDED_BY(mu_) = false;
};

}  // namespace rowhouse::capture
