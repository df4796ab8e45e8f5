#include "browse/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace rowhouse::browse {
namespace {

using Json = nlohmann::ordered_json;

template <typename... Args>
Json JsonOf(const Args&... args) {
  std::string text;
  AppendJson(args..., text);
  return Json::parse(text);
}

Node Of(Node::Kind kind, std::string type, std::string text = "") {
  Node node;
  node.kind = kind;
  node.type = std::move(type);
  node.text = std::move(text);
  return node;
}

Message Sample() {
  Message message;
  message.partition = 2;
  message.offset = INT64_MAX;
  message.timestamp_ms = 1'700'000'000'123;
  message.key.format = PartFormat::kString;
  message.key.text = "a\"b,\n\xc3\xa9";
  message.value.format = PartFormat::kAvro;
  message.value.schema_id = 7;
  message.value.text = R"({"n":9007199254740993})";
  message.headers.push_back({"he\"ader", "x", "78"});
  return message;
}

TEST(Json, OffsetsKeepAllTheirDigits) {
  Row row;
  row.offset = INT64_MAX;
  const Json json = JsonOf(row);
  EXPECT_EQ(json["o"], "9223372036854775807");
  EXPECT_TRUE(json["key"].is_null());
  EXPECT_TRUE(json["value_id"].is_null());
  EXPECT_FALSE(json.contains("error"));
}

TEST(Json, ANodeTellsItsKind) {
  Node node = Of(Node::Kind::kRecord, "record");
  node.fields.emplace_back("a\"b", Of(Node::Kind::kScalar, "decimal", "9.50"));
  node.fields.back().second.raw = "0x03b6";
  node.fields.emplace_back("none", Node());
  node.fields.emplace_back("list", Of(Node::Kind::kList, "array"));
  node.fields.back().second.items.push_back(Of(Node::Kind::kScalar, "string"));
  EXPECT_EQ(
      JsonOf(node),
      Json::parse(R"({"t":"record","f":[["a\"b",{"t":"decimal","v":"9.50","raw":"0x03b6"}],
        ["none",{"t":"null"}],["list",{"t":"array","i":[{"t":"string","v":""}]}]]})")
  );
}

TEST(Json, AMessageHasItsPlaceAndItsChange) {
  Message message = Sample();
  message.change = ChangeInfo{
      "u",
      "shop.orders",
      {{"id", "1"}},
      {"price"},
      {{"ts", "1700000000000"}, {"gtid", "0-1-2"}},
      "00ff",
      ""};
  const Json json = JsonOf(message, std::string("t"), Neighbours{5, std::nullopt});
  EXPECT_EQ(json["previous"], "5");
  EXPECT_TRUE(json["next"].is_null());
  EXPECT_EQ(json["timestamp"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(json["value"]["schema_id"], 7);
  EXPECT_TRUE(json["value"]["subject"].is_null());
  EXPECT_EQ(json["headers"][0]["hex"], "78");
  EXPECT_EQ(json["cdc"]["pk"], Json::parse(R"([{"column":"id","text":"1"}])"));
  EXPECT_EQ(json["cdc"]["source"]["ts"], "2023-11-14T22:13:20.000Z");
  EXPECT_TRUE(json["cdc"]["transaction"].is_null());
}

TEST(Json, ProgressWithoutAnEndHasNoPercent) {
  ScanProgress progress;
  progress.percent = -1;
  progress.lanes.push_back({1, 5, 0, 9});
  const Json json = JsonOf(progress);
  EXPECT_TRUE(json["percent"].is_null());
  EXPECT_EQ(json["partitions"][0]["at"], "5");
}

TEST(Json, ALineKeepsWhatIsJsonAsItIs) {
  std::string line;
  AppendJsonLine(Sample(), line);
  EXPECT_THAT(line, testing::HasSubstr(R"("value":{"n":9007199254740993},"value_schema":7)"));
  EXPECT_EQ(line.back(), '\n');
  EXPECT_EQ(Json::parse(line)["headers"]["he\"ader"], "x");
}

TEST(Json, CsvQuotesWhatItMust) {
  std::string line;
  AppendCsvLine(Sample(), line);
  EXPECT_EQ(
      line,
      "2,9223372036854775807,2023-11-14T22:13:20.123Z,,\"a\"\"b,\n\xc3\xa9\","
      "\"{\"\"n\"\":9007199254740993}\"\r\n"
  );
}

}  // namespace
}  // namespace rowhouse::browse
