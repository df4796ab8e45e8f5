#include "clickhouse/type_join.h"

#include <gtest/gtest.h>

namespace rowhouse::clickhouse {
namespace {

TEST(TypeJoin, WholeNumbersTakeTheLeastThatHoldsBoth) {
  EXPECT_EQ(JoinTypes("Int8", "Int32"), "Int32");
  EXPECT_EQ(JoinTypes("Int64", "Int16"), "Int64");
  EXPECT_EQ(JoinTypes("Int32", "UInt32"), "Int64");
  EXPECT_EQ(JoinTypes("UInt8", "Int32"), "Int32");
  EXPECT_EQ(JoinTypes("UInt64", "Int64"), "Int128");
  EXPECT_EQ(JoinTypes("Bool", "UInt8"), "UInt8");
}

TEST(TypeJoin, NullComesWithEither) {
  EXPECT_EQ(JoinTypes("Int32", "Nullable(Int32)"), "Nullable(Int32)");
  EXPECT_EQ(JoinTypes("Nullable(UInt16)", "Int8"), "Nullable(Int32)");
  EXPECT_EQ(
      JoinTypes("LowCardinality(String)", "LowCardinality(Nullable(String))"),
      "LowCardinality(Nullable(String))"
  );
}

TEST(TypeJoin, ASetHasItsNullInItsElements) {
  const std::string with = "Array(LowCardinality(Nullable(String)))";
  EXPECT_EQ(JoinTypes("Array(LowCardinality(String))", with), with);
  EXPECT_EQ(WithNull("Array(LowCardinality(String))"), with);
  EXPECT_EQ(JoinTypes("Array(LowCardinality(String))", "String"), "String");
}

TEST(TypeJoin, DecimalsKeepDigitsOnBothSidesOfThePoint) {
  EXPECT_EQ(JoinTypes("Decimal(10, 2)", "Decimal(12, 4)"), "Decimal(12, 4)");
  EXPECT_EQ(JoinTypes("Decimal(10, 2)", "Decimal(10, 4)"), "Decimal(12, 4)");
  EXPECT_EQ(JoinTypes("Decimal(10,2)", "Decimal(10, 2)"), "Decimal(10,2)");
  EXPECT_EQ(JoinTypes("Int32", "Decimal(6, 2)"), "Decimal(12, 2)");
  EXPECT_EQ(JoinTypes("Decimal(65, 0)", "Decimal(65, 30)"), "String");
}

TEST(TypeJoin, InstantsKeepTheirFraction) {
  EXPECT_EQ(JoinTypes("DateTime64(0, 'UTC')", "DateTime64(6, 'UTC')"), "DateTime64(6, 'UTC')");
  EXPECT_EQ(JoinTypes("Date32", "DateTime64(3, 'UTC')"), "DateTime64(3, 'UTC')");
  EXPECT_EQ(JoinTypes("Time64(3)", "Time64(0)"), "Time64(3)");
}

TEST(TypeJoin, FloatsHoldWholeNumbersOfTheirMantissa) {
  EXPECT_EQ(JoinTypes("Float32", "Float64"), "Float64");
  EXPECT_EQ(JoinTypes("Int32", "Float64"), "Float64");
  EXPECT_EQ(JoinTypes("Int64", "Float64"), "String");
}

TEST(TypeJoin, WhatHasNothingInCommonIsText) {
  EXPECT_EQ(JoinTypes("Int32", "Date32"), "String");
  EXPECT_EQ(JoinTypes("Nullable(Int32)", "String"), "Nullable(String)");
  EXPECT_EQ(JoinTypes("LowCardinality(String)", "String"), "String");
  EXPECT_EQ(JoinTypes("Array(LowCardinality(Nullable(String)))", "String"), "Nullable(String)");
  EXPECT_EQ(JoinTypes("UUID", "String"), "String");
}

}  // namespace
}  // namespace rowhouse::clickhouse
