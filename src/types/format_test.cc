#include "types/format.h"

#include <bit>
#include <cmath>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/varint.h"
#include "types/avro_name.h"
#include "types/cell_encoder.h"
#include "types/debezium_schema.h"
#include "types/wire_table.h"

namespace rowhouse::types {
namespace {

Column Make(std::string name, ColumnType type) {
  Column c;
  c.name = std::move(name);
  c.type = type;
  c.nullable = false;
  return c;
}

TableSchema TableOf(std::vector<Column> columns) {
  TableSchema table;
  table.id = {"shop", "t"};
  table.columns = std::move(columns);
  return table;
}

// Bytes of a cell as the column's only value; "refused" where it is none.
std::string Encoded(const Column& column, const Cell& cell, const Format& format) {
  const TableSchema table = TableOf({column});
  const auto wire = MakeWireTable(table, format);
  EXPECT_TRUE(wire) << wire.error().message();
  const ColumnStep step = ColumnStep::Make(table, wire->value[0], false);
  std::string room(step.BytesMax(cell), '\0');
  auto* from = reinterpret_cast<uint8_t*>(room.data());
  const uint8_t* end = EncodeCell(step, cell, from);
  if (end == nullptr) {
    return "refused";
  }
  room.resize(static_cast<size_t>(end - from));
  return room;
}

// The text of a value that travels as one.
std::string Text(const Column& column, const Cell& cell, const Format& format) {
  const std::string bytes = Encoded(column, cell, format);
  ByteCursor in(AsBytes(bytes));
  while (in.U8() >= 0x80) {
  }
  const std::string text(in.Text(in.left()));
  EXPECT_EQ(bytes.size() - text.size(), text.size() < 64 ? 1u : text.size() < 8192 ? 2u : 3u);
  return text;
}

int64_t Number(const Column& column, const Cell& cell, const Format& format) {
  const std::string bytes = Encoded(column, cell, format);
  uint64_t v = 0;
  for (size_t i = 0; i < bytes.size(); ++i) {
    v |= uint64_t{static_cast<uint8_t>(bytes[i]) & 0x7FU} << (7 * i);
  }
  return UnZigZag(v);
}

Format With(Treatment treatment, std::string_view columns = "shop.t.*") {
  Format format;
  format.treatments.push_back({*NamePattern::Parse(columns), std::move(treatment)});
  return format;
}

std::string Done(std::string_view treatment, const Column& column, const Cell& cell) {
  return Text(column, cell, With(*Treatment::Parse(treatment)));
}

Cell TextCell(std::string_view text) {
  return Cell::OfBytes(CellKind::kText, text);
}

TEST(DecimalAsText, HasAllDigitsOfItsScale) {
  Format format;
  format.decimal = DecimalMode::kString;
  Column c = Make("c", ColumnType::kDecimal);
  c.precision = 65;
  const auto of = [&](const Cell& cell, uint8_t scale) {
    c.scale = scale;
    return Text(c, cell, format);
  };
  const auto small = [](int64_t v) { return Cell::OfInt(CellKind::kDecimal, v); };
  EXPECT_EQ(of(small(0), 0), "0");
  EXPECT_EQ(of(small(0), 2), "0.00");
  EXPECT_EQ(of(small(1050), 2), "10.50");
  EXPECT_EQ(of(small(-1), 30), "-0.000000000000000000000000000001");
  EXPECT_EQ(of(small(INT64_MIN), 0), "-9223372036854775808");
  const std::string nines(28, '\xFF');
  EXPECT_EQ(of(Cell::OfBytes(CellKind::kDecimal, nines), 3), "-0.001");
  const auto huge = FromHex("00f316271c7fc3908a8bef464e3945ef7a25360a00000000000000");
  ASSERT_TRUE(huge);
  EXPECT_EQ(
      of(Cell::OfBytes(CellKind::kDecimal, *huge), 30),
      "390625000000000000000000000000000.000000000000000000000000000000"
  );
}

TEST(DecimalAsDouble, IsTheNearest) {
  Format format;
  format.decimal = DecimalMode::kDouble;
  Column c = Make("c", ColumnType::kDecimal);
  c.scale = 2;
  const std::string bytes = Encoded(c, Cell::OfInt(CellKind::kDecimal, -110), format);
  ASSERT_EQ(bytes.size(), 8u);
  EXPECT_EQ(std::bit_cast<double>(ByteCursor(AsBytes(bytes)).U64()), -1.1);
}

TEST(UnsignedBigintAsDecimal, IsNeverNegative) {
  Format format;
  format.unsigned_bigint = UnsignedBigintMode::kPrecise;
  Column c = Make("c", ColumnType::kBigInt);
  c.is_unsigned = true;
  const auto of = [&](uint64_t v) {
    return ToHex(AsBytes(Encoded(c, Cell::OfUint(CellKind::kUint, v), format)));
  };
  EXPECT_EQ(of(0), "0200");
  EXPECT_EQ(of(127), "027f");
  EXPECT_EQ(of(128), "040080");
  EXPECT_EQ(of(UINT64_MAX), "1200ffffffffffffffff");
}

TEST(BinaryAsText, ComesInThreeAlphabets) {
  const Column c = Make("c", ColumnType::kBlob);
  const auto of = [&](std::string_view bytes, BinaryMode mode) {
    Format format;
    format.binary = mode;
    return Text(c, Cell::OfBytes(CellKind::kBytes, bytes), format);
  };
  EXPECT_EQ(of("", BinaryMode::kHex), "");
  EXPECT_EQ(of("\xFF\x0A", BinaryMode::kHex), "ff0a");
  EXPECT_EQ(of("a", BinaryMode::kBase64), "YQ==");
  EXPECT_EQ(of("ab", BinaryMode::kBase64), "YWI=");
  EXPECT_EQ(of("abc", BinaryMode::kBase64), "YWJj");
  EXPECT_EQ(of("\xFB\xFF", BinaryMode::kBase64), "+/8=");
  EXPECT_EQ(of("\xFB\xFF", BinaryMode::kBase64Url), "-_8=");
  EXPECT_EQ(of(std::string(5000, 'x'), BinaryMode::kHex).size(), 10000u);
}

TEST(TimeModes, CountInTheirUnits) {
  Column day = Make("c", ColumnType::kDate);
  Column time = Make("c", ColumnType::kTime);
  Column moment = Make("c", ColumnType::kDateTime);
  const Cell micros = Cell::OfInt(CellKind::kTime, 3'600'100'001);
  const Cell at = Cell::OfInt(CellKind::kDateTime, 1'000'001);
  Format format;
  format.time = TimeMode::kConnect;
  EXPECT_EQ(Number(day, Cell::OfInt(CellKind::kDate, -3), format), -3);
  EXPECT_EQ(Number(time, micros, format), 3'600'100);
  EXPECT_EQ(Number(moment, at, format), 1000);
  EXPECT_EQ(Number(moment, Cell::OfInt(CellKind::kDateTime, -1), format), -1);
  format.time = TimeMode::kMicros;
  EXPECT_EQ(Number(time, micros, format), 3'600'100'001);
  EXPECT_EQ(Number(moment, at, format), 1'000'001);
  format.time = TimeMode::kNanos;
  EXPECT_EQ(Number(time, micros, format), 3'600'100'001'000);
  EXPECT_EQ(Number(moment, at, format), 1'000'001'000);
}

TEST(TimeModes, ATimeThatConnectCannotHoldIsRefused) {
  Format format;
  format.time = TimeMode::kConnect;
  const Cell longest = Cell::OfInt(CellKind::kTime, 3'020'399'000'000);
  EXPECT_EQ(Encoded(Make("c", ColumnType::kTime), longest, format), "refused");
}

TEST(TimeModes, AMomentThatNanosecondsCannotHoldIsRefused) {
  Format format;
  format.time = TimeMode::kNanos;
  const Cell year_1000 = Cell::OfInt(CellKind::kDateTime, -30610224000000000);
  EXPECT_EQ(Encoded(Make("c", ColumnType::kDateTime), year_1000, format), "refused");
}

TEST(TimeModes, IsoTextsEndWithZ) {
  Format format;
  format.time = TimeMode::kIsoString;
  const Column day = Make("c", ColumnType::kDate);
  const Column time = Make("c", ColumnType::kTime);
  const Column moment = Make("c", ColumnType::kDateTime);
  EXPECT_EQ(Text(day, Cell::OfInt(CellKind::kDate, -1), format), "1969-12-31Z");
  EXPECT_EQ(Text(time, Cell::OfInt(CellKind::kTime, 500'000), format), "00:00:00.5Z");
  EXPECT_EQ(Text(time, Cell::OfInt(CellKind::kTime, 1), format), "00:00:00.000001Z");
  EXPECT_EQ(Text(time, Cell::OfInt(CellKind::kTime, -3'020'399'000'000), format), "-838:59:59Z");
  EXPECT_EQ(
      Text(moment, Cell::OfInt(CellKind::kDateTime, -1), format), "1969-12-31T23:59:59.999999Z"
  );
  EXPECT_EQ(Text(moment, Cell::OfInt(CellKind::kDateTime, 0), format), "1970-01-01T00:00:00Z");
}

TEST(Treatments, AreReadFromWords) {
  EXPECT_EQ(Treatment::Parse("mask 12")->chars, 12u);
  EXPECT_EQ(Treatment::Parse("hash sha-512 a b")->salt, "a b");
  EXPECT_TRUE(Treatment::Parse("hash-v1 MD5 x")->java_text);
  for (const char* wrong :
       {"", "mask", "mask x", "mask 1 2", "hash SHA-256", "hash CRC x", "drop"}) {
    EXPECT_FALSE(Treatment::Parse(wrong)) << wrong;
  }
}

TEST(Treatments, AMaskHidesNullAndLength) {
  Column c = Make("c", ColumnType::kVarchar);
  EXPECT_EQ(Done("mask 5", c, TextCell("a longer text")), "*****");
  c.nullable = true;
  EXPECT_EQ(
      Encoded(c, Cell::Null(), With(*Treatment::Parse("mask 2"))),
      Encoded(c, TextCell("x"), With(*Treatment::Parse("mask 2")))
  );
}

// Digests by sha256sum and md5sum.
TEST(Treatments, AHashIsOfSaltAndText) {
  Column c = Make("c", ColumnType::kVarchar);
  c.length = 100;
  EXPECT_EQ(
      Done("hash SHA-256 abc", c, TextCell("x")),
      "7571ce1f8e21c6b13dd7ec2c5ec7c9e4dd9852e209869511853f2f1f74b17927"
  );
  c.length = 5;
  EXPECT_EQ(Done("hash MD5 x", c, TextCell("")), "9dd4e");
  c.length = 20;  // the next two as Debezium 3.2 gave them
  EXPECT_EQ(Done("hash-v1 SHA-256 abc", c, TextCell("4111 1111")), "370cf9ed710e7711e44f");
  EXPECT_EQ(Done("hash-v1 SHA-256 abc", c, TextCell("日本")), "cae2153746041b75ddd8");
}

TEST(Treatments, CuttingCountsCharactersAsJavaDoes) {
  const Column c = Make("c", ColumnType::kVarchar);
  EXPECT_EQ(Done("truncate 3", c, TextCell("日本語x")), "日本語");
  EXPECT_EQ(Done("truncate 3", c, TextCell("a\U0001F600b")), "a\U0001F600");
  EXPECT_EQ(Done("truncate 2", c, TextCell("a\U0001F600b")), "a");
  EXPECT_EQ(Done("truncate 9", c, TextCell("ab")), "ab");
  EXPECT_EQ(Done("truncate 70", c, TextCell(std::string(100, 'y'))), std::string(70, 'y'));
}

TEST(Treatments, WhatCannotBeHiddenIsRefused) {
  const auto wire =
      MakeWireTable(TableOf({Make("n", ColumnType::kInt)}), With(*Treatment::Parse("mask 3")));
  ASSERT_FALSE(wire);
  EXPECT_EQ(wire.error().kind(), ErrorKind::kUnsupported);
  EXPECT_NE(wire.error().message().find("shop.t.n"), std::string::npos);
}

TEST(WireTable, ColumnsAreChosenByIncludeAndExclude) {
  const TableSchema table = TableOf(
      {Make("id", ColumnType::kInt), Make("a", ColumnType::kInt), Make("b", ColumnType::kInt)}
  );
  Format format;
  format.exclude_columns = {*NamePattern::Parse("shop.t.a")};
  EXPECT_EQ(MakeWireTable(table, format)->value.size(), 2u);
  format.include_columns = {*NamePattern::Parse("/shop[.]t[.](A|id)/")};
  const auto wire = MakeWireTable(table, format);
  ASSERT_EQ(wire->value.size(), 1u);
  EXPECT_EQ(wire->value[0].column, 0u);
  format.include_columns = {*NamePattern::Parse("other.*.*")};
  EXPECT_FALSE(MakeWireTable(table, format));
}

TEST(WireTable, KeysComeFromTheFirstRuleOrThePrimaryKey) {
  TableSchema table = TableOf({Make("id", ColumnType::kInt), Make("a", ColumnType::kVarchar)});
  table.primary_key = {0};
  Format format;
  format.treatments.push_back({*NamePattern::Parse("*.*.a"), *Treatment::Parse("mask 3")});
  format.exclude_columns = {*NamePattern::Parse("shop.t.id")};
  EXPECT_EQ(MakeWireTable(table, format)->key[0].column, 0u);
  format.keys.push_back({*NamePattern::Parse("shop.t"), {"a", "id"}});
  const auto wire = MakeWireTable(table, format);
  ASSERT_EQ(wire->key.size(), 2u);
  EXPECT_EQ(wire->key[0].column, 1u);
  EXPECT_EQ(wire->key[0].treatment.kind, Treatment::Kind::kNone);
  format.keys[0].columns = {"nothing"};
  EXPECT_FALSE(MakeWireTable(table, format));
}

TEST(Schemas, ModesShowInTheType) {
  Column amount = Make("amount", ColumnType::kDecimal);
  amount.precision = 10;
  amount.scale = 2;
  amount.default_value = ColumnDefault{"1.5", false};
  Column day = Make("day", ColumnType::kDate);
  day.default_value = ColumnDefault{"2020-02-29", false};
  Format format;
  format.decimal = DecimalMode::kString;
  format.time = TimeMode::kConnect;
  const auto schemas =
      MakeDebeziumSchemas(TableOf({amount, day}), {"p"}, Connector::kMySql, format);
  ASSERT_TRUE(schemas);
  EXPECT_NE(
      schemas->value.find(
          R"({"name":"amount","type":{"type":"string","connect.default":"1.50"},"default":"1.50"})"
      ),
      std::string::npos
  ) << schemas->value;
  EXPECT_NE(
      schemas->value.find(
          R"({"type":"int","connect.version":1,"connect.default":18321,)"
          R"("connect.name":"org.apache.kafka.connect.data.Date","logicalType":"date"})"
      ),
      std::string::npos
  ) << schemas->value;
}

TEST(Names, UnicodeModeNeverMergesTwo) {
  EXPECT_EQ(AvroFieldName("a-b", NameMode::kAvroUnicode), "a_u002db");
  EXPECT_EQ(AvroFieldName("a_b", NameMode::kAvroUnicode), "a_u005fb");
  EXPECT_EQ(AvroFieldName("1st", NameMode::kAvroUnicode), "_u0031st");
  EXPECT_EQ(AvroFieldName("日", NameMode::kAvroUnicode), "_u65e5");
  EXPECT_EQ(AvroFieldName("a-b", NameMode::kNone), "a-b");
  EXPECT_EQ(AvroFullName("p.db.t-1", NameMode::kAvroUnicode), "p.db.t_u002d1");
}

}  // namespace
}  // namespace rowhouse::types
