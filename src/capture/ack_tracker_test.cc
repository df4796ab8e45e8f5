#include "capture/ack_tracker.h"

#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace rowhouse::capture {
namespace {

Milestone At(uint64_t pos) {
  return {{0, {"b.000001", pos}, "", ""}, {}};
}

AckToken Issue(AckTracker& t, uint64_t pos, size_t bytes = 1, int holds = 1) {
  return *t.Issue(At(pos), bytes, holds, {});
}

TEST(AckTracker, FrontierStopsAtTheOldestOpenBatch) {
  AckTracker t({}, 100);
  const AckToken first = Issue(t, 10);
  const AckToken second = Issue(t, 20);
  t.Ack(second);
  EXPECT_TRUE(t.Frontier().position.empty());
  t.Ack(first);
  EXPECT_EQ(t.Frontier().position.binlog.pos, 20u);
}

TEST(AckTracker, ABatchIsOpenWhileAWorkerHoldsIt) {
  AckTracker t({}, 100);
  const AckToken token = Issue(t, 10);
  t.Expect(token);
  t.Ack(token);  // the record was acknowledged before the worker was through
  EXPECT_TRUE(t.Frontier().position.empty());
  t.Ack(token);  // the worker's hold
  EXPECT_EQ(t.Frontier().position.binlog.pos, 10u);
}

TEST(AckTracker, ABatchWithoutBoundaryKeepsTheOldPosition) {
  AckTracker t({{0, {"b.000001", 4}, "", ""}, {}}, 100);
  const AckToken token = *t.Issue({}, 1, 1, {});
  const uint64_t version = t.frontier_version();
  t.Ack(token);
  EXPECT_EQ(t.Frontier().position.binlog.pos, 4u);
  EXPECT_EQ(t.frontier_version(), version);
}

TEST(AckTracker, ALedgerEntryBecomesVisibleWithItsBatchOnly) {
  AckTracker t({}, 100);
  const AckToken stream = Issue(t, 10);
  const TableProgress done{TableProgress::State::kDone, "", 5, ""};
  const AckToken chunk = *t.Issue({{}, {{{"shop", "orders"}, done}}}, 1, 1, {});
  t.Ack(chunk);
  EXPECT_TRUE(t.Frontier().ledger.empty());
  t.Ack(stream);
  EXPECT_EQ(t.Frontier().ledger.at({"shop", "orders"}).rows, 5u);
}

TEST(AckTracker, AParkedTableStaysParkedWhenALateChunkIsAcknowledged) {
  AckTracker t({}, 100);
  const AckToken chunk =
      *t.Issue({{}, {{{"shop", "orders"}, {TableProgress::State::kDone, "", 5, ""}}}}, 1, 1, {});
  t.Park({"shop", "orders"}, "too large");
  t.Ack(chunk);
  EXPECT_EQ(t.Frontier().ledger.at({"shop", "orders"}).state, TableProgress::State::kParked);
  EXPECT_EQ(t.Frontier().ledger.at({"shop", "orders"}).reason, "too large");
}

TEST(AckTracker, IssueWaitsForRoomAndStopEndsTheWait) {
  AckTracker t({}, 10);
  const AckToken first = Issue(t, 1, 10);
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  const auto refused = t.Issue(At(2), 10, 1, stop.get_token());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind(), ErrorKind::kCancelled);
  std::jthread acker([&] { t.Ack(first); });
  EXPECT_TRUE(t.Issue(At(3), 10, 1, {}));
}

TEST(AckTracker, ManyThreadsAcknowledgingReachTheLastPosition) {
  AckTracker t({}, 1 << 20);
  std::vector<AckToken> tokens;
  for (uint64_t i = 1; i <= 1000; ++i) {
    tokens.push_back(Issue(t, i, 1, 4));
  }
  {
    std::vector<std::jthread> ackers;
    for (int n = 0; n < 4; ++n) {
      ackers.emplace_back([&] {
        for (const AckToken token : tokens) {
          t.Ack(token);
        }
      });
    }
  }
  EXPECT_EQ(t.Frontier().position.binlog.pos, 1000u);
  EXPECT_EQ(t.in_flight_bytes(), 0u);
  EXPECT_TRUE(t.WaitIdle({}, Deadline::After(seconds(1))));
}

}  // namespace
}  // namespace rowhouse::capture
