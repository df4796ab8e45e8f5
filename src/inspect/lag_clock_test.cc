#include "inspect/lag_clock.h"

#include <gtest/gtest.h>

namespace rowhouse::inspect {
namespace {

constexpr int64_t kSecond = 1'000'000;

TEST(LagClock, IsZeroWhereAllIsConsumed) {
  LagClock clock;
  clock.Look(1 * kSecond, 10, 10);
  clock.Look(2 * kSecond, 20, 20);
  EXPECT_EQ(clock.Seconds(9 * kSecond), 0);
}

TEST(LagClock, CountsFromTheLookThatSawTheOldestWaitingRecord) {
  LagClock clock;
  clock.Look(1 * kSecond, 10, 10);
  clock.Look(3 * kSecond, 12, 10);
  clock.Look(5 * kSecond, 20, 10);
  EXPECT_EQ(clock.Seconds(8 * kSecond), 5);
  // Up to 12 is consumed now: what waits came between the looks at 3 and 5 seconds.
  clock.Look(9 * kSecond, 20, 12);
  EXPECT_EQ(clock.Seconds(9 * kSecond), 4);
  clock.Look(10 * kSecond, 20, 20);
  EXPECT_EQ(clock.Seconds(10 * kSecond), 0);
}

TEST(LagClock, KeepsTheOldestOfALongLag) {
  LagClock clock;
  for (int64_t i = 0; i < 100'000; ++i) {
    clock.Look(i * kSecond, 10 + i, 5);
  }
  EXPECT_EQ(clock.Seconds(100'000 * kSecond), 100'000);
  // Half of it is consumed: the rest has waited half as long, or is told a little more.
  clock.Look(100'000 * kSecond, 10 + 99'999, 50'000);
  EXPECT_GE(clock.Seconds(100'000 * kSecond), 49'995);
  EXPECT_LE(clock.Seconds(100'000 * kSecond), 55'000);
}

}  // namespace
}  // namespace rowhouse::inspect
