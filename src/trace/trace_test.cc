#include "trace/trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "browse/filter.h"
#include "trace/history.h"
#include "trace/json.h"
#include "trace/topic_tail.h"

namespace rowhouse::trace {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr int64_t kStart = 1'700'000'000'000'000;

Way Arrived() {
  Way way;
  way.committed_us = kStart + 500'000;
  way.read_us = kStart + 502'000;
  way.produced_us = kStart + 503'000;
  way.inserted = true;
  way.inserted_us = kStart + 703'000;
  way.visible = true;
  return way;
}

Change ChangeAt(RowVersion version, const std::string& op = "u") {
  Change change;
  change.key = {{"id", "42"}};
  change.op = op;
  change.version = version;
  return change;
}

TEST(Hops, EachTimeCountsFromTheLastKnownOne) {
  const auto hops = HopsOf(Arrived());
  ASSERT_EQ(hops.size(), 6);
  EXPECT_EQ(hops[0].since_us, std::nullopt);
  EXPECT_EQ(hops[1].since_us, 2'000);
  EXPECT_EQ(hops[2].since_us, 1'000);
  EXPECT_TRUE(hops[3].reached);  // nobody notes when
  EXPECT_EQ(hops[3].at_us, std::nullopt);
  EXPECT_EQ(hops[4].since_us, 200'000);
}

TEST(Hops, WhatHasNotArrivedSaysSo) {
  Way way = Arrived();
  way.inserted = way.visible = false;
  way.inserted_us = std::nullopt;
  way.part = "group g is at offset 5, 3 records before it";
  const auto hops = HopsOf(way);
  EXPECT_TRUE(hops[3].reached);
  EXPECT_FALSE(hops[4].reached);
  EXPECT_EQ(hops[4].place, way.part);
}

TEST(Hops, ALoadedRowHasNoTimeOfCommit) {
  Way way = Arrived();
  way.loaded = true;
  way.by_kafka = false;
  const auto hops = HopsOf(way);
  ASSERT_EQ(hops.size(), 4);
  EXPECT_EQ(hops[0].at_us, std::nullopt);
  EXPECT_EQ(hops[1].since_us, std::nullopt);
}

TEST(Clocks, WholeSecondsAndStepsBackAreTold) {
  Change change;
  change.way = Arrived();
  EXPECT_EQ(AboutClocks({change}), "");
  change.way.committed_us = kStart;
  EXPECT_THAT(AboutClocks({change}), HasSubstr("whole seconds"));
  change.way.committed_us = kStart + 900'001;
  EXPECT_THAT(AboutClocks({change}), HasSubstr("differ by 398 ms"));
}

TEST(Visible, TheCurrentVersionIsNamedWithItsPart) {
  std::vector<Change> changes = {ChangeAt({0, 9}), ChangeAt({0, 7}), ChangeAt({0, 11})};
  const std::string key = std::string("42") + '\0';
  MarkVisible({{key, {0, 7}, "old", false}, {key, {0, 9}, "new", false}}, {}, "d.t", changes);
  EXPECT_EQ(changes[0].way.current, "d.t part new");
  EXPECT_TRUE(changes[1].way.visible);
  EXPECT_THAT(changes[1].way.current, HasSubstr("replaced by version"));
  EXPECT_FALSE(changes[2].way.visible);
  EXPECT_EQ(changes[2].way.current, "not in d.t");
}

TEST(Visible, WhatATruncateRemovedIsNotMissing) {
  std::vector<Change> changes = {ChangeAt({0, 9})};
  MarkVisible({}, {0, 10}, "d.t", changes);
  EXPECT_TRUE(changes[0].way.visible);
  EXPECT_THAT(changes[0].way.current, HasSubstr("TRUNCATE"));
}

TEST(Visible, AChangeOfAKeylessTableIsSeenByItsVersion) {
  std::vector<Change> changes = {ChangeAt({0, 9}), ChangeAt({0, 8})};
  changes[0].key.clear();
  changes[1].key.clear();
  MarkVisible({{"", {0, 9}, "p", false}}, {}, "d.t", changes);
  EXPECT_EQ(changes[0].way.current, "d.t part p");
  EXPECT_FALSE(changes[1].way.visible);
}

TEST(KeyNames, AreReadAsClickHouseWritesThem) {
  EXPECT_THAT(KeyNames("id"), ElementsAre("id"));
  EXPECT_THAT(KeyNames("a, `b, c`, `d\\`e`"), ElementsAre("a", "b, c", "d`e"));
  EXPECT_THAT(KeyNames("(a, `(b)`)"), ElementsAre("a", "(b)"));
  EXPECT_TRUE(KeyNames("").empty());
}

TEST(Values, AreShownForPeople) {
  EXPECT_EQ(NodeOf("Nullable(Int32)", "7").type, "Int32");
  EXPECT_TRUE(NodeOf("Nullable(Int32)", std::nullopt).is_null());
  EXPECT_EQ(NodeOf("String", std::string("\xff\x00z", 3)).text, "0xff007a");
  EXPECT_LT(NodeOf("String", std::string(100'000, 'a')).text.size(), 20'000U);
}

TEST(Filters, AreOnesThatCanBeRead) {
  for (const LookAt at : {LookAt::kKey, LookAt::kRow}) {
    for (const std::vector<std::string>& key :
         {std::vector<std::string>{"42"}, {"-1.50"}, {"O'Brien \"x\" \\"}, {"Zoë"}, {"7", "de"}}) {
      const std::vector<std::string> names = {"id", "lang"};
      const std::string filter =
          KeyFilter({names.begin(), names.begin() + static_cast<long>(key.size())}, key, at);
      const auto parsed = browse::Filter::Parse(filter);
      EXPECT_TRUE(parsed) << filter << ": " << (parsed ? "" : parsed.error().ToString());
    }
  }
  EXPECT_TRUE(browse::Filter::Parse(GtidFilter("0-1-17")));
}

TEST(Place, IsTopicPartitionAndOffset) {
  const auto place = Place::Parse("a/b.c/1/17");
  ASSERT_TRUE(place);
  EXPECT_EQ(place->topic, "a/b.c");
  EXPECT_EQ(place->partition, 1);
  EXPECT_EQ(place->offset, 17);
  for (const char* text : {"", "a", "a/1", "/1/2", "a/x/2", "a/1/", "a/-1/2", "a/1/2x", "a//2"}) {
    const auto wrong = Place::Parse(text);
    ASSERT_FALSE(wrong) << text;
    EXPECT_EQ(wrong.error().code(), "E-TRACE-001");
  }
}

TEST(Json, NumbersOutOfRowsAreTexts) {
  Trace trace;
  trace.table = "shop.orders";
  trace.changes = {ChangeAt({0, 1})};
  trace.changes[0].way = Arrived();
  trace.changes[0].after = browse::Node();
  trace.changes[0].after->kind = browse::Node::Kind::kRecord;
  trace.changes[0].after->fields = {{"id", NodeOf("UInt64", "18446744073709551615")}};
  const auto json = ToJson(trace);
  EXPECT_EQ(
      json["changes"][0]["after"].dump(),
      R"({"t":"record","f":[["id",{"t":"UInt64","v":"18446744073709551615"}]]})"
  );
  EXPECT_EQ(json["changes"][0]["hops"][1]["since_ms"], 2.0);
  EXPECT_TRUE(json["equal"].is_null());
  EXPECT_EQ(json["changes"][0]["pk"], "id=42");
}

}  // namespace
}  // namespace rowhouse::trace
