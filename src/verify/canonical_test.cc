#include "verify/canonical.h"

#include <gtest/gtest.h>

namespace rowhouse::verify {
namespace {

Column Of(ColumnType type, const char* declared = "", bool nullable = true) {
  Column column;
  column.name = "a";
  column.type = type;
  column.declared = declared;
  column.nullable = nullable;
  return column;
}

CanonicalColumn Choose(const Column& column, const char* type) {
  const CanonicalChoice choice = MakeCanonicalColumn(column, "b", type);
  EXPECT_TRUE(choice.ok()) << choice.reason;
  return choice.column;
}

TEST(Canonical, NumbersAreTheirDigits) {
  const auto column = Choose(Of(ColumnType::kBigInt), "Nullable(Int64)");
  EXPECT_EQ(column.mysql, "`a`");
  EXPECT_EQ(column.clickhouse, "toString(`b`)");
  EXPECT_EQ(column.back, "CAST($ AS Nullable(Int64))");
}

TEST(Canonical, PaddedNumbersLoseTheirZeros) {
  EXPECT_EQ(Choose(Of(ColumnType::kInt, "int(8) unsigned zerofill"), "UInt32").mysql, "`a`+0");
  EXPECT_EQ(Choose(Of(ColumnType::kYear), "UInt16").mysql, "`a`+0");
  EXPECT_EQ(Choose(Of(ColumnType::kBit), "UInt64").mysql, "`a`+0");
}

TEST(Canonical, ATypeThatHasBeenWidenedIsTheSameNumber) {
  EXPECT_EQ(Choose(Of(ColumnType::kInt), "Int64").clickhouse, "toString(`b`)");
}

TEST(Canonical, DecimalsKeepTheirZeros) {
  Column column = Of(ColumnType::kDecimal);
  column.precision = 10;
  column.scale = 2;
  EXPECT_EQ(Choose(column, "Nullable(Decimal(10, 2))").clickhouse, "toDecimalString(`b`, 2)");
}

TEST(Canonical, FloatsAreTheBytesOfADouble) {
  const auto column = Choose(Of(ColumnType::kFloat), "Nullable(Float32)");
  EXPECT_EQ(column.mysql, "SUBSTR(ST_AsBinary(POINT(`a`,0)),6,8)");
  EXPECT_EQ(column.clickhouse, "reinterpretAsFixedString(toFloat64(`b`))");
}

TEST(Canonical, ADateWithZeroPartsIsNullOrTheDefaultOrTheEpoch) {
  Column column = Of(ColumnType::kDate);
  EXPECT_NE(Choose(column, "Nullable(Date32)").mysql.find(",NULL,`a`)"), std::string::npos);
  column.nullable = false;
  EXPECT_EQ(Choose(column, "Date32").zero_reads_as, "1970-01-01");
  column.default_value = ColumnDefault{"2000-02-03", false};
  EXPECT_EQ(Choose(column, "Date32").zero_reads_as, "2000-02-03");
  column.default_value = ColumnDefault{"0000-00-00", false};
  EXPECT_EQ(Choose(column, "Date32").zero_reads_as, "1970-01-01");
}

TEST(Canonical, AnInstantHasAsManyDigitsAsItsColumn) {
  Column column = Of(ColumnType::kDateTime, "datetime(3)", false);
  column.fsp = 3;
  EXPECT_EQ(Choose(column, "DateTime64(3, 'UTC')").zero_reads_as, "1970-01-01 00:00:00.000");
  EXPECT_FALSE(MakeCanonicalColumn(column, "b", "DateTime64(6, 'UTC')").ok());
  column.fsp = 0;
  EXPECT_EQ(Choose(column, "DateTime64(0, 'UTC')").zero_reads_as, "1970-01-01 00:00:00");
}

TEST(Canonical, TimesAreTextOrMicroseconds) {
  Column column = Of(ColumnType::kTime);
  column.fsp = 6;
  EXPECT_EQ(Choose(column, "Time64(6)").mysql, "`a`");
  EXPECT_NE(Choose(column, "Int64").mysql.find("TIME_TO_SEC"), std::string::npos);
}

TEST(Canonical, TextIsUtf8) {
  Column column = Of(ColumnType::kVarchar);
  column.collation = 45;  // utf8mb4_general_ci
  EXPECT_EQ(Choose(column, "Nullable(String)").mysql, "`a`");
  column.collation = 8;  // latin1_swedish_ci
  EXPECT_EQ(Choose(column, "Nullable(String)").mysql, "CONVERT(`a` USING utf8mb4)");
  EXPECT_EQ(Choose(column, "LowCardinality(Nullable(String))").clickhouse, "toString(`b`)");
}

TEST(Canonical, OfLongTextOnlyLengthAndHashGoIntoTheRow) {
  EXPECT_EQ(Choose(Of(ColumnType::kText), "String").width, CanonicalColumn::Width::kLarge);
  EXPECT_EQ(Choose(Of(ColumnType::kVarchar), "String").width, CanonicalColumn::Width::kText);
}

TEST(Canonical, ASetTellsNullFromEmpty) {
  const auto column = Choose(Of(ColumnType::kSet), "Array(LowCardinality(Nullable(String)))");
  EXPECT_EQ(column.clickhouse, "if(`b` = [NULL], NULL, arrayStringConcat(`b`, ','))");
  EXPECT_EQ(column.null_value, "CAST([NULL] AS Array(LowCardinality(Nullable(String))))");
}

TEST(Canonical, AShapeIsItsSridAndItsWkb) {
  const auto column = Choose(Of(ColumnType::kGeometry), "Nullable(String)");
  EXPECT_EQ(column.second_target, "b_srid");
  EXPECT_EQ(column.clickhouse, "concat(toString(ifNull(`b_srid`, 0)), ' ', `b`)");
  EXPECT_FALSE(MakeCanonicalColumn(Of(ColumnType::kGeometry), "b", "Geometry").ok());
}

TEST(Canonical, VectorsAndAddressesAreTheirBytes) {
  EXPECT_EQ(Choose(Of(ColumnType::kVector), "Array(Float32)").mysql, "HEX(`a`)");
  EXPECT_EQ(Choose(Of(ColumnType::kInet6), "Nullable(IPv6)").mysql, "HEX(CAST(`a` AS BINARY(16)))");
  EXPECT_EQ(Choose(Of(ColumnType::kUuid), "Nullable(UUID)").clickhouse, "toString(`b`)");
  EXPECT_EQ(Choose(Of(ColumnType::kInet4), "Nullable(IPv4)").mysql, "CONCAT(`a`)");
}

TEST(Canonical, TypesWithoutACommonFormSayWhy) {
  const auto choice = MakeCanonicalColumn(Of(ColumnType::kInt, "int(11)"), "b", "String");
  EXPECT_EQ(choice.reason, "int(11) in MySQL and String in ClickHouse have no common form");
}

TEST(Canonical, AMaskedColumnIsLeftOutWithTheReason) {
  TableSchema table;
  table.id = {"shop", "t"};
  table.columns = {Of(ColumnType::kInt)};
  types::ClickHouseColumn wire;
  wire.lossy = true;
  wire.lossy_reason = "masked";
  clickhouse::DataColumn data;
  data.name = data.shown_as = "a";
  data.type = "Int32";
  const auto canonical = MakeCanonical(table, {data}, {wire});
  ASSERT_TRUE(canonical);
  EXPECT_TRUE(canonical->columns.empty());
  EXPECT_EQ(canonical->left_out.at(0).reason, "masked");
  table.primary_key = {0};
  EXPECT_FALSE(MakeCanonical(table, {data}, {wire}));
}

TEST(Canonical, LiteralsGiveExactlyTheValue) {
  CanonicalColumn column;
  column.look = CanonicalColumn::Look::kText;
  EXPECT_EQ(MySqlLiteral(column, "\xC3\xA4'"), "_utf8mb4 X'c3a427'");
  column.look = CanonicalColumn::Look::kQuoted;
  EXPECT_EQ(MySqlLiteral(column, "2026-01-01"), "'2026-01-01'");
  column.look = CanonicalColumn::Look::kDouble;
  const double value = 0.1;
  const std::string bytes(reinterpret_cast<const char*>(&value), sizeof(value));
  EXPECT_EQ(MySqlLiteral(column, bytes), "1.0000000000000001e-01");
  EXPECT_EQ(Shown(column, bytes), "0.1");
  column.look = CanonicalColumn::Look::kBytes;
  EXPECT_EQ(Shown(column, std::string_view("\0\x01", 2)), "0x0001");
}

}  // namespace
}  // namespace rowhouse::verify
