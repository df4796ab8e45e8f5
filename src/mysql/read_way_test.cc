#include "mysql/read_way.h"

#include <gtest/gtest.h>

namespace rowhouse::mysql {
namespace {

constexpr uint64_t kTable = 1'000'000;
constexpr uint64_t kMost = 500'000;

bool Short(const Explained& way) {
  return IsShortWay(way, "PRIMARY", kTable, kMost);
}

TEST(ReadWay, IsAnIndexThatLeadsToFewRows) {
  EXPECT_TRUE(Short({"range", "created_at", 10'000}));
  EXPECT_TRUE(Short({"ref", "region", 10'000}));
  EXPECT_FALSE(Short({"range", "created_at", kTable / 5}));  // a large part of the table
  EXPECT_FALSE(IsShortWay({"range", "created_at", 10'000}, "PRIMARY", kTable, 9'999));
}

TEST(ReadWay, IsNoneWhereTheServerGoesThroughTheTableOrItsKey) {
  EXPECT_FALSE(Short({"ALL", "", 10'000}));
  EXPECT_FALSE(Short({"index", "created_at", 10'000}));
  EXPECT_FALSE(Short({"range", "PRIMARY", 10'000}));
  EXPECT_FALSE(Short({"index_merge", "a,b", 10'000}));
}

}  // namespace
}  // namespace rowhouse::mysql
