#include "browse/avro_write.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "avro/wire.h"
#include "browse/avro_walk.h"
#include "browse/decimal_write.h"
#include "browse/json_tree.h"
#include "browse/sinks.h"
#include "types/row_encoder.h"

namespace rowhouse::browse {
namespace {

using namespace std::string_view_literals;

LayoutPtr LayoutOf(std::string_view schema) {
  auto parsed = avro::Schema::Parse(schema);
  EXPECT_TRUE(parsed) << parsed.error().message();
  return Layout::Of(*parsed);
}

std::string Shown(std::string_view avro, const Layout& layout) {
  std::string text;
  LineSink sink(text, size_t{1} << 20);
  AvroWalk<LineSink> walk(AsBytes(avro), sink);
  EXPECT_TRUE(walk.Run(layout.root())) << walk.problem();
  return text;
}

// What is shown of a JSON text that was written; the error otherwise.
std::string Again(std::string_view json, std::string_view schema) {
  const LayoutPtr layout = LayoutOf(schema);
  const auto avro = WriteAvro(json, *layout, "value");
  return avro ? Shown(*avro, *layout) : avro.error().message();
}

std::string Field(std::string_view type) {
  return R"({"type":"record","name":"R","fields":[{"name":"f","type":)" + std::string(type) + "}]}";
}

std::string Of(std::string_view json, std::string_view type) {
  const std::string again = Again(R"({"f":)" + std::string(json) + "}", Field(type));
  const bool good = again.starts_with(R"({"f":)");
  return good ? again.substr(5, again.size() - 6) : again;
}

// --- what the encoder writes

// What some formats can't say: the longest TIME, the last DATETIME.
struct Extremes {
  int64_t clock = -3020399999999;
  int64_t last = 253402300799'999'999;
};

// A row of every type there is.
struct EveryType {
  TableSchema table = {{"shop", "zoo"}, {}, {0}, ""};
  std::vector<Cell> cells;

  Column& Add(ColumnType type, Cell cell, bool nullable = true) {
    Column column;
    column.name = "c" + std::to_string(cells.size());
    column.type = type;
    column.nullable = nullable;
    table.columns.push_back(column);
    cells.push_back(cell);
    return table.columns.back();
  }

