#include "avro/decoder.h"

#include <random>

#include <gtest/gtest.h>

#include "avro/encoder.h"
#include "avro/wire.h"

namespace rowhouse::avro {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kAll =
    R"({"type":"record","name":"R","fields":[{"name":"b","type":"boolean"},{"name":"i","type":"int"},)"
    R"({"name":"l","type":["null","long"]},{"name":"f","type":"float"},{"name":"d","type":"double"},)"
    R"({"name":"s","type":"string"},{"name":"y","type":"bytes"},)"
    R"({"name":"p","type":{"type":"bytes","logicalType":"decimal","precision":20,"scale":2}},)"
    R"({"name":"e","type":{"type":"enum","name":"E","symbols":["A","B"]}},)"
    R"({"name":"a","type":{"type":"array","items":"int"}},{"name":"m","type":{"type":"map","values":"R2"}},)"
    R"({"name":"x","type":{"type":"fixed","name":"F","size":2}}]})";

SchemaPtr AllTypes() {
  std::string text(kAll);
  text.replace(
      text.find("\"R2\""),
      4,
      R"({"type":"record","name":"R2","fields":[{"name":"n","type":"null"}]})"
  );
  const auto schema = Schema::Parse(text);
  EXPECT_TRUE(schema);
  return *schema;
}

Buffer Sample() {
  Buffer out;
  Encoder e(out);
  e.Bool(true);
  e.Int(-3);
  e.Int(1);
  e.Int(INT64_MIN);
  e.Float(1.5F);
  e.Double(-0.25);
  e.Text("k\"äse");
  e.Text("\x00\xff"sv);
  e.Text("\xcf\xc7"sv);
  e.Int(1);
  e.Int(2);
  e.Int(7);
  e.Int(8);
  e.Int(-1);  // a second block, with its size
  e.Int(1);
  e.Int(9);
  e.Int(0);
  e.Int(1);
  e.Text("key");
  e.Int(0);
  out.Append("zz");
  return out;
}

TEST(Decoder, DecodesEveryKindExactly) {
  const SchemaPtr schema = AllTypes();
  const Buffer bytes = Sample();
  const auto json = DecodeToJson(*schema, AsBytes(bytes.view()));
  ASSERT_TRUE(json) << json.error().message();
  EXPECT_EQ(
      *json,
      R"({"b":true,"i":-3,"l":-9223372036854775808,"f":1.5,"d":-0.25,"s":"k\"äse","y":"0x00ff",)"
      R"("p":"-123.45","e":"B","a":[7,8,9],"m":{"key":{"n":null}},"x":"0x7a7a"})"
  );
  const auto value = Decode(*schema, AsBytes(bytes.view()));
  ASSERT_TRUE(value);
  ASSERT_NE(value->Find("m.key.n"), nullptr);
  EXPECT_TRUE(value->Find("m.key.n")->is_null());
  EXPECT_EQ(value->Find("nope"), nullptr);
}

TEST(Decoder, ACutValueIsAnErrorAtEveryLength) {
  const SchemaPtr schema = AllTypes();
  const Buffer bytes = Sample();
  for (size_t n = 0; n < bytes.size(); ++n) {
    EXPECT_FALSE(Decode(*schema, AsBytes(bytes.view().substr(0, n)))) << n;
  }
}

TEST(Decoder, BytesLeftOverAreAnError) {
  const auto schema = Schema::Parse(R"("int")");
  ASSERT_TRUE(schema);
  EXPECT_TRUE(Decode(**schema, AsBytes("\x02"sv)));
  EXPECT_FALSE(Decode(**schema, AsBytes("\x02\x02"sv)));
}

TEST(Decoder, ErrorsNameTheField) {
  const auto schema = Schema::Parse(
      R"({"type":"record","name":"R","fields":[{"name":"after","type":{"type":"record","name":"V","fields":[{"name":"s","type":"string"}]}}]})"
  );
  ASSERT_TRUE(schema);
  const auto value = Decode(**schema, AsBytes("\x10xx"sv));
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().message(), "after.s: a length of 8 with 2 bytes left");
}

TEST(Decoder, GarbageNeverHurts) {
  const SchemaPtr schema = AllTypes();
  std::mt19937_64 random(42);
  const Buffer good = Sample();
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(good.view());
    for (int i = 0; i < 3; ++i) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    const auto value = Decode(*schema, AsBytes(bytes));
    if (value) {
      EXPECT_FALSE(value->ToJson().empty());
    }
  }
}

TEST(Decoder, ACountOfItemsWithoutBytesIsBounded) {
  const auto schema = Schema::Parse(R"({"type":"array","items":"null"})");
  ASSERT_TRUE(schema);
  Buffer bytes;
  Encoder(bytes).Int(INT64_MAX);
  const auto value = Decode(**schema, AsBytes(bytes.view()));
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().message(), "more than 200000 values");
}

TEST(Decoder, ARecursiveTypeIsBounded) {
  const auto schema =
      Schema::Parse(R"({"type":"record","name":"L","fields":[{"name":"n","type":["null","L"]}]})");
  ASSERT_TRUE(schema);
  const std::string bytes(100'000, '\x02');
  EXPECT_FALSE(Decode(**schema, AsBytes(bytes)));
}

TEST(Decoder, TextThatIsNoUtf8ComesOutAsHex) {
  const auto schema = Schema::Parse(R"("string")");
  ASSERT_TRUE(schema);
  const auto json = DecodeToJson(**schema, AsBytes("\x04\xc3\x28"sv));
  ASSERT_TRUE(json);
  EXPECT_EQ(*json, R"("0xc328")");
}

TEST(Decoder, PrintsDecimalsWithAllDigits) {
  EXPECT_EQ(DecimalText("", 2), "0.00");
  EXPECT_EQ(DecimalText("\x00"sv, 0), "0");
  EXPECT_EQ(DecimalText("\x80"sv, 3), "-0.128");
  EXPECT_EQ(DecimalText("\xff"sv, 1), "-0.1");
  EXPECT_EQ(DecimalText(std::string(27, '\x7f'), 0).size(), 65u);
}

TEST(Frame, ComesBackAndRefusesOtherFormats) {
  Buffer out;
  AppendFrame(0x01020304, out);
  out.Append("x");
  const auto frame = ReadFrame(AsBytes(out.view()));
  ASSERT_TRUE(frame);
  EXPECT_EQ(frame->schema_id, 0x01020304);
  EXPECT_EQ(AsText(frame->payload), "x");
  EXPECT_FALSE(ReadFrame(AsBytes("\0\0\0\0"sv)));
  const auto json = ReadFrame(AsBytes("{\"a\":1}"sv));
  ASSERT_FALSE(json);
  EXPECT_EQ(json.error().kind(), ErrorKind::kBadRecord);
}

}  // namespace
}  // namespace rowhouse::avro
