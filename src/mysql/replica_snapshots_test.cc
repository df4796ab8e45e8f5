#include "mysql/replica_snapshots.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

TEST(SameLog, TheSameTransactionAtTheSamePlaceIsTheSameLog) {
  EXPECT_TRUE(SameLog("0-1-42", "0-1-42"));
  EXPECT_TRUE(SameLog("0-1-42,5-2-7", "5-2-7,0-1-42"));
  EXPECT_TRUE(SameLog("", ""));
}

TEST(SameLog, InTheMiddleOfATransactionOneIsFurther) {
  EXPECT_TRUE(SameLog("0-1-42", "0-1-41"));
  EXPECT_TRUE(SameLog("0-1-41", "0-1-42"));
}

TEST(SameLog, AnotherClusterOfTheSameServerIdsIsNot) {
  EXPECT_FALSE(SameLog("0-1-42", "0-1-5000"));
  EXPECT_FALSE(SameLog("0-1-42", "0-2-42"));
  EXPECT_FALSE(SameLog("0-1-42", ""));
  EXPECT_FALSE(SameLog("", "0-1-42"));
  EXPECT_FALSE(SameLog("0-1-42,1-1-9", "0-1-42"));
  EXPECT_FALSE(SameLog("?", "0-1-42"));
}

TEST(ReplicaStatus, IsToldInWords) {
  ReplicaStatus status;
  EXPECT_EQ(Describe(status), "it replicates nothing");
  status.is_replica = status.io_runs = status.sql_runs = true;
  status.seconds_behind = "7";
  EXPECT_EQ(Describe(status), "7 s behind");
  status.sql_runs = false;
  status.error = "Duplicate entry '1'";
  EXPECT_EQ(Describe(status), "its SQL thread is stopped: Duplicate entry '1'");
  status.io_runs = false;
  status.error.clear();
  EXPECT_EQ(Describe(status), "its replication is stopped");
}

}  // namespace
}  // namespace rowhouse::mysql
