#include "types/clickhouse_type.h"

#include <gtest/gtest.h>

namespace rowhouse::types {
namespace {

Column Make(std::string name, ColumnType type, bool nullable = true) {
  Column c;
  c.name = std::move(name);
  c.type = type;
  c.nullable = nullable;
  return c;
}

TableSchema TableOf(std::vector<Column> columns) {
  return TableSchema{{"shop", "t"}, std::move(columns), {0}, ""};
}

TEST(ClickHouseColumns, IntegersAreReadAsInt64SoThatWideningKeepsTheQueue) {
  const auto columns = ClickHouseColumns(TableOf({Make("id", ColumnType::kInt, false)}));
  ASSERT_TRUE(columns);
  const ClickHouseColumn& id = columns->at(0);
  EXPECT_EQ(id.queue_type, "Nullable(Int64)");
  EXPECT_EQ(id.type, "Int32");
  EXPECT_EQ(id.null_type, "Nullable(Int32)");
  EXPECT_EQ(id.Convert("x"), "CAST(x AS Nullable(Int32))");
  EXPECT_EQ(id.Required("x"), "assumeNotNull(CAST(x AS Nullable(Int32)))");
}

TEST(ClickHouseColumns, AWrappedUnsignedBigintIsTurnedBack) {
  Column c = Make("n", ColumnType::kBigInt);
  c.is_unsigned = true;
  const auto columns = ClickHouseColumns(TableOf({c}));
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->at(0).type, "Nullable(UInt64)");
  EXPECT_EQ(columns->at(0).Required("x"), "reinterpretAsUInt64(x)");
}

TEST(ClickHouseColumns, AGeometryGivesItsWkbAndItsSrid) {
  const auto columns = ClickHouseColumns(TableOf({Make("g", ColumnType::kGeometry)}));
  ASSERT_TRUE(columns);
  ASSERT_EQ(columns->size(), 2u);
  EXPECT_EQ(columns->at(0).path, "g.Geometry.wkb");
  EXPECT_EQ(columns->at(1).name, "g_srid");
  EXPECT_EQ(columns->at(1).path, "g.Geometry.srid");
}

TEST(ClickHouseColumns, ALossyOverrideSaysWhy) {
  ClickHouseOptions options;
  options.overrides["n"] = "Int8";
  const auto columns = ClickHouseColumns(TableOf({Make("n", ColumnType::kInt, false)}), options);
  ASSERT_TRUE(columns);
  EXPECT_TRUE(columns->at(0).lossy);
  EXPECT_EQ(columns->at(0).lossy_reason, "Int8 does not hold every value of Int32");
  EXPECT_EQ(columns->at(0).Convert("x"), "CAST(CAST(x AS Nullable(Int32)) AS Nullable(Int8))");
}

TEST(ClickHouseColumns, AWideningOverrideIsNotLossy) {
  ClickHouseOptions options;
  options.overrides["n"] = "Int64";
  const auto columns = ClickHouseColumns(TableOf({Make("n", ColumnType::kInt, false)}), options);
  ASSERT_TRUE(columns);
  EXPECT_FALSE(columns->at(0).lossy);
}

TEST(ClickHouseColumns, ADateIsClampedWhereTheServersRangeIsShort) {
  ClickHouseOptions options;
  options.wide_dates = false;
  const auto columns = ClickHouseColumns(TableOf({Make("d", ColumnType::kDate)}), options);
  ASSERT_TRUE(columns);
  EXPECT_TRUE(columns->at(0).lossy);
  EXPECT_NE(columns->at(0).Convert("x").find("120529"), std::string::npos);
}

TEST(ClickHouseColumns, AnOverrideOfAMissingColumnIsRefused) {
  ClickHouseOptions options;
  options.overrides["typo"] = "Int64";
  const auto columns = ClickHouseColumns(TableOf({Make("n", ColumnType::kInt)}), options);
  ASSERT_FALSE(columns);
  EXPECT_EQ(columns.error().kind(), ErrorKind::kConfig);
}

TEST(ClickHouseColumns, ColumnsThatMeetInAvroAreRefused) {
  const auto columns =
      ClickHouseColumns(TableOf({Make("a-b", ColumnType::kInt), Make("a_b", ColumnType::kInt)}));
  ASSERT_FALSE(columns);
  EXPECT_EQ(columns.error().kind(), ErrorKind::kConfig);
}

TEST(ClickHouseColumns, AnUnknownTypeParksTheTable) {
  const auto columns = ClickHouseColumns(TableOf({Make("x", ColumnType::kUnknown)}));
  ASSERT_FALSE(columns);
  EXPECT_EQ(columns.error().kind(), ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace rowhouse::types
