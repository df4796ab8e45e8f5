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

struct TypeCase {
  ColumnType type;
  bool nullable;
  std::string queue;
  std::string final;
};

TEST(ClickHouseColumns, EachTypeHasItsPlaceInTheTable) {
  const std::vector<TypeCase> cases = {
      {ColumnType::kTinyInt, false, "Nullable(Int64)", "Int8"},
      {ColumnType::kMediumInt, true, "Nullable(Int64)", "Nullable(Int32)"},
      {ColumnType::kFloat, false, "Nullable(Float64)", "Float32"},
      {ColumnType::kDouble, false, "Nullable(Float64)", "Float64"},
      {ColumnType::kDecimal, true, "Nullable(Decimal(65, 30))", "Nullable(Decimal(65, 30))"},
      {ColumnType::kBit, false, "Nullable(String)", "UInt64"},
      {ColumnType::kDate, false, "Nullable(Int64)", "Date32"},
      {ColumnType::kTime, true, "Nullable(Int64)", "Nullable(Time64(3))"},
      {ColumnType::kDateTime, false, "Nullable(Int64)", "DateTime64(3, 'UTC')"},
      {ColumnType::kTimestamp, true, "Nullable(String)", "Nullable(DateTime64(3, 'UTC'))"},
      {ColumnType::kYear, false, "Nullable(Int64)", "UInt16"},
      {ColumnType::kVarchar, true, "Nullable(String)", "Nullable(String)"},
      {ColumnType::kBlob, false, "Nullable(String)", "String"},
      {ColumnType::kEnum, true, "Nullable(String)", "LowCardinality(Nullable(String))"},
      {ColumnType::kEnum, false, "Nullable(String)", "LowCardinality(String)"},
      {ColumnType::kSet, true, "Nullable(String)", "Array(LowCardinality(Nullable(String)))"},
      {ColumnType::kJson, false, "Nullable(String)", "String"},
      {ColumnType::kVector, true, "Array(Float32)", "Array(Float32)"},
      {ColumnType::kUuid, false, "Nullable(String)", "UUID"},
      {ColumnType::kInet4, true, "Nullable(String)", "Nullable(IPv4)"},
      {ColumnType::kInet6, true, "Nullable(String)", "Nullable(IPv6)"},
  };
  for (const TypeCase& c : cases) {
    Column column = Make("c", c.type, c.nullable);
    column.precision = 65;
    column.scale = 30;
    column.length = 10;
    column.fsp = 3;
    const auto columns = ClickHouseColumns(TableOf({column}));
    ASSERT_TRUE(columns);
    EXPECT_EQ(columns->at(0).queue_type, c.queue);
    EXPECT_EQ(columns->at(0).type, c.final);
    EXPECT_FALSE(columns->at(0).lossy);
  }
}

// ClickHouse's parsers are run on the empty text under a NULL as well, and refuse it.
TEST(ClickHouseColumns, ATimestampsNullIsKeptFromTheParser) {
  const auto columns = ClickHouseColumns(TableOf({Make("t", ColumnType::kTimestamp)}));
  ASSERT_TRUE(columns);
  EXPECT_EQ(
      columns->at(0).Convert("x"),
      "CAST(if(isNull(x), NULL, parseDateTime64BestEffortOrNull(ifNull(x, '1970-01-01T00:00:00Z'), "
      "6, "
      "'UTC')) AS Nullable(DateTime64(0, 'UTC')))"
  );
}

TEST(ClickHouseColumns, OlderServersGetTimesAsMicroseconds) {
  ClickHouseOptions options;
  options.time64 = false;
  const auto columns = ClickHouseColumns(TableOf({Make("t", ColumnType::kTime)}), options);
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->at(0).type, "Nullable(Int64)");
  EXPECT_EQ(columns->at(0).Convert("x"), "x");
}

TEST(ClickHouseColumns, OnlyShapesClickHouseKnowsBecomeGeometry) {
  ClickHouseOptions options;
  options.geometry = true;
  Column polygon = Make("g", ColumnType::kGeometry);
  polygon.declared = "POLYGON";
  Column points = Make("h", ColumnType::kGeometry);
  points.declared = "multipoint";
  const auto columns = ClickHouseColumns(TableOf({polygon, points}), options);
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->at(0).type, "Geometry");
  EXPECT_EQ(columns->at(2).type, "Nullable(String)");
}

TEST(ClickHouseColumns, ASetThatIsNeverNullHasNoNullInItsTypeSoThatItMaySortTheTable) {
  const auto columns = ClickHouseColumns(TableOf({Make("s", ColumnType::kSet, false)}));
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->at(0).type, "Array(LowCardinality(String))");
  EXPECT_EQ(columns->at(0).null_type, "Array(LowCardinality(Nullable(String)))");
  EXPECT_EQ(columns->at(0).WithoutNull("a"), "arrayMap(x -> ifNull(x, ''), a)");
}

TEST(ClickHouseColumns, AnOverrideToTextKeepsWhatTheQueueRead) {
  ClickHouseOptions options;
  options.overrides["s"] = "String";
  const auto columns = ClickHouseColumns(TableOf({Make("s", ColumnType::kSet)}), options);
  ASSERT_TRUE(columns);
  EXPECT_EQ(columns->at(0).type, "Nullable(String)");
  EXPECT_EQ(columns->at(0).Convert("x"), "x");
  EXPECT_FALSE(columns->at(0).lossy);
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
  EXPECT_EQ(columns.error().kind(), ErrorKind::kUnsupported);
}

TEST(ClickHouseColumns, AnUnknownTypeParksTheTable) {
  const auto columns = ClickHouseColumns(TableOf({Make("x", ColumnType::kUnknown)}));
  ASSERT_FALSE(columns);
  EXPECT_EQ(columns.error().kind(), ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace rowhouse::types
