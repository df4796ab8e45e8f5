#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "base/clock.h"
#include "base/mutex.h"

namespace rowhouse::kafka {

// Which transaction records go into, and which one may be sent: the same, but for the time in
// which one is being committed. Then the next one gathers, and waits.
//
// A log without transactions is all its life in the first one.
//
// Threads:  any; Cut and Next in turns, while nobody appends or nothing is on its way.
// Blocking: WaitStored until the last batch of what is sent has been told of; ends at End().
// Units:    batches are counted, not records: a record costs nothing here.
class TransactionWindow {
 public:
  uint64_t gathering() const { return gathering_.load(std::memory_order_acquire); }

  uint64_t sending() const { return sending_.load(std::memory_order_acquire); }

  // A transaction is cut off: it is to be sent out and committed.
  bool cut() const { return gathering() != sending(); }

  void Cut() { gathering_.fetch_add(1, std::memory_order_acq_rel); }

  // The one that was cut off has been committed.
  void Next() { sending_.fetch_add(1, std::memory_order_acq_rel); }

  // A batch (or a refused record) of the transaction is there, and one is done with.
  void Opened(uint64_t transaction) {
    open_[transaction % 2].fetch_add(1, std::memory_order_relaxed);
  }

  void Done(uint64_t transaction) {
    if (open_[transaction % 2].fetch_sub(1, std::memory_order_acq_rel) == 1 && cut()) {
      MutexLock lock(mu_);
      changed_.NotifyAll();
    }
  }

  // Of the transaction that was cut off. False at the deadline, or once ended.
  bool WaitStored(Deadline deadline) {
    MutexLock lock(mu_);
    std::atomic<int64_t>& open = open_[sending() % 2];
    bool in_time = true;
    while (open.load(std::memory_order_acquire) > 0 && !ended_ && in_time) {
      in_time = changed_.WaitUntil(mu_, deadline);
    }
    return open.load(std::memory_order_acquire) == 0;
  }

  void End() {
    MutexLock lock(mu_);
    ended_ = true;
    changed_.NotifyAll();
  }

 private:
  std::atomic<uint64_t> gathering_{0};
  std::atomic<uint64_t> sending_{0};
  std::array<std::atomic<int64_t>, 2> open_{};  // two at most are alive

  Mutex mu_;
  CondVar changed_;
  bool ended_ GUARDED_BY(mu_) = false;
};

}  // namespace rowhouse::kafka