  explicit EveryType(Extremes extremes) {
    const auto number = [](CellKind kind, int64_t v) { return Cell::OfInt(kind, v); };
    const auto bytes = [](CellKind kind, std::string_view v) { return Cell::OfBytes(kind, v); };
    Add(ColumnType::kBigInt, number(CellKind::kInt, INT64_MIN), false);
    Add(ColumnType::kTinyInt, number(CellKind::kInt, -128));
    Add(ColumnType::kBigInt, number(CellKind::kInt, 9007199254740993));
    Add(ColumnType::kInt, Cell::OfUint(CellKind::kUint, 4294967295)).is_unsigned = true;
    Add(ColumnType::kBigInt, Cell::OfUint(CellKind::kUint, UINT64_MAX)).is_unsigned = true;
    Add(ColumnType::kFloat, Cell::OfDouble(CellKind::kFloat, 0.1F));
    Add(ColumnType::kDouble, Cell::OfDouble(CellKind::kDouble, 0.1));
    Add(ColumnType::kDouble, Cell::OfDouble(CellKind::kDouble, -1e300));
    Column& price = Add(ColumnType::kDecimal, number(CellKind::kDecimal, -12340));
    price.precision = 10;
    price.scale = 2;
    Column& big = Add(
        ColumnType::kDecimal,
        bytes(
            CellKind::kDecimal, "\x80\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xfe"sv
        )
    );
    big.precision = 65;
    big.scale = 6;
    Add(ColumnType::kBit, Cell::OfUint(CellKind::kBit, 1)).length = 1;
    Add(ColumnType::kBit, Cell::OfUint(CellKind::kBit, 5)).length = 20;
    Add(ColumnType::kDate, number(CellKind::kDate, -354285));
    Add(ColumnType::kTime, number(CellKind::kTime, extremes.clock)).fsp = 6;
    Add(ColumnType::kTime, number(CellKind::kTime, 3723'000'000));
    Add(ColumnType::kDateTime, number(CellKind::kDateTime, -1000)).fsp = 3;
    Add(ColumnType::kDateTime, number(CellKind::kDateTime, -1001)).fsp = 6;
    Add(ColumnType::kDateTime, number(CellKind::kDateTime, extremes.last)).fsp = 6;
    Add(ColumnType::kTimestamp, number(CellKind::kTimestamp, 120'000)).fsp = 2;
    Add(ColumnType::kYear, number(CellKind::kYear, 2026));
    Add(ColumnType::kVarchar, bytes(CellKind::kText, "käse \"x\"\n\x01"));
    Add(ColumnType::kVarchar, Cell::Null());
    Add(ColumnType::kBlob, bytes(CellKind::kBytes, "\0\xff"sv));
    Add(ColumnType::kBlob, bytes(CellKind::kBytes, ""));
    Add(ColumnType::kEnum, Cell::OfUint(CellKind::kEnum, 2)).labels = {"a", "b"};
    Add(ColumnType::kSet, Cell::OfUint(CellKind::kSet, 5)).labels = {"a", "b", "c"};
    Add(ColumnType::kJson, bytes(CellKind::kJson, R"({"a": [1, null]})"));
    const auto point = "\xe6\x10\0\0\x01\x01\0\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x40"sv;
    Add(ColumnType::kGeometry, bytes(CellKind::kBytes, point), false);
    Add(ColumnType::kGeometry, bytes(CellKind::kBytes, point)).declared = "point";
    const auto line = "\0\0\0\0\x01\x02\0\0\0\x01\0\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x40"sv;
    Add(ColumnType::kGeometry, bytes(CellKind::kBytes, line));
    Add(ColumnType::kVector, bytes(CellKind::kBytes, "\0\0\x80\x3f\0\0\0\x40"sv));
    Add(ColumnType::kVector, bytes(CellKind::kBytes, ""));
    Add(ColumnType::kInet4, bytes(CellKind::kBytes, "\x7f\0\0\x01"sv));
  }
};

void ExpectAgain(std::string_view record, const std::string& schema) {
  const LayoutPtr layout = LayoutOf(schema);
  const auto framed = avro::ReadFrame(AsBytes(record)).value();
  const std::string shown = Shown(AsText(framed.payload), *layout);
  const auto again = WriteAvro(shown, *layout, "value");
  ASSERT_TRUE(again) << again.error().message() << "\n" << shown;
  EXPECT_EQ(ToHex(AsBytes(*again)), ToHex(framed.payload)) << shown;
}

void ExpectRowsAgain(const types::Format& format, Extremes extremes) {
  const EveryType all(extremes);
  const auto table = std::make_shared<TableSchema>(all.table);
  types::EncodeOptions options;
  options.format = format;
  auto plan = types::EncodePlan::Make(table, options);
  ASSERT_TRUE(plan) << plan.error().message();
  (*plan)->SetSchemaIds(1, 2);
  const EventOrigin origin;
  Change change;
  change.op = Op::kUpdate;
  change.table = table.get();
  change.origin = &origin;
  change.before = all.cells.data();
  change.after = all.cells.data();
  Buffer key;
  Buffer value;
  ASSERT_TRUE((*plan)->EncodeKey(change, key));
  const Status encoded = (*plan)->EncodeValue(change, {1'000'001, {}}, value);
  ASSERT_TRUE(encoded) << encoded.error().message();
  ExpectAgain(key.view(), (*plan)->schemas().key);
  ExpectAgain(value.view(), (*plan)->schemas().value);
}

TEST(AvroWrite, WhatTheEncoderWritesIsWrittenAgainByteForByteAsItIsShown) {
  ExpectRowsAgain({}, {});
}

TEST(AvroWrite, SoItIsInTheOtherFormats) {
  using types::TimeMode;
  const Extremes near{-3723'000'001, 4102444799'999'999};
  for (const TimeMode time :
       {TimeMode::kConnect, TimeMode::kIsoString, TimeMode::kMicros, TimeMode::kNanos}) {
    types::Format format;
    format.time = time;
    ExpectRowsAgain(format, near);
  }
  types::Format other;
  other.decimal = types::DecimalMode::kString;
  other.unsigned_bigint = types::UnsignedBigintMode::kPrecise;
  other.binary = types::BinaryMode::kHex;
  ExpectRowsAgain(other, {});
}

// --- what people write

TEST(AvroWrite, NumbersAreExactAndMayStandInQuotes) {
  EXPECT_EQ(Of("9223372036854775807", R"("long")"), "9223372036854775807");
  EXPECT_EQ(Of(R"("-9223372036854775808")", R"("long")"), "-9223372036854775808");
  EXPECT_EQ(Of("9223372036854775808", R"("long")"), "value.f: 9223372036854775808 is no long");
  EXPECT_EQ(Of("2147483648", R"("int")"), "value.f: 2147483648 is no int");
  EXPECT_EQ(Of("1.5", R"("int")"), "value.f: 1.5 is no int");
  EXPECT_EQ(Of("0.1", R"("double")"), "0.1");
  EXPECT_EQ(Of(R"("nan")", R"("double")"), R"("nan")");
  EXPECT_EQ(Of("true", R"("boolean")"), "true");
  EXPECT_EQ(Of("1", R"("boolean")"), "value.f: 1 is neither true nor false");
}

TEST(AvroWrite, DecimalsAreExactAndNothingIsRounded) {
  const char* type = R"({"type":"bytes","logicalType":"decimal","precision":10,"scale":2})";
  EXPECT_EQ(Of("12.5", type), "12.50");
  EXPECT_EQ(Of(R"("-99999999.99")", type), "-99999999.99");
  EXPECT_EQ(Of("1e3", type), "1000.00");
  EXPECT_EQ(Of("0.500", type), "0.50");
  EXPECT_EQ(Of(R"("abc")", type), "value.f: \"abc\" is no decimal(10,2)");
  EXPECT_EQ(Of("1.005", type), "value.f: 1.005 has more than 2 digits behind the point");
  EXPECT_EQ(Of("123456789.00", type), "value.f: 123456789.00 has more digits than decimal(10,2)");
  const char* fixed =
      R"({"type":"fixed","name":"D","size":8,"logicalType":"decimal","precision":10,"scale":2})";
  EXPECT_EQ(Of("-1.25", fixed), "-1.25");
}

TEST(AvroWrite, DecimalsHaveTheFewestBytes) {
  const auto bytes = [](std::string_view text) {
    return ToHex(AsBytes(DecimalText::Parse(text)->Bytes()));
  };
  EXPECT_EQ(bytes("0"), "00");
  EXPECT_EQ(bytes("-0"), "00");
  EXPECT_EQ(bytes("127"), "7f");
  EXPECT_EQ(bytes("128"), "0080");
  EXPECT_EQ(bytes("-128"), "80");
  EXPECT_EQ(bytes("-129"), "ff7f");
  EXPECT_EQ(bytes("-256"), "ff00");
  EXPECT_EQ(bytes("-1"), "ff");
  EXPECT_EQ(bytes("18446744073709551616"), "010000000000000000");
}

TEST(AvroWrite, TimesAreWrittenAsTheyAreShown) {
  const char* millis = R"({"type":"long","logicalType":"timestamp-millis"})";
  EXPECT_EQ(Of(R"("2026-01-31T10:00:00.120Z")", millis), R"("2026-01-31T10:00:00.120Z")");
  EXPECT_EQ(Of(R"("2026-01-31T12:00:00+02:00")", millis), R"("2026-01-31T10:00:00Z")");
  EXPECT_EQ(Of("1769853600120", millis), R"("2026-01-31T10:00:00.120Z")");
  EXPECT_EQ(
      Of(R"("2026-01-31T10:00:00.1201Z")", millis),
      "value.f: \"2026-01-31T10:00:00.1201Z\" is no timestamp-millis: write "
      "\"2026-01-31T10:00:00.123Z\""
  );
  const char* date = R"({"type":"int","logicalType":"date"})";
  EXPECT_EQ(Of(R"("1969-12-31")", date), R"("1969-12-31")");
  EXPECT_EQ(
      Of(R"("2026-02-30")", date), "value.f: \"2026-02-30\" is no date: write \"2026-01-31\""
  );
}

TEST(AvroWrite, BytesEnumsFixedAndContainers) {
  EXPECT_EQ(Of(R"("0x00ff")", R"("bytes")"), R"("0x00ff")");
  EXPECT_EQ(Of(R"("abc")", R"("bytes")"), "value.f: \"abc\" is no bytes: write them as \"0x00ff\"");
  EXPECT_EQ(
      Of(R"("0x00")", R"({"type":"fixed","name":"F","size":2})"),
      "value.f: \"0x00\" has 1 bytes, and the type 2"
  );
  const char* letters = R"({"type":"enum","name":"E","symbols":["A","B"]})";
  EXPECT_EQ(Of(R"("B")", letters), R"("B")");
  EXPECT_EQ(Of(R"("C")", letters), "value.f: \"C\" is none of the symbols A, B");
  EXPECT_EQ(Of("[1,2]", R"({"type":"array","items":"int"})"), "[1,2]");
  EXPECT_EQ(Of("[]", R"({"type":"array","items":"int"})"), "[]");
  EXPECT_EQ(Of(R"([1,"x"])", R"({"type":"array","items":"int"})"), "value.f[1]: \"x\" is no int");
  EXPECT_EQ(Of(R"({"a":1})", R"({"type":"map","values":"int"})"), R"({"a":1})");
  EXPECT_EQ(
      Of(R"({"a":null})", R"({"type":"map","values":"int"})"), "value.f[\"a\"]: null is no int"
  );
}

TEST(AvroWrite, AUnionTakesThePlainValue) {
  EXPECT_EQ(Of("null", R"(["null","int"])"), "null");
  EXPECT_EQ(Of("7", R"(["null","int"])"), "7");
  EXPECT_EQ(Of(R"("x")", R"(["null","int"])"), "value.f: \"x\" is no int");
  EXPECT_EQ(Of("7", R"(["null","string","long"])"), "7");
  EXPECT_EQ(Of(R"("7")", R"(["null","string","long"])"), R"("7")");
  EXPECT_EQ(Of("true", R"(["null","string","long"])"), "value.f: true is none of string, long");
  EXPECT_EQ(Of("7", R"(["int","long"])"), "value.f: 7 may be int or long: write {\"int\": …}");
  EXPECT_EQ(Of(R"({"long":7})", R"(["int","long"])"), "7");
  EXPECT_EQ(Of("5000000000", R"(["int","long"])"), "5000000000");
}

TEST(AvroWrite, AFieldIsNamedByItsPath) {
  const char* schema = R"({"type":"record","name":"E","fields":[
{"name":"after","type":["null",{"type":"record","name":"V","fields":[
{"name":"id","type":"long"},
{"name":"price","type":["null",{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}]}]}]},
{"name":"op","type":"string"}]})";
  EXPECT_EQ(
      Again(R"({"after":{"id":1,"price":"abc"},"op":"c"})", schema),
      "value.after.price: \"abc\" is no decimal(10,2)"
  );
  EXPECT_EQ(
      Again(R"({"after":{"id":1},"op":"c"})", schema), R"({"after":{"id":1,"price":null},"op":"c"})"
  );
  EXPECT_EQ(
      Again(R"({"after":{"price":1},"op":"c"})", schema), "value.after: the field \"id\" is missing"
  );
  EXPECT_EQ(
      Again(R"({"after":{"id":1,"prize":2},"op":"c"})", schema),
      "value.after: the schema has no field \"prize\" here"
  );
  EXPECT_EQ(
      Again(R"({"op":"c","op":"d"})", schema), "value: the name \"op\" stands twice in an object"
  );
  EXPECT_EQ(Again("[1]", schema), "value: an array is no record: write an object");
  EXPECT_TRUE(Again("{\"op\":", schema).starts_with("value: no JSON: "))
      << Again("{\"op\":", schema);
}

TEST(AvroWrite, AGeometryIsWrittenByItsText) {
  const char* type =
      R"(["null",{"type":"record","name":"Geometry","namespace":"io.debezium.data.geometry",
"fields":[{"name":"wkb","type":"bytes"},{"name":"srid","type":["null","int"]}],
"connect.name":"io.debezium.data.geometry.Geometry"}])";
  for (const char* text :
       {"POINT(1.5 -2)",
        "SRID=4326;POLYGON((0 0,1 0,0 1,0 0),(0.1 0.1,0.2 0.1,0.1 0.2,0.1 0.1))",
        "MULTIPOINT(1 2,3 4)",
        "MULTILINESTRING((1 2,3 4),(5 6,7 8))",
        "MULTIPOLYGON(((0 0,1 0,0 1,0 0)))",
        "GEOMETRYCOLLECTION(POINT(1 2),LINESTRING(1 2,3 4))"}) {
    const std::string json = "\"" + std::string(text) + "\"";
    EXPECT_EQ(Of(json, type), json);
  }
  EXPECT_TRUE(Of(R"~("CIRCLE(1)")~", type).find("is no geometry") != std::string::npos);
}

TEST(AvroWrite, UnionsWithinUnionsEndInTime) {
  const char* schema = R"({"type":"record","name":"N","fields":[{"name":"n","type":["null","N",
{"type":"record","name":"M","fields":[{"name":"n","type":["null","N","M"]}]}]}]})";
  std::string json = "null";
  for (int i = 0; i < 40; ++i) {
    json = R"({"n":)" + json + "}";
  }
  const auto written = WriteAvro(json, *LayoutOf(schema), "value");
  EXPECT_FALSE(written.has_value());
}

}  // namespace
}  // namespace rowhouse::browse
