#include "base/bounded_queue.h"

#include <thread>

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

TEST(BoundedQueue, GivesItemsInOrderAndTracksBytes) {
  BoundedQueue<int> q(100);
  ASSERT_TRUE(q.Push(1, 40, {}));
  ASSERT_TRUE(q.Push(2, 60, {}));
  EXPECT_EQ(q.bytes(), 100u);
  EXPECT_EQ(*q.Pop({}), 1);
  EXPECT_EQ(*q.Pop({}), 2);
  EXPECT_EQ(q.bytes(), 0u);
}

TEST(BoundedQueue, PushWaitsUntilThereIsRoom) {
  BoundedQueue<int> q(10);
  ASSERT_TRUE(q.Push(1, 10, {}));
  std::jthread pusher([&] { EXPECT_TRUE(q.Push(2, 10, {})); });
  EXPECT_EQ(*q.Pop({}), 1);
  EXPECT_EQ(*q.Pop({}), 2);
}

TEST(BoundedQueue, AnItemAboveTheBoundPassesAlone) {
  BoundedQueue<int> q(10);
  EXPECT_TRUE(q.Push(1, 1000, {}));
  EXPECT_EQ(*q.Pop({}), 1);
}

TEST(BoundedQueue, StopEndsAWaitingPush) {
  BoundedQueue<int> q(1);
  ASSERT_TRUE(q.Push(1, 1, {}));
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  const Status pushed = q.Push(2, 1, stop.get_token());
  ASSERT_FALSE(pushed);
  EXPECT_EQ(pushed.error().kind(), ErrorKind::kCancelled);
}

TEST(BoundedQueue, CloseLetsTheRestBePoppedThenCancels) {
  BoundedQueue<int> q(10);
  ASSERT_TRUE(q.Push(1, 1, {}));
  q.Close();
  EXPECT_EQ(*q.Pop({}), 1);
  EXPECT_EQ(q.Pop({}).error().kind(), ErrorKind::kCancelled);
  EXPECT_FALSE(q.Push(2, 1, {}));
}

TEST(BoundedQueue, PopGivesUnavailableAtTheDeadline) {
  BoundedQueue<int> q(10);
  EXPECT_EQ(q.Pop({}, Deadline::After(milliseconds(1))).error().kind(), ErrorKind::kUnavailable);
}

}  // namespace
}  // namespace rowhouse
