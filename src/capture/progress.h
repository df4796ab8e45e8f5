#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/mutex.h"
#include "ddl/event.h"
#include "model/checkpoint.h"
#include "model/position.h"
#include "model/table.h"

namespace rowhouse::capture {

// How the load of one table goes.
struct LoadCounters {
  bool running = false;
  uint64_t rows = 0;            // in the stream; also those of earlier lives
  uint64_t rows_before = 0;     // of these before this process began
  uint64_t rows_estimated = 0;  // by the server, which may be far off
  uint64_t chunks = 0;          // of this process
  int64_t began_us = 0;         // our clock

  double RowsPerSecond(int64_t now_us) const {
    const double took = static_cast<double>(now_us - began_us) / 1e6;
    return took > 0 ? static_cast<double>(rows - rows_before) / took : 0;
  }

  // How long it will still take, while the estimate and the rate say so.
  std::optional<double> EtaSeconds(int64_t now_us) const {
    const double rate = RowsPerSecond(now_us);
    if (rate <= 0 || rows_estimated <= rows) {
      return std::nullopt;
    }
    return static_cast<double>(rows_estimated - rows) / rate;
  }
};

// What one table has seen since the process started.
struct TableCounters {
  uint64_t reads = 0;
  uint64_t creates = 0;
  uint64_t updates = 0;
  uint64_t deletes = 0;
  LoadCounters load;
  bool parked = false;
  std::string note;  // why it is parked
  std::optional<Pause> paused;
  std::optional<LeftOut> left_out;  // parked: it can be skipped; else: it was
};

// Counters of a capture, for metrics, status and the demo's live table.
//
// Place:   one a process; written by the stages, read by whoever shows it.
// Threads: any. The atomics are hot and cost one relaxed add a batch; the table map
//          is touched once a batch and table.
struct Progress {
  std::atomic<bool> connected{false};
  std::atomic<uint64_t> records_appended{0};
  std::atomic<uint64_t> records_acknowledged{0};
  std::atomic<uint64_t> bytes_encoded{0};
  std::atomic<int64_t> last_event_ts_us{0};     // source time of the last change seen
  std::atomic<int64_t> last_event_seen_us{0};   // our wall clock then
  std::atomic<int64_t> caught_up_us{0};         // wall clock when the stream last had nothing left
  std::atomic<int64_t> checkpoint_saved_us{0};  // wall clock of the last saved checkpoint
  std::atomic<uint64_t> restarts{0};
  std::atomic<uint64_t> tables_to_load{0};  // being loaded, or waiting for it
  std::atomic<uint64_t> direct_loads{0};    // the same, of tables that go past the log
  std::atomic<uint64_t> takeovers{0};       // ends of standing by
  std::atomic<uint64_t> commits{0};         // of the log, exactly-once only
  std::atomic<int64_t> commit_us{0};        // spent in them, with waiting for acknowledgements

  uint64_t all_loads() const { return tables_to_load + direct_loads; }

  // Who runs the pipeline while this process stands by; empty: it does not.
  void SetStandby(std::string active) {
    MutexLock lock(mu_);
    active_ = std::move(active);
  }

  std::string standby() const {
    MutexLock lock(mu_);
    return active_;
  }

  // All before it is acknowledged, and saved.
  void SetSavedPosition(const SourcePosition& position) {
    MutexLock lock(mu_);
    saved_position_ = position;
  }

  SourcePosition saved_position() const {
    MutexLock lock(mu_);
    return saved_position_;
  }

  // How far behind the source we are: 0 while the stream has nothing left.
  double LagSeconds(const Clock& clock = Clock::Real()) const {
    const int64_t seen = last_event_seen_us.load();
    if (seen == 0 || caught_up_us.load() >= seen) {
      return 0;
    }
    return static_cast<double>(clock.WallMicros() - last_event_ts_us.load()) / 1e6;
  }

  template <typename Change>
  void UpdateTable(const TableId& table, Change change) {
    MutexLock lock(mu_);
    change(tables_[table]);
  }

  bool Loading(const TableId& table) const {
    MutexLock lock(mu_);
    const auto found = tables_.find(table);
    return found != tables_.end() && found->second.load.running;
  }

  // Keeps the last kStatementsKept.
  void NoteStatement(const ddl::DdlEvent& event) {
    MutexLock lock(mu_);
    statements_.push_back(event);
    if (statements_.size() > kStatementsKept) {
      statements_.pop_front();
    }
  }

  std::deque<ddl::DdlEvent> Statements() const {
    MutexLock lock(mu_);
    return statements_;
  }

  TableCounters Table(const TableId& table) const {
    MutexLock lock(mu_);
    const auto known = tables_.find(table);
    return known == tables_.end() ? TableCounters{} : known->second;
  }

  std::map<TableId, TableCounters> Tables() const {
    MutexLock lock(mu_);
    return tables_;
  }

 private:
  static constexpr size_t kStatementsKept = 20;

  mutable Mutex mu_;
  std::map<TableId, TableCounters> tables_ GUARDED_BY(mu_);
  std::deque<ddl::DdlEvent> statements_ GUARDED_BY(mu_);
  std::string active_ GUARDED_BY(mu_);
  SourcePosition saved_position_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::capture
