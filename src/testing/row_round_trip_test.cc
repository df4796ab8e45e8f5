// What types writes, avro reads: rows through their own schema and back. Here because the
// two modules are siblings and do not see each other.
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "avro/compatibility.h"
#include "avro/decoder.h"
#include "avro/schema.h"
#include "avro/wire.h"
#include "types/row_encoder.h"

namespace rowhouse {
namespace {

using namespace std::string_view_literals;
using types::EncodePlan;
using types::Half;

constexpr auto kPoint = "\xe6\x10\0\0\x01\x01\0\0\0\0\0\0\0\0\0\xf0\x3f\0\0\0\0\0\0\0\x40"sv;
constexpr std::string_view kPointWkb = "0x0101000000000000000000f03f0000000000000040";

// One column, a value of it, and the JSON it comes back as.
struct Zoo {
  TableSchema table = {{"shop", "zoo"}, {}, {0}, ""};
  std::vector<Cell> cells;
  std::vector<std::string> json;

  Column& Add(ColumnType type, Cell cell, std::string back, bool nullable = true) {
    Column column;
    column.name = "c" + std::to_string(cells.size());
    column.type = type;
    column.nullable = nullable;
    table.columns.push_back(column);
    cells.push_back(cell);
    json.push_back(std::move(back));
    return table.columns.back();
  }

