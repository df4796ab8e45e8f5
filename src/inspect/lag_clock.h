#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

namespace rowhouse::inspect {

// Tells how long the oldest record that is not consumed has waited, without reading it.
//
// Each look says how far the partition reached then; the first look that saw it beyond what
// is consumed now is the time since when a record waits. It is never told too short, and too long
// by an interval between looks, or a thirtieth of a long lag: close looks are joined.
//
// Owns:    at most 64 looks of a partition that lags, none of one that does not.
// Threads: one owner.
class LagClock {
 public:
  // `now_us`: any clock that does not go back.
  void Look(int64_t now_us, int64_t end, int64_t consumed);

  // 0 where everything seen is consumed.
  double Seconds(int64_t now_us) const;

 private:
  static constexpr size_t kPerLag = 32;  // looks, about, over the length of a lag

  struct Seen {
    int64_t at_us;
    int64_t end;
  };

  std::deque<Seen> waiting_;  // ends beyond what is consumed, oldest first
};

}  // namespace rowhouse::inspect
