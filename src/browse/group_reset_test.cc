#include "browse/group_reset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::browse {
namespace {

using testing::ElementsAre;

// Partition 0 holds 10..99, of which the group has read up to 50; it never read partition 1.
std::vector<int64_t> Plan(const char* to) {
  const std::vector<kafka::PartitionRange> ranges = {{0, 10, 100}, {1, 0, 7}};
  std::vector<int64_t> targets;
  for (const ResetLine& line :
       PlanReset(ResetTo::Parse(to).value(), ranges, {{0, 50}}, {{0, 70}})) {
    targets.push_back(line.to);
  }
  return targets;
}

TEST(GroupReset, GoesWhereItIsTold) {
  EXPECT_THAT(Plan("earliest"), ElementsAre(10, 0));
  EXPECT_THAT(Plan("latest"), ElementsAre(100, 7));
  EXPECT_THAT(Plan("offset:60"), ElementsAre(60, 7));
  EXPECT_THAT(Plan("time:2026-01-31T10:00:00Z"), ElementsAre(70, 7));
}

TEST(GroupReset, AShiftStaysWithinThePartitionAndNeedsAStart) {
  EXPECT_THAT(Plan("shift:-15"), ElementsAre(35));
  EXPECT_THAT(Plan("shift:+15"), ElementsAre(65));
  EXPECT_THAT(Plan("shift:-9223372036854775808"), ElementsAre(10));
  EXPECT_THAT(Plan("shift:9223372036854775807"), ElementsAre(100));
}

TEST(GroupReset, WhatIsNoPlaceIsRefused) {
  for (const char* to :
       {"", "newest", "offset:", "offset:-1", "offset:1x", "shift:", "time:soon"}) {
    const auto parsed = ResetTo::Parse(to);
    ASSERT_FALSE(parsed) << to;
    EXPECT_EQ(parsed.error().kind(), ErrorKind::kBadRecord);
  }
}

}  // namespace
}  // namespace rowhouse::browse
