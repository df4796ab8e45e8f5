#pragma once

#include <atomic>

namespace rowhouse::console {

// A place among the few who may do something costly at once, from its making to its end.
//
// Threads: one owner; `count` is shared by all of them and outlives them.
class Slot {
 public:
  Slot(std::atomic<int>& count, int most) : count_(count), free_(++count <= most) {}

  ~Slot() { --count_; }

  Slot(const Slot&) = delete;
  Slot& operator=(const Slot&) = delete;

  // False: as many are at work already.
  bool free() const { return free_; }

 private:
  std::atomic<int>& count_;
  const bool free_;
};

}  // namespace rowhouse::console
