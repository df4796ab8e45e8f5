#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"

namespace rowhouse::kafka {

// The bytes that records may hold between their hand-over and their acknowledgement.
//
// One taker that wants more than the whole bound waits until nobody holds any and is then
// let in alone; meanwhile the others wait for it, else they would keep it out for ever.
//
// Threads:  any.
// Blocking: Take waits for room, WaitUntilEmpty for the last Give(); both end at End().
// Errors:   Take gives what End() was told.
class ByteBudget {
 public:
  // `on_wait` is called when somebody begins to wait, so that what can be sent is sent.
  ByteBudget(size_t most, std::function<void()> on_wait)
      : most_(most), on_wait_(std::move(on_wait)) {}

  Status Take(size_t bytes);

  // Without waiting, whatever the bound says: for what others wait for.
  void TakeAnyway(size_t bytes) { used_.fetch_add(bytes); }

  void Give(size_t bytes);

  // No more from now on; the first reason stays.
  void End(Error why);

  // The reason End() was told; ok before.
  Status Ended() const;

  bool open() const { return !ended_.load(std::memory_order_acquire); }

  // False at the deadline, or once ended.
  bool WaitUntilEmpty(Deadline deadline);

  size_t used() const { return used_.load(std::memory_order_relaxed); }

  // Somebody waits for room, or for all of it.
  bool wanted() const { return waiting_.load(std::memory_order_relaxed) > 0; }

 private:
  bool TryTake(size_t bytes);
  Status WaitForRoom(size_t bytes);

  const size_t most_;
  const std::function<void()> on_wait_;

  std::atomic<size_t> used_{0};
  std::atomic<int> waiting_{0};
  std::atomic<int> large_waiting_{0};
  std::atomic<bool> ended_{false};

  mutable Mutex mu_;
  CondVar changed_;
  std::optional<Error> why_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::kafka
