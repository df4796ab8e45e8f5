#include <cmath>

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "mysql/json_patch.h"
#include "mysql/json_text.h"

namespace rowhouse::mysql {
namespace {

// A document in hex as text; "bad" when it is none.
std::string Text(std::string_view hex) {
  Arena arena;
  const std::string bytes = FromHex(hex).value();
  const auto text = JsonText(AsBytes(bytes), arena);
  return text.has_value() ? std::string(*text) : "bad";
}

std::string Patched(std::string_view before_hex, std::string_view diffs_hex) {
  Arena arena;
  const std::string before = FromHex(before_hex).value();
  const std::string diffs = FromHex(diffs_hex).value();
  const auto text = PatchedJsonText(AsBytes(before), AsBytes(diffs), arena);
  return text.has_value() ? std::string(*text) : "bad";
}

std::string Double(double v) {
  char text[32];
  return {text, PutJsonDouble(text, v)};
}

std::string Hex(std::string_view text) {
  return ToHex(AsBytes(text));
}

// What MySQL 9.7 logs for {"a": [1, 2, 3], "b": {"c": "xx"}}.
constexpr std::string_view kDocument =
    "000200300012000100130001000214000021006162"
    "03000d00050100050200050300"
    "01000f000b0001000c0c0063"
    "027878";

TEST(Json, ContainersHaveASpaceAfterColonAndComma) {
  EXPECT_EQ(Text(kDocument), R"({"a": [1, 2, 3], "b": {"c": "xx"}})");
  EXPECT_EQ(Text("0000000400"), "{}");
  EXPECT_EQ(Text("0200000400"), "[]");
}

TEST(Json, ScalarsAreTheServers) {
  EXPECT_EQ(Text("0400"), "null");
  EXPECT_EQ(Text("0401"), "true");
  EXPECT_EQ(Text("0402"), "false");
  EXPECT_EQ(Text("05ffff"), "-1");
  EXPECT_EQ(Text("06ffff"), "65535");
  EXPECT_EQ(Text("0700000080"), "-2147483648");
  EXPECT_EQ(Text("08ffffffff"), "4294967295");
  EXPECT_EQ(Text("09ffffffffffffffff"), "-1");
  EXPECT_EQ(Text("0affffffffffffffff"), "18446744073709551615");
  EXPECT_EQ(Text("0b000000000000f83f"), "1.5");
  EXPECT_EQ(Text("0c03" + Hex("abc")), R"("abc")");
}

TEST(Json, NoBytesAreNull) {
  EXPECT_EQ(Text(""), "null");
}

TEST(Json, OnlyControlCharactersQuoteAndBackslashAreEscaped) {
  EXPECT_EQ(
      Text("0c0c" + Hex("\"\\\x01\n\t\b\f\r/ü\x7f")), "\"\\\"\\\\\\u0001\\n\\t\\b\\f\\r/ü\x7f\""
  );
}

TEST(Json, DoublesArePlainFromTenToTheMinusFifteenToTenToTheFifteenOrWithAFraction) {
  EXPECT_EQ(Double(0.0), "0.0");
  EXPECT_EQ(Double(-0.0), "-0.0");
  EXPECT_EQ(Double(100.0), "100.0");
  EXPECT_EQ(Double(1e14), "100000000000000.0");
  EXPECT_EQ(Double(1e15), "1e15");
  EXPECT_EQ(Double(4345224794581741), "4.345224794581741e15");
  EXPECT_EQ(Double(-4408458983910808.5), "-4408458983910808.5");
  EXPECT_EQ(Double(1.2345678901234568e22), "1.2345678901234568e22");
  EXPECT_EQ(Double(-1e-7), "-0.0000001");
  EXPECT_EQ(Double(1e-15), "0.000000000000001");
  EXPECT_EQ(Double(1e-16), "1e-16");
  EXPECT_EQ(Double(5e-324), "5e-324");
  EXPECT_EQ(Double(3.141592653589793), "3.141592653589793");
  EXPECT_EQ(Double(12.5), "12.5");
}

TEST(Json, OpaqueDecimalsAreBareAndDatesQuoted) {
  EXPECT_EQ(
      Text("0ff604"
           "02018105"),
      "1.5"
  );
  EXPECT_EQ(
      Text("0ff604"
           "02017efa"),
      "-1.5"
  );
  EXPECT_EQ(
      Text("0ff603"
           "0202b2"),
      "0.50"
  );
  EXPECT_EQ(
      Text("0f0a08"
           "0000000000000000"),
      R"("0000-00-00")"
  );
}

TEST(Json, OtherOpaqueValuesAreBase64InLines) {
  EXPECT_EQ(
      Text("0ffc02"
           "ff00"),
      R"("base64:type252:/wA=")"
  );
  const std::string line =
      "eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4";
  EXPECT_EQ(Text("0f0f3a" + Hex(std::string(58, 'x'))), "\"base64:type15:" + line + "\\neA==\"");
  EXPECT_EQ(Text("0f0f39" + Hex(std::string(57, 'x'))), "\"base64:type15:" + line + "\"");
}

TEST(Json, DamagedBytesAreRefused) {
  const std::string bytes = FromHex(kDocument).value();
  for (size_t n = 1; n < bytes.size(); ++n) {
    EXPECT_EQ(Text(Hex(bytes.substr(0, n))), "bad") << n;
  }
  EXPECT_EQ(Text("0403"), "bad");
  EXPECT_EQ(Text("0d00"), "bad");
  EXPECT_EQ(Text("0b000000000000f07f"), "bad");  // infinity
  EXPECT_EQ(Text("0cffffffffff01"), "bad");      // a length without end
  EXPECT_EQ(
      Text("0ff604"
           "42018105"),
      "bad"
  );  // 66 digits
  EXPECT_EQ(
      Text("0ff604"
           "0201ffff"),
      "bad"
  );  // no digits
  EXPECT_EQ(
      Text("0f0c08"
           "ffffffffffffffff"),
      "bad"
  );
}

// An array whose element is itself, again and again, must end.
TEST(Json, ALoopEndsAtTheDepthLimit) {
  EXPECT_EQ(
      Text("02"
           "01000700"
           "020000"),
      "bad"
  );
  EXPECT_EQ(
      Text("02"
           "02000a00"
           "020000"
           "020000"),
      "bad"
  );
}

// Twenty levels of arrays with two elements that are the same bytes: a million of them as text.
TEST(Json, BytesUsedTwiceDoNotMakeTextWithoutBound) {
  std::string levels;
  for (int i = 0; i < 20; ++i) {
    levels += std::string("\x02\x00\xff\x00\x02\x0a\x00\x02\x0a\x00", 10);
  }
  std::string document = '\x02' + levels;
  document.append(300, '\0');
  EXPECT_EQ(Text(Hex(document)), "bad");
}

TEST(JsonPatch, ReplacesInsertsAndRemovesByPath) {
  const std::string replace = "0006" + Hex("$.a[1]") + "03051400";
  EXPECT_EQ(Patched(kDocument, replace), R"({"a": [1, 20, 3], "b": {"c": "xx"}})");
  const std::string insert = "0106" + Hex("$.a[1]") + "040c027979";
  EXPECT_EQ(Patched(kDocument, insert), R"({"a": [1, "yy", 2, 3], "b": {"c": "xx"}})");
  const std::string remove = "0206" + Hex("$.a[0]");
  EXPECT_EQ(Patched(kDocument, remove), R"({"a": [2, 3], "b": {"c": "xx"}})");
  EXPECT_EQ(
      Patched(kDocument, replace + insert + remove), R"({"a": ["yy", 20, 3], "b": {"c": "xx"}})"
  );
  EXPECT_EQ(Patched(kDocument, "0203" + Hex("$.a")), R"({"b": {"c": "xx"}})");
  EXPECT_EQ(Patched(kDocument, "0001" + Hex("$") + "020401"), "true");
  EXPECT_EQ(Patched(kDocument, ""), R"({"a": [1, 2, 3], "b": {"c": "xx"}})");
}

TEST(JsonPatch, NewKeysStandByLengthAndBytes) {
  EXPECT_EQ(
      Patched(kDocument, "0103" + Hex("$.z") + "020400" + "0104" + Hex("$.aa") + "020400"),
      R"({"a": [1, 2, 3], "b": {"c": "xx"}, "z": null, "aa": null})"
  );
  EXPECT_EQ(
      Patched(kDocument, "010d" + Hex(R"($."we ird\"k")") + "03050200"),
      R"({"a": [1, 2, 3], "b": {"c": "xx"}, "we ird\"k": 2})"
  );
  EXPECT_EQ(
      Patched(kDocument, "010c" + Hex(R"($.b."\u0001")") + "03050200"),
      R"({"a": [1, 2, 3], "b": {"\u0001": 2, "c": "xx"}})"
  );
}

TEST(JsonPatch, APathThatLeadsNowhereIsRefused) {
  for (const std::string path : {"$.x", "$.a[3]", "$.a.b", "$[0]", "$.b[0]", "$.a[1].c"}) {
    const std::string head = "00" + Hex(std::string(1, static_cast<char>(path.size()))) + Hex(path);
    EXPECT_EQ(Patched(kDocument, head + "020400"), "bad") << path;
  }
  for (const std::string path : {"", "a", "$a", "$.", "$[", "$[x]", "$.\"a", "$.a[0"}) {
    const std::string head = "02" + Hex(std::string(1, static_cast<char>(path.size()))) + Hex(path);
    EXPECT_EQ(Patched(kDocument, head), "bad") << path;
  }
  EXPECT_EQ(Patched(kDocument, "0103" + Hex("$.a") + "020400"), "bad");  // there already
  EXPECT_EQ(Patched(kDocument, "0303" + Hex("$.a")), "bad");             // no such operation
  EXPECT_EQ(Patched(kDocument, "0006" + Hex("$.a")), "bad");             // cut short
}

}  // namespace
}  // namespace rowhouse::mysql
