#include "inspect/history.h"

#include <cmath>

#include <gtest/gtest.h>

namespace rowhouse::inspect {
namespace {

constexpr int64_t kSecond = 1'000'000;
constexpr int64_t kStart = 1'800'000'000 * kSecond;

TEST(History, GivesSecondsInOrderWithHolesWhereNothingWas) {
  History history;
  history.Put(kStart, "rate", 1);
  history.Put(kStart + 2 * kSecond, "rate", 3);
  const Stretch last = history.Last("rate", seconds(4), kStart + 3 * kSecond);
  ASSERT_EQ(last.values.size(), 4U);
  EXPECT_EQ(last.from_us, kStart);
  EXPECT_EQ(last.values[0], 1);
  EXPECT_TRUE(std::isnan(last.values[1]));
  EXPECT_EQ(last.values[2], 3);
  EXPECT_TRUE(std::isnan(last.values[3]));
}

TEST(History, ForgetsWhatIsOlderThanItsRing) {
  History history;
  history.Put(kStart, "rate", 1);
  history.Put(kStart + 2000 * kSecond, "rate", 2);
  const Stretch last = history.Last("rate", seconds(900), kStart + 2000 * kSecond);
  ASSERT_EQ(last.values.size(), 900U);
  EXPECT_EQ(last.values.back(), 2);
  for (size_t i = 0; i + 1 < last.values.size(); ++i) {
    ASSERT_TRUE(std::isnan(last.values[i])) << i;
  }
}

TEST(History, MinutesAreMeansOfTheirSeconds) {
  History history;
  const int64_t minute = kStart / kSecond / 60 * 60 * kSecond;
  for (int64_t s = 0; s < 180; ++s) {
    history.Put(minute + s * kSecond, "rate", s < 60 ? 10 : (s < 120 ? 20 : 30));
  }
  const Stretch last = history.Last("rate", seconds(3600), minute + 179 * kSecond);
  EXPECT_EQ(last.step, seconds(60));
  ASSERT_EQ(last.values.size(), 60U);
  EXPECT_EQ(last.values[57], 10);
  EXPECT_EQ(last.values[58], 20);
  EXPECT_EQ(last.values[59], 30);  // the one under way
}

TEST(History, AnUnknownSeriesIsEmpty) {
  const History history;
  EXPECT_TRUE(history.Last("none", seconds(10), kStart).values.empty());
}

TEST(History, AClockThatGoesBackChangesNothing) {
  History history;
  history.Put(kStart + 5 * kSecond, "rate", 5);
  history.Put(kStart, "rate", 1);
  const Stretch last = history.Last("rate", seconds(6), kStart + 5 * kSecond);
  EXPECT_EQ(last.values.back(), 5);
  EXPECT_TRUE(std::isnan(last.values.front()));
}

}  // namespace
}  // namespace rowhouse::inspect
