#include "browse/group_lag.h"

#include <gtest/gtest.h>

namespace rowhouse::browse {
namespace {

TEST(LagTrend, IsKnownFromTheSecondLookAndNotFromOnesTooNear) {
  LagTrend trend;
  const Clock::TimePoint start{};
  EXPECT_FALSE(trend.Look("g", 100, start));
  EXPECT_FALSE(trend.Look("g", 900, start + seconds(1)));
  EXPECT_EQ(trend.Look("g", 150, start + seconds(10)), 5.0);
  EXPECT_EQ(trend.Look("g", 9000, start + seconds(12)), 5.0);  // nothing new yet
  EXPECT_EQ(trend.Look("g", 50, start + seconds(20)), -10.0);
  EXPECT_FALSE(trend.Look("other", 7, start + seconds(20)));
}

TEST(LagTrend, OfLongAgoSaysNothingOfNow) {
  LagTrend trend;
  const Clock::TimePoint start{};
  (void)trend.Look("g", 0, start);
  EXPECT_TRUE(trend.Look("g", 10, start + seconds(10)));
  EXPECT_FALSE(trend.Look("g", 10, start + seconds(10) + LagTrend::kOld + seconds(1)));
}

}  // namespace
}  // namespace rowhouse::browse
