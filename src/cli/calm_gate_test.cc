#include "cli/calm_gate.h"

#include <gtest/gtest.h>

namespace rowhouse::cli {
namespace {

TEST(CalmGate, LetsReadersOnUpToTheLimits) {
  EXPECT_EQ(*WhyNotNow({.threads_running = 500}, {}), "");
  EXPECT_EQ(*WhyNotNow({.threads_running = 8}, {.threads_running = 8}), "");
  EXPECT_EQ(*WhyNotNow({1, true, 30}, {.replica_lag_s = 30}), "");
}

TEST(CalmGate, TellsWhichLimitIsPassed) {
  EXPECT_EQ(
      *WhyNotNow({.threads_running = 9}, {.threads_running = 8}),
      "9 threads run on the server, more than --max-threads-running 8"
  );
  EXPECT_EQ(
      *WhyNotNow({1, true, 31}, {.replica_lag_s = 30}),
      "the replica is 31 s late, more than --max-replica-lag 30"
  );
}

TEST(CalmGate, AReplicaThatStandsStillIsLate) {
  EXPECT_EQ(
      *WhyNotNow({1, true, std::nullopt}, {.replica_lag_s = 30}),
      "the replica's replication stands still"
  );
}

TEST(CalmGate, RefusesToLookAtTheLagOfAServerThatIsNoReplica) {
  const auto why = WhyNotNow({1, false, std::nullopt}, {.replica_lag_s = 30});
  ASSERT_FALSE(why);
  EXPECT_EQ(why.error().kind(), ErrorKind::kConfig);
}

}  // namespace
}  // namespace rowhouse::cli
