#include "base/backoff.h"

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

TEST(Backoff, DoublesUpToItsMostAndResets) {
  Backoff b(milliseconds(100), milliseconds(350));
  EXPECT_EQ(b.Next(), milliseconds(100));
  EXPECT_EQ(b.Next(), milliseconds(200));
  EXPECT_EQ(b.Next(), milliseconds(350));
  EXPECT_EQ(b.Next(), milliseconds(350));
  b.Reset();
  EXPECT_EQ(b.Next(), milliseconds(100));
}

TEST(WaitUnlessStopped, EndsAtOnceWhenStopped) {
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(WaitUnlessStopped(stop.get_token(), std::chrono::hours(1)));
  EXPECT_TRUE(WaitUnlessStopped({}, milliseconds(1)));
}

}  // namespace
}  // namespace rowhouse
