#include "capture/key_text.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "avro/wire.h"
#include "base/buffer.h"
#include "base/varint.h"
#include "testing/capture_rig.h"

namespace rowhouse::capture {
namespace {

// The text of a key with one field of this type; `bytes` are the field's.
std::string TextOf(const std::string& type, std::string_view bytes) {
  const auto schema = avro::Schema::Parse(
      fmt::format(R"({{"type":"record","name":"Key","fields":[{{"name":"k","type":{}}}]}})", type)
  );
  EXPECT_TRUE(schema);
  const auto text = KeyText(**schema, std::string(5, '\0').append(bytes));
  return text ? *text : text.error().ToString();
}

std::string OfDouble(double value) {
  return TextOf(R"("double")", {reinterpret_cast<const char*>(&value), sizeof value});
}

TEST(KeyText, NamesAndTextsAreQuoted) {
  EXPECT_EQ(
      TextOf(
          R"("string")",
          "\x08"
          "a\"b\\"
      ),
      R"({"k":"a\"b\\"})"
  );
}

TEST(KeyText, ColumnsComeInTheirOrder) {
  const auto schema =
      avro::Schema::Parse(R"({"type":"record","name":"Key","fields":[{"name":"b","type":"string"},)"
                          R"({"name":"a","type":"int"}]})");
  EXPECT_EQ(*KeyText(**schema, std::string(5, '\0') + "\x02x\x03"), R"({"b":"x","a":-2})");
}

TEST(KeyText, ANullInAKeyOfTheUsersChoiceIsNull) {
  EXPECT_EQ(TextOf(R"(["null","int"])", std::string_view("\0", 1)), R"({"k":null})");
  EXPECT_EQ(TextOf(R"(["null","int"])", "\x02\x04"), R"({"k":2})");
}

TEST(KeyText, BytesAreBase64) {
  EXPECT_EQ(TextOf(R"("bytes")", "\x04\xff\x01"), R"({"k":"/wE="})");
}

TEST(KeyText, DecimalsAreAsJavaPrintsThem) {
  const auto decimal = [](int scale, std::string_view bytes) {
    return TextOf(
        fmt::format(
            R"({{"type":"bytes","logicalType":"decimal","precision":20,"scale":{}}})", scale
        ),
        bytes
    );
  };
  EXPECT_EQ(decimal(2, "\x04\xfb\x2e"), R"({"k":-12.34})");
  EXPECT_EQ(decimal(0, "\x02\x07"), R"({"k":7})");
  EXPECT_EQ(decimal(6, "\x02\x07"), R"({"k":0.000007})");
  EXPECT_EQ(decimal(10, "\x02\x0c"), R"({"k":1.2E-9})");
  EXPECT_EQ(decimal(10, std::string_view("\x02\0", 2)), R"({"k":0E-10})");
}

TEST(KeyText, FloatingPointIsAsJavaPrintsIt) {
  EXPECT_EQ(OfDouble(0), R"({"k":0.0})");
  EXPECT_EQ(OfDouble(-1), R"({"k":-1.0})");
  EXPECT_EQ(OfDouble(1.5), R"({"k":1.5})");
  EXPECT_EQ(OfDouble(100), R"({"k":100.0})");
  EXPECT_EQ(OfDouble(0.001), R"({"k":0.001})");
  EXPECT_EQ(OfDouble(0.00012), R"({"k":1.2E-4})");
  EXPECT_EQ(OfDouble(12345678), R"({"k":1.2345678E7})");
  EXPECT_EQ(OfDouble(1e300), R"({"k":1.0E300})");
  const float third = 1.0F / 3;
  EXPECT_EQ(
      TextOf(R"("float")", {reinterpret_cast<const char*>(&third), sizeof third}),
      R"({"k":0.33333334})"
  );
}

TEST(KeyText, ConnectsDatesAreAsMuchOfAMomentAsTheyHave) {
  const auto of = [](const char* type, const char* name, std::string_view bytes) {
    return TextOf(
        fmt::format(
            R"({{"type":"{}","connect.name":"org.apache.kafka.connect.data.{}"}})", type, name
        ),
        bytes
    );
  };
  EXPECT_EQ(of("int", "Date", "\x02"), R"({"k":1970-01-02})");
  EXPECT_EQ(of("int", "Time", "\xd0\x0f"), R"({"k":00:00:01.000Z})");
  EXPECT_EQ(of("long", "Timestamp", "\xa2\xf0\xb2\x52"), R"({"k":1970-01-02T00:00:00.017Z})");
}

TEST(KeyText, DamagedBytesAreAnError) {
  EXPECT_NE(TextOf(R"("string")", "\x08").find("k"), std::string::npos);
}

TEST(RowOfKey, NamesTheRowByItsKey) {
  FakeSchemas schemas;
  const int32_t id = *schemas.Register(
      "s", R"({"type":"record","name":"K","fields":[{"name":"id","type":"string"}]})"
  );
  const auto key = [](int32_t schema, const std::string& text) {
    Buffer out;
    avro::AppendFrame(schema, out);
    out.Commit(PutZigZag(out.Reserve(kVarintBytesMax), static_cast<int64_t>(text.size())));
    out.Append(text);
    return std::string(out.view());
  };
  EXPECT_EQ(RowOfKey(schemas, key(id, "a")), R"(row {"id":"a"})");
  // {"id":" takes 7 bytes: the cut would be within the 97th letter.
  std::string letters;
  for (int i = 0; i < 200; ++i) {
    letters += "\u00e4";
  }
  EXPECT_EQ(RowOfKey(schemas, key(id, letters)), R"(row {"id":")" + letters.substr(0, 192) + "...");
  EXPECT_EQ(RowOfKey(schemas, std::nullopt), "row") << "a table without key";
  EXPECT_EQ(RowOfKey(schemas, key(id + 1, "a")), "row") << "no such schema";
  EXPECT_EQ(RowOfKey(schemas, "\1x"), "row") << "not Confluent's format";
  EXPECT_EQ(RowOfKey(schemas, key(id, "a").substr(0, 6)), "row") << "cut off";
}

}  // namespace
}  // namespace rowhouse::capture
