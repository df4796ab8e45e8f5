#include "clickhouse/rewritten.h"

#include <gtest/gtest.h>

namespace rowhouse::clickhouse {
namespace {

using Rows = Rewritten::Rows;

Column Of(ColumnType type, uint32_t length = 0) {
  Column column;
  column.name = "a";
  column.type = type;
  column.length = length;
  column.collation = 255;
  return column;
}

Column Decimal(uint8_t precision, uint8_t scale) {
  Column column = Of(ColumnType::kDecimal);
  column.precision = precision;
  column.scale = scale;
  return column;
}

Rows Kind(const Column& then, const Column& now) {
  return RewrittenRows(then, now, "`a`").rows;
}

TEST(Rewritten, WideningRewritesNothing) {
  EXPECT_EQ(Kind(Of(ColumnType::kInt), Of(ColumnType::kBigInt)), Rows::kNone);
  EXPECT_EQ(Kind(Of(ColumnType::kVarchar, 10), Of(ColumnType::kVarchar, 20)), Rows::kNone);
  EXPECT_EQ(Kind(Of(ColumnType::kVarchar, 10), Of(ColumnType::kText)), Rows::kNone);
  EXPECT_EQ(Kind(Decimal(10, 2), Decimal(12, 4)), Rows::kNone);
  EXPECT_EQ(Kind(Of(ColumnType::kDate), Of(ColumnType::kDateTime)), Rows::kNone);
}

TEST(Rewritten, NarrowingRewritesWhatDoesNotFit) {
  const auto whole = RewrittenRows(Of(ColumnType::kInt), Of(ColumnType::kTinyInt), "`a`");
  EXPECT_EQ(whole.rows, Rows::kSome);
  EXPECT_NE(whole.condition.find("'-128'"), std::string::npos);
  const auto text = RewrittenRows(Of(ColumnType::kVarchar, 20), Of(ColumnType::kVarchar, 5), "`a`");
  EXPECT_EQ(text.condition, "lengthUTF8(`a`) > 5");
  EXPECT_EQ(RewrittenRows(Decimal(10, 4), Decimal(10, 2), "`a`").condition, "round(`a`, 2) != `a`");
}

TEST(Rewritten, LabelsThatGoTakeTheirRowsAlong) {
  Column then = Of(ColumnType::kEnum);
  then.labels = {"x", "y"};
  Column now = then;
  now.labels = {"y", "x", "z"};
  EXPECT_EQ(Kind(then, now), Rows::kNone);
  now.labels = {"x"};
  EXPECT_EQ(RewrittenRows(then, now, "`a`").condition, "`a` IN ('y')");
}

TEST(Rewritten, ACharsetThatLacksCharactersConcernsTheRowsThatHaveSome) {
  Column then = Of(ColumnType::kVarchar, 10);
  Column now = then;
  now.collation = 8;  // latin1
  EXPECT_EQ(Kind(then, now), Rows::kSome);
  EXPECT_EQ(Kind(now, then), Rows::kNone);
}

TEST(Rewritten, NullsOfAColumnThatHoldsNoneAnyMore) {
  Column now = Of(ColumnType::kInt);
  now.nullable = false;
  EXPECT_EQ(RewrittenRows(Of(ColumnType::kInt), now, "`a`").condition, "isNull(`a`)");
}

TEST(Rewritten, WhatOnlyMySqlKnowsIsAllRows) {
  EXPECT_EQ(Kind(Of(ColumnType::kVarchar, 10), Of(ColumnType::kInt)), Rows::kAll);
  EXPECT_EQ(Kind(Of(ColumnType::kTimestamp), Of(ColumnType::kDateTime)), Rows::kAll);
  Column zerofill = Of(ColumnType::kInt);
  zerofill.declared = "int(5) unsigned zerofill";
  EXPECT_EQ(Kind(zerofill, Of(ColumnType::kVarchar, 10)), Rows::kAll);
}

}  // namespace
}  // namespace rowhouse::clickhouse
