#include "kafka/byte_budget.h"

#include "base/check.h"

namespace rowhouse::kafka {

Status ByteBudget::Take(size_t bytes) {
  if (!open()) [[unlikely]] {
    return Ended();
  }
  if (large_waiting_.load(std::memory_order_relaxed) == 0 && TryTake(bytes)) [[likely]] {
    return Ok();
  }
  return WaitForRoom(bytes);
}

bool ByteBudget::TryTake(size_t bytes) {
  const size_t before = used_.fetch_add(bytes);
  if (before == 0 || before + bytes <= most_) [[likely]] {
    return true;
  }
  Give(bytes);  // others may have seen the sum and wait
  return false;
}

Status ByteBudget::WaitForRoom(size_t bytes) {
  const int large = bytes > most_ ? 1 : 0;
  waiting_.fetch_add(1);
  large_waiting_.fetch_add(large);
  on_wait_();
  bool room = false;
  {
    MutexLock lock(mu_);
    while (!why_ && !room) {
      const size_t used = used_.load();
      const bool fits = used == 0 || used + bytes <= most_;
      size_t expected = used;
      if ((large == 1 || large_waiting_.load() == 0) && fits) {
        room = used_.compare_exchange_strong(expected, used + bytes);
      } else {
        changed_.WaitUntil(mu_, Deadline::Never());
      }
    }
    large_waiting_.fetch_sub(large);
    waiting_.fetch_sub(1);
    changed_.NotifyAll();  // those that waited for a large one
  }
  return room ? Ok() : Ended();
}

void ByteBudget::Give(size_t bytes) {
  const size_t before = used_.fetch_sub(bytes);
  CHECK(before >= bytes);
  if (waiting_.load() > 0) {
    MutexLock lock(mu_);
    changed_.NotifyAll();
  }
}

void ByteBudget::End(Error why) {
  MutexLock lock(mu_);
  if (!why_) {
    why_ = std::move(why);
  }
  ended_.store(true, std::memory_order_release);
  changed_.NotifyAll();
}

Status ByteBudget::Ended() const {
  MutexLock lock(mu_);
  return why_ ? Status(*why_) : Ok();
}

bool ByteBudget::WaitUntilEmpty(Deadline deadline) {
  waiting_.fetch_add(1);
  on_wait_();
  bool in_time = true;
  {
    MutexLock lock(mu_);
    while (used_.load() > 0 && !why_ && in_time) {
      in_time = changed_.WaitUntil(mu_, deadline);
    }
  }
  waiting_.fetch_sub(1);
  return used_.load() == 0;
}

}  // namespace rowhouse::kafka
