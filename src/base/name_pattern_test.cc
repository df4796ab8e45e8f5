#include "base/name_pattern.h"

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

bool Matches(std::string_view pattern, std::initializer_list<std::string_view> names) {
  const auto parsed = NamePattern::Parse(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return parsed && parsed->Matches(names);
}

TEST(GlobMatches, GoesBackAfterAFalseStart) {
  EXPECT_TRUE(GlobMatches("*ab*c", "aabxabc"));
  EXPECT_TRUE(GlobMatches("", ""));
  EXPECT_TRUE(GlobMatches("**", ""));
  EXPECT_FALSE(GlobMatches("?", ""));
  EXPECT_FALSE(GlobMatches("a*b", "acbd"));
}

TEST(NamePattern, GlobsMatchDatabaseTableAndColumnApart) {
  EXPECT_TRUE(Matches("shop.ord*", {"shop", "orders"}));
  EXPECT_FALSE(Matches("shop.ord*", {"shop2", "orders"}));
  EXPECT_FALSE(Matches("s*p.orders", {"shop.p", "x"}));
  EXPECT_TRUE(Matches("shop.*", {"shop", "dotted.name"}));
  EXPECT_TRUE(Matches("shop", {"shop", "any"}));
  EXPECT_TRUE(Matches("shop.*.card", {"shop", "a.b", "card"}));
  EXPECT_FALSE(Matches("shop.*.card", {"shop", "cards", "number"}));
  EXPECT_TRUE(Matches("shop.users", {"shop", "users", "name"}));
}

TEST(NamePattern, GlobsKeepCaseAndExpressionsDoNot) {
  EXPECT_FALSE(Matches("shop.orders", {"shop", "Orders"}));
  EXPECT_TRUE(Matches("/shop\\.orders/", {"shop", "Orders"}));
}

TEST(NamePattern, AnExpressionIsOfTheWholeName) {
  EXPECT_TRUE(Matches("/shop\\.(orders|items)/", {"shop", "items"}));
  EXPECT_FALSE(Matches("/shop\\.orders/", {"shop", "orders_old"}));
  EXPECT_TRUE(Matches("/shop\\.(?!tmp_).*/", {"shop", "orders"}));
  EXPECT_FALSE(Matches("/shop\\.(?!tmp_).*/", {"shop", "tmp_1"}));
  EXPECT_TRUE(Matches("/shop[.].*[.]card/", {"shop", "users", "card"}));
}

TEST(NamePattern, ABrokenExpressionIsRefusedByName) {
  const auto parsed = NamePattern::Parse("/shop.(/");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().kind(), ErrorKind::kConfig);
  EXPECT_NE(parsed.error().message().find("/shop.(/"), std::string::npos);
}

TEST(NamePattern, TellsWhetherADatabaseMayHaveATable) {
  EXPECT_TRUE(NamePattern::Parse("shop.orders")->MayMatchIn("shop"));
  EXPECT_FALSE(NamePattern::Parse("shop.orders")->MayMatchIn("other"));
  EXPECT_TRUE(NamePattern::Parse("/.*orders/")->MayMatchIn("other"));
}

}  // namespace
}  // namespace rowhouse