  std::string Json() const {
    std::string out = "{";
    for (size_t i = 0; i < json.size(); ++i) {
      out += (i == 0 ? "" : ",") + ("\"" + table.columns[i].name + "\":" + json[i]);
    }
    return out + "}";
  }
};

void AddNumbers(Zoo& zoo) {
  const auto i = [](int64_t v) { return Cell::OfInt(CellKind::kInt, v); };
  const auto u = [](uint64_t v) { return Cell::OfUint(CellKind::kUint, v); };
  zoo.Add(ColumnType::kBigInt, i(INT64_MIN), "-9223372036854775808", false);
  zoo.Add(ColumnType::kTinyInt, i(-128), "-128");
  zoo.Add(ColumnType::kSmallInt, u(65535), "65535").is_unsigned = true;
  zoo.Add(ColumnType::kInt, u(4294967295), "4294967295").is_unsigned = true;
  zoo.Add(ColumnType::kBigInt, u(UINT64_MAX), "-1").is_unsigned = true;  // wraps, as Debezium's
  zoo.Add(ColumnType::kFloat, Cell::OfDouble(CellKind::kFloat, 1.5), "1.5");
  zoo.Add(ColumnType::kDouble, Cell::OfDouble(CellKind::kDouble, 1e300), "1.0E300");
  Column& price =
      zoo.Add(ColumnType::kDecimal, Cell::OfInt(CellKind::kDecimal, -12345), "\"-123.45\"");
  price.precision = 10;
  price.scale = 2;
  const auto digits = "\x7f\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"sv;
  Column& big = zoo.Add(
      ColumnType::kDecimal,
      Cell::OfBytes(CellKind::kDecimal, digits),
      "\"170141183460469231731687303715884.105727\""
  );
  big.precision = 65;
  big.scale = 6;
  zoo.Add(ColumnType::kBit, Cell::OfUint(CellKind::kBit, 1), "true").length = 1;
  zoo.Add(ColumnType::kBit, Cell::OfUint(CellKind::kBit, 0x201), "\"0x0102\"").length = 10;
}

void AddTimes(Zoo& zoo) {
  const auto of = [](CellKind kind, int64_t v) { return Cell::OfInt(kind, v); };
  zoo.Add(ColumnType::kDate, of(CellKind::kDate, -354285), "-354285");
  zoo.Add(ColumnType::kTime, of(CellKind::kTime, -3020399999999), "-3020399999999").fsp = 6;
  zoo.Add(ColumnType::kDateTime, of(CellKind::kDateTime, -1000), "-1").fsp = 3;
  zoo.Add(ColumnType::kDateTime, of(CellKind::kDateTime, -1001), "-1001").fsp = 6;
  zoo.Add(ColumnType::kTimestamp, of(CellKind::kTimestamp, 120'000), "\"1970-01-01T00:00:00.12Z\"")
      .fsp = 2;
  zoo.Add(ColumnType::kYear, of(CellKind::kYear, 0), "0");
  zoo.Add(ColumnType::kDate, Cell::OfUint(CellKind::kZeroDate, 0), "null");
  zoo.Add(ColumnType::kDateTime, Cell::OfUint(CellKind::kZeroDate, 0), "0", false);
}

void AddTexts(Zoo& zoo) {
  const auto of = [](CellKind kind, std::string_view v) { return Cell::OfBytes(kind, v); };
  zoo.Add(ColumnType::kVarchar, of(CellKind::kText, "käse \"x\""), "\"käse \\\"x\\\"\"")
      .default_value = ColumnDefault{"none"};
  zoo.Add(ColumnType::kVarchar, Cell::Null(), "null").default_value = ColumnDefault{"none"};
  zoo.Add(ColumnType::kBlob, of(CellKind::kBytes, "\0\xff"sv), "\"0x00ff\"");
  zoo.Add(ColumnType::kEnum, Cell::OfUint(CellKind::kEnum, 2), "\"b\"").labels = {"a", "b"};
  zoo.Add(ColumnType::kSet, Cell::OfUint(CellKind::kSet, 5), "\"a,c\"").labels = {"a", "b", "c"};
  zoo.Add(ColumnType::kJson, of(CellKind::kJson, "{}"), "\"{}\"");
  const std::string shape = R"({"wkb":")" + std::string(kPointWkb) + R"(","srid":4326})";
  zoo.Add(ColumnType::kGeometry, of(CellKind::kBytes, kPoint), shape, false);
  zoo.Add(ColumnType::kGeometry, of(CellKind::kBytes, kPoint), shape);
  zoo.Add(
         ColumnType::kGeometry,
         of(CellKind::kBytes, kPoint),
         R"({"x":1.0,"y":2.0,"wkb":")" + std::string(kPointWkb) + R"(","srid":4326})"
  )
      .declared = "point";
  zoo.Add(ColumnType::kVector, of(CellKind::kBytes, "\0\0\x80\x3f\0\0\0\x40"sv), "[1.0,2.0]");
  zoo.Add(ColumnType::kVector, of(CellKind::kBytes, ""), "[]");
  zoo.Add(ColumnType::kInet4, of(CellKind::kBytes, "\x7f\0\0\x01"sv), "\"127.0.0.1\"");
}

class RoundTrip : public testing::Test {
 protected:
  void SetUp() override {
    AddNumbers(zoo_);
    AddTimes(zoo_);
    AddTexts(zoo_);
    auto plan = EncodePlan::Make(std::make_shared<TableSchema>(zoo_.table), {});
    ASSERT_TRUE(plan) << plan.error().message();
    plan_ = std::move(*plan);
    plan_->SetSchemaIds(7, 8);
    origin_.file = "binlog.000007";
    origin_.gtid = "0-1-42";
    origin_.ts_us = 1'767'225'600'123'456;
    origin_.file_number = 7;
    origin_.pos = 4711;
    change_.origin = &origin_;
    change_.ordinal = 9;
  }

  avro::Value ValueOf(Half half = Half::kWhole) {
    Buffer out;
    EXPECT_TRUE(plan_->EncodeValue(change_, half, {5'000'000, {}}, out));
    return Decoded(plan_->schemas().value, out, 8);
  }

  avro::Value Decoded(const std::string& schema_text, const Buffer& bytes, int32_t id) {
    auto schema = avro::Schema::Parse(schema_text);
    EXPECT_TRUE(schema) << schema.error().message();
    schemas_.push_back(*schema);
    const auto frame = avro::ReadFrame(AsBytes(bytes.view()));
    EXPECT_TRUE(frame);
    EXPECT_EQ(frame->schema_id, id);
    auto value = avro::Decode(**schema, frame->payload);
    EXPECT_TRUE(value) << value.error().message();
    return value ? *value : avro::Value();
  }

  Zoo zoo_;
  std::unique_ptr<EncodePlan> plan_;
  EventOrigin origin_;
  Change change_;
  std::vector<avro::SchemaPtr> schemas_;  // decoded values point into them
};

TEST_F(RoundTrip, EveryTypeComesBackExactly) {
  change_.after = zoo_.cells.data();
  const avro::Value value = ValueOf();
  EXPECT_EQ(value.Find("after")->ToJson(), zoo_.Json());
  EXPECT_TRUE(value.Find("before")->is_null());
  EXPECT_EQ(value.Find("op")->bytes, "c");
}

TEST_F(RoundTrip, TheSourceTellsWhereTheChangeStood) {
  change_.after = zoo_.cells.data();
  EXPECT_EQ(
      ValueOf().Find("source")->ToJson(),
      R"({"version":"rowhouse 0.1.0","connector":"mariadb","name":"rowhouse","ts_ms":1767225600123,)"
      R"("snapshot":"false","db":"shop","sequence":"00000000000700000000126700000009",)"
      R"("ts_us":1767225600123456,"ts_ns":1767225600123456000,"table":"zoo","server_id":0,)"
      R"("gtid":"0-1-42","file":"binlog.000007","pos":4711,"row":0,"thread":null,"query":null})"
  );
}

TEST_F(RoundTrip, ASnapshotRowSaysSo) {
  change_.op = Op::kRead;
  change_.after = zoo_.cells.data();
  EXPECT_EQ(ValueOf().Find("source.snapshot")->bytes, "true");
  EXPECT_EQ(ValueOf().Find("op")->bytes, "r");
}

TEST_F(RoundTrip, AChangedKeyIsDeletedAndCreated) {
  std::vector<Cell> before = zoo_.cells;
  before[0] = Cell::OfInt(CellKind::kInt, 5);
  change_.op = Op::kUpdate;
  change_.before = before.data();
  change_.after = zoo_.cells.data();
  EXPECT_TRUE(plan_->KeyChanged(change_));
  Buffer old_key;
  ASSERT_TRUE(plan_->EncodeKey(change_, Half::kDelete, old_key));
  EXPECT_EQ(Decoded(plan_->schemas().key, old_key, 7).ToJson(), R"({"c0":5})");
  const avro::Value gone = ValueOf(Half::kDelete);
  EXPECT_EQ(gone.Find("before.c0")->number, 5);
  EXPECT_TRUE(gone.Find("after")->is_null());
  const avro::Value come = ValueOf(Half::kCreate);
  EXPECT_TRUE(come.Find("before")->is_null());
  EXPECT_EQ(come.Find("after.c0")->number, INT64_MIN);
}

TEST_F(RoundTrip, ATruncateHasNoRows) {
  change_.op = Op::kTruncate;
  const avro::Value value = ValueOf();
  EXPECT_TRUE(value.Find("before")->is_null());
  EXPECT_TRUE(value.Find("after")->is_null());
  EXPECT_EQ(value.Find("op")->bytes, "t");
}

// The registry stores what Avro prints: ours must be that text already.
TEST_F(RoundTrip, SchemasAreWrittenAsAvroPrintsThem) {
  for (const std::string& text : {plan_->schemas().key, plan_->schemas().value}) {
    const auto schema = avro::Schema::Parse(text);
    ASSERT_TRUE(schema);
    EXPECT_EQ((*schema)->Text(), text);
  }
}

TEST_F(RoundTrip, ANewNullableColumnKeepsTheSchemaCompatible) {
  TableSchema wider = zoo_.table;
  Column added;
  added.name = "added";
  added.type = ColumnType::kInt;
  wider.columns.push_back(added);
  const auto next = types::MakeDebeziumSchemas(wider, {"rowhouse"}, types::Connector::kMariaDb);
  ASSERT_TRUE(next);
  const auto old_schema = avro::Schema::Parse(plan_->schemas().value);
  const auto new_schema = avro::Schema::Parse(next->value);
  ASSERT_TRUE(old_schema && new_schema);
  const auto report =
      avro::CheckCompatibility(avro::Compatibility::kFullTransitive, **new_schema, {*old_schema});
  EXPECT_TRUE(report.problems.empty());
}

}  // namespace
}  // namespace rowhouse
