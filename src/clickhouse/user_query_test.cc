#include "clickhouse/user_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::clickhouse {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(UserQuery, ReadsNamesTypesAndCellsAsText) {
  const Answered answered = ParseAnswer("a\tb\nUInt64\tNullable(String)\n1\t\\N\n2\tx\\ty\n", 10);
  EXPECT_THAT(answered.columns, ElementsAre(Pair("a", "UInt64"), Pair("b", "Nullable(String)")));
  EXPECT_THAT(answered.rows, ElementsAre(Row{"1", std::nullopt}, Row{"2", "x\ty"}));
  EXPECT_FALSE(answered.truncated);
}

TEST(UserQuery, CutsAtTheLimitAndLeavesOutHalfALine) {
  const Answered answered = ParseAnswer("a\nUInt8\n1\n2\n3\n4", 2);
  EXPECT_THAT(answered.rows, ElementsAre(Row{"1"}, Row{"2"}));
  EXPECT_TRUE(answered.truncated);
  EXPECT_THAT(ParseAnswer("a\nUInt8\n1\n2", 2).rows, ElementsAre(Row{"1"}));
}

TEST(UserQuery, AnswersWithoutRowsOrColumns) {
  EXPECT_TRUE(ParseAnswer("", 10).columns.empty());
  const Answered none = ParseAnswer("a\nUInt8\n", 10);
  EXPECT_EQ(none.columns.size(), 1U);
  EXPECT_TRUE(none.rows.empty());
}

TEST(UserQuery, FindsThePlaceThatASyntaxErrorTells) {
  EXPECT_EQ(PositionIn("Code: 62. Syntax error: failed at position 12 (x) (line 2, col 3)"), 12);
  EXPECT_EQ(PositionIn("Code: 47. Unknown identifier"), 0);
}

}  // namespace
}  // namespace rowhouse::clickhouse
