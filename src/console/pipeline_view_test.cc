#include "console/pipeline_view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::console {
namespace {

using inspect::PartSight;
using testing::HasSubstr;

constexpr int64_t kNow = 1'700'000'000'000'000;
const TableId kOrders{"shop", "orders"};
const TableId kItems{"shop", "items"};

// A pipeline of two tables that flow; tests change what they are about.
struct World {
  World() {
    progress.connected = true;
    for (PartSight* part : {&sight.source, &sight.kafka, &sight.registry, &sight.clickhouse}) {
      part->state = PartSight::State::kOk;
    }
    sight.source.version = "10.11.6-MariaDB-log";
    for (const TableId& id : {kOrders, kItems}) {
      progress.UpdateTable(id, [](capture::TableCounters& t) { t.creates = 5; });
      sight.tables[id].topic = "demo." + id.ToString();
      sight.tables[id].lag_records = 0;
    }
  }

  Json Overview(int64_t now = kNow) { return view.Overview(now); }

  static void Fail(PartSight& part) {
    part.state = PartSight::State::kDown;
    part.since_us = kNow - 95'000'000;
    part.trouble = Error(ErrorKind::kUnavailable, "connection refused").WithHint("start it");
  }

  capture::Progress progress;
  inspect::History history;
  inspect::Sight sight;
  SinkTroubles sink;
  Json verified = Json::array();
  PipelineView view{
      {"shop", "exactly-once", "127.0.0.1:3306", "127.0.0.1:9092", "http://r", "http://c"},
      {progress,
       history,
       [this] { return std::make_shared<const inspect::Sight>(sight); },
       [this] { return sink; },
       [this] { return verified; }}};
};

TEST(PipelineView, AllThatFlowsIsOneSentence) {
  World world;
  world.sight.tables[kOrders].stages = inspect::StageSeconds{0.1, 0.1, 0.2, 0.4};
  const Json json = world.Overview();
  EXPECT_EQ(json["verdict"], "RUNNING");
  EXPECT_EQ(json["sentence"], "All 2 tables flow; rows are visible 0.4 s after their change.");
  EXPECT_EQ(json["source"]["kind"], "MariaDB");
  EXPECT_EQ(json["tables"]["running"], 2);
  EXPECT_EQ(json["errors"], 0);
}

TEST(PipelineView, APausedTableIsSaidToBeSoAndDoesNotAgeThePipeline) {
  World world;
  world.sight.tables[kOrders].lag_records = 70;
  world.sight.tables[kOrders].lag_seconds = 4000;
  world.sight.tables[kItems].stages = inspect::StageSeconds{0.1, 0.1, 0.2, 0.4};
  world.progress.UpdateTable(kOrders, [](capture::TableCounters& t) {
    t.paused = Pause{"ann", "moved", kNow};
  });
  const Json json = world.Overview();
  EXPECT_EQ(json["verdict"], "RUNNING");
  EXPECT_EQ(
      json["sentence"],
      "1 of 2 tables flow; rows are visible 0.4 s after their change. 1 table is paused."
  );
  EXPECT_EQ(json["tables"]["paused"], 1);
  EXPECT_EQ(json["errors"], 0);
  const Json table = world.view.Table("shop.orders", kNow);
  EXPECT_EQ(table["state"], "paused");
  EXPECT_EQ(table["lag_records"], "70");
  EXPECT_EQ(table["paused"]["by"], "ann");
  EXPECT_EQ(table["paused"]["reason"], "moved");
}

TEST(PipelineView, AServerThatIsAwayIsNamedWithSinceWhenAndWhatItMeans) {
  const auto sentence = [](PartSight inspect::Sight::*part, const char* verdict) {
    World world;
    World::Fail(world.sight.*part);
    const Json json = world.Overview();
    EXPECT_EQ(json["verdict"], verdict);
    EXPECT_EQ(json["troubles"][0]["fix"], "start it");
    EXPECT_EQ(json["troubles"][0]["since"], TimeOf(kNow - 95'000'000));
    return json["sentence"].get<std::string>();
  };
  EXPECT_EQ(
      sentence(&inspect::Sight::clickhouse, "DEGRADED"),
      "ClickHouse has been away for 2 min: messages wait in Kafka; nothing is lost."
  );
  EXPECT_THAT(sentence(&inspect::Sight::source, "STOPPED"), HasSubstr("The source has been away"));
  EXPECT_THAT(sentence(&inspect::Sight::kafka, "STOPPED"), HasSubstr("changes wait in the source"));
  EXPECT_THAT(sentence(&inspect::Sight::registry, "DEGRADED"), HasSubstr("The schema registry"));
}

TEST(PipelineView, ATableInTroubleIsNamed) {
  World world;
  world.progress.UpdateTable(kItems, [](capture::TableCounters& t) {
    t.parked = true;
    t.note = "E-DDL-003 column 'x' is unknown";
  });
  Json json = world.Overview();
  EXPECT_EQ(json["verdict"], "DEGRADED");
  EXPECT_THAT(json["sentence"], HasSubstr("1 of 2 tables flow"));
  EXPECT_THAT(json["sentence"], HasSubstr("shop.items failed: E-DDL-003"));
  EXPECT_EQ(json["troubles"][0]["code"], "E-DDL-003");
  const Json item = world.view.Table("shop.items", kNow);
  EXPECT_EQ(item["state"], "failed");
  EXPECT_EQ(item["code"], "E-DDL-003");

  world.sink.unread[kOrders] = "no provider for SCRAM";
  EXPECT_EQ(world.view.Table("shop.orders", kNow)["state"], "degraded");
  world.sink.refused[kOrders] = "two columns of one name";
  EXPECT_EQ(world.view.Table("shop.orders", kNow)["state"], "failed");
}

TEST(PipelineView, ASkippedTableFlowsAndSaysWhatItLacks) {
  World world;
  world.progress.UpdateTable(kItems, [](capture::TableCounters& t) {
    t.parked = true;
    t.note = "E-KAFKA-004 too large";
    t.left_out = LeftOut{{"b.1", 4}, {}, "E-KAFKA-004 too large"};
  });
  EXPECT_THAT(world.Overview()["troubles"][0]["fix"], HasSubstr("rowhouse skip goes on without"));
  EXPECT_TRUE(world.view.Table("shop.items", kNow)["left_out"]["to"].is_null());
  world.progress.UpdateTable(kItems, [](capture::TableCounters& t) {
    t.parked = false;
    t.note.clear();
    t.left_out->to = {"b.2", 8};
  });
  const Json json = world.Overview();
  EXPECT_EQ(json["verdict"], "RUNNING");
  EXPECT_THAT(json["sentence"], HasSubstr("changes from b.1:4 to b.2:8 were left out"));
  EXPECT_THAT(json["troubles"][0]["fix"], HasSubstr("rowhouse verify shop.items --repair"));
  EXPECT_EQ(world.view.Table("shop.items", kNow)["left_out"]["to"], "b.2:8");
}

TEST(PipelineView, ATableInTroubleDoesNotFlowAndKeepsItsSince) {
  World world;
  world.sight.at_us = kNow;
  world.sink.unread[kOrders] = "partition assignment lost";
  Json json = world.Overview();
  EXPECT_EQ(json["verdict"], "DEGRADED");
  EXPECT_EQ(
      json["sentence"],
      "1 of 2 tables flow. shop.orders degraded: ClickHouse can't read its topic: partition "
      "assignment lost."
  );
  EXPECT_EQ(json["troubles"][0]["since"], TimeOf(kNow));
  EXPECT_THAT(json["troubles"][0]["fix"], HasSubstr("rowhouse doctor"));

  world.sight.at_us = kNow + 5'000'000;
  world.sink.unread[kItems] = "partition assignment lost";
  json = world.Overview();
  EXPECT_THAT(json["sentence"], HasSubstr("lost. 1 more is in trouble."));
  EXPECT_EQ(json["troubles"][0]["since"], TimeOf(kNow + 5'000'000));  // shop.items
  EXPECT_EQ(json["troubles"][1]["since"], TimeOf(kNow));

  world.sink.unread.clear();
  EXPECT_TRUE(world.Overview()["troubles"].empty());
}

TEST(PipelineView, OfManyTroublesSomeAreShown) {
  World world;
  for (int i = 0; i < 1000; ++i) {
    world.progress.UpdateTable({"shop", std::to_string(i)}, [](capture::TableCounters& t) {
      t.parked = true;
      t.note = "E-DDL-003 no";
    });
  }
  const Json json = world.Overview();
  EXPECT_EQ(json["troubles"].size(), 50U);
  EXPECT_EQ(json["tables"]["failed"], 1000);
  EXPECT_THAT(json["sentence"], HasSubstr("999 more are in trouble."));
}

TEST(PipelineView, ALoadHasItsPercentAndTheRestGoesOn) {
  World world;
  world.progress.UpdateTable(kItems, [](capture::TableCounters& t) {
    t.load.running = true;
    t.load.rows = 640;
    t.load.rows_estimated = 1000;
    t.load.began_us = kNow - 10'000'000;
  });
  EXPECT_EQ(world.Overview()["verdict"], "LOADING");
  EXPECT_THAT(world.Overview()["sentence"], HasSubstr("1 table is being loaded"));
  const Json load = world.view.Table("shop.items", kNow)["load"];
  EXPECT_EQ(load["percent"], 64.0);
  EXPECT_EQ(load["rows"], "640");
  EXPECT_EQ(load["rows_per_s"], 64.0);
}

TEST(PipelineView, RatesOfTheLanesAreThoseSinceTheLookBefore) {
  World world;
  world.Overview();
  world.progress.UpdateTable(kItems, [](capture::TableCounters& t) { t.updates = 200; });
  const Json lanes = world.Overview(kNow + 2'000'000)["lanes"];
  EXPECT_EQ(lanes[0]["table"], "shop.items");
  EXPECT_EQ(lanes[0]["events_per_s"], 100.0);
  EXPECT_EQ(lanes[1]["events_per_s"], 0.0);
}

TEST(PipelineView, AVerdictHasTheTimeItBegan) {
  World world;
  EXPECT_EQ(world.Overview(kNow)["since"], TimeOf(kNow));
  EXPECT_EQ(world.Overview(kNow + 5'000'000)["since"], TimeOf(kNow));
  World::Fail(world.sight.clickhouse);
  EXPECT_EQ(world.Overview(kNow + 9'000'000)["since"], TimeOf(kNow + 9'000'000));
}

TEST(PipelineView, SeriesHaveGapsAsNullAndUnknownNamesAreRefused) {
  World world;
  world.history.Put(kNow - 1'000'000, "rows_per_s", 7);
  const Json json = world.view.Series("rows_per_s,lag_s", seconds{300}, kNow).value();
  ASSERT_EQ(json["series"].size(), 2U);
  const Json& values = json["series"][0]["values"];
  EXPECT_TRUE(values.front().is_null());
  EXPECT_EQ(std::ranges::count(values, Json(7.0)), 1);
  const auto none = world.view.Series("rows_per_s,rows", seconds{300}, kNow);
  ASSERT_FALSE(none);
  EXPECT_THAT(none.error().ToString(), HasSubstr("'rows' is no series"));
}

TEST(PipelineView, TheLastComparisonStandsAtItsTable) {
  World world;
  world.verified.push_back(
      {{"table", "shop.items"},
       {"at", "2026-01-01T00:00:00.000Z"},
       {"mode", "rows"},
       {"differing", 3}}
  );
  EXPECT_EQ(world.view.Table("shop.items", kNow)["verified"]["differing"], 3);
  EXPECT_TRUE(world.view.Table("shop.orders", kNow)["verified"].is_null());
}

}  // namespace
}  // namespace rowhouse::console
