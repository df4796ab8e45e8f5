#include "model/checkpoint.h"

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

Checkpoint Sample() {
  Checkpoint c;
  c.position = {3, {"binlog.000007", 4242}, "0-1-42", "server_id:1"};
  c.ledger[{"shop", "orders"}] = {TableProgress::State::kLoading, "[\"17\"]", 20000, ""};
  c.ledger[{"sh\"op", "x"}] = {TableProgress::State::kParked, "", 0, "column g: GEOMETRY"};
  TableProgress& again = c.ledger[{"shop", "items"}];
  again.loaded_to = "[\"9\"]";
  again.open = {{"", "[\"4\"]"}, {"[\"9\"]", ""}};
  again.tail_taken = true;
  again.reload = true;
  again.reloads = 3;
  again.since = {3, {"binlog.000006", 99}, "", ""};
  c.ledger[{"shop", "skipped"}] = {TableProgress::State::kDone, "", 7, ""};
  c.ledger[{"shop", "skipped"}].left_out =
      LeftOut{{"binlog.000005", 1}, {"binlog.000006", 2}, "too large"};
  c.schemas[{"shop", "orders"}] = {
      "00ff", {{RowVersion::Make(3, 7, 99, 0), {{ColumnEdit::Kind::kRename, "a", "b"}}}}};
  c.paused[{"shop", "items"}] = {"ann@example.org", "a \"move\"", 1'700'000'000'000'000};
  return c;
}

TEST(Checkpoint, RoundTripsThroughJson) {
  const auto back = Checkpoint::FromJson(Sample().ToJson());
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, Sample());
}

TEST(Checkpoint, ASkippedTableSaysWhatItLacksUntilItIsFoundWhole) {
  const TableId table{"shop", "t"};
  const BinlogPosition parked_at{"b.1", 100};
  const BinlogPosition skipped_at{"b.2", 200};
  Checkpoint c;
  c.ledger[table].state = TableProgress::State::kDone;
  EXPECT_EQ(c.Skip(table).error().kind(), ErrorKind::kConfig) << "it is not parked";
  c.position.binlog = parked_at;
  c.Park(table, "too large");
  c.Park(table, "later news");
  EXPECT_EQ(c.ledger[table].reason, "later news");
  EXPECT_EQ(c.ledger[table].left_out, (LeftOut{parked_at, {}, "too large"}));
  EXPECT_FALSE(c.NoteWhole(table, {})) << "it is parked";
  c.position.binlog = skipped_at;
  ASSERT_TRUE(c.Skip(table));
  EXPECT_EQ(c.ledger[table].state, TableProgress::State::kDone);
  EXPECT_EQ(c.ledger[table].left_out, (LeftOut{parked_at, skipped_at, "too large"}));
  EXPECT_EQ(*Checkpoint::FromJson(c.ToJson()), c);
  // Once more, not mended in between.
  c.position.binlog.pos = 300;
  c.Park(table, "again");
  c.position.binlog.pos = 400;
  ASSERT_TRUE(c.Skip(table));
  EXPECT_FALSE(c.NoteWhole(table, skipped_at)) << "a comparison that began before";
  EXPECT_EQ(c.ledger[table].left_out->from, parked_at);
  EXPECT_TRUE(c.NoteWhole(table, {"b.2", 400}));
  EXPECT_FALSE(c.ledger[table].left_out);
}

TEST(Checkpoint, WhatWasParkedBeforeItsRowsWereThereIsNotSkipped) {
  const TableId table{"shop", "t"};
  Checkpoint c;
  c.Park(table, "no such type");
  const Status skipped = c.Skip(table);
  ASSERT_FALSE(skipped);
  EXPECT_NE(skipped.error().hint().find("rowhouse resync shop.t"), std::string::npos);
}

TEST(Checkpoint, ManyLoadedTablesTakeLittleRoom) {
  Checkpoint c = Sample();
  constexpr size_t kTables = 10'000;
  for (size_t i = 0; i < kTables; ++i) {
    c.ledger[{"many", "table_" + std::to_string(i)}] = {TableProgress::State::kDone, "", i, ""};
  }
  const std::string json = c.ToJson();
  EXPECT_LT(json.size(), kTables * 25);
  EXPECT_EQ(*Checkpoint::FromJson(json), c);
}

TEST(Checkpoint, ReadsWhatAnOlderVersionWrote) {
  const auto back = Checkpoint::FromJson(
      R"({"version":1,"epoch":0,"server_uuid":"u","file":"b.1","pos":4,"gtid":"","snapshot":[)"
      R"({"db":"d","table":"t","state":"loading","loaded_to":"[\"3\"]","rows":3}]})"
  );
  ASSERT_TRUE(back);
  const TableProgress& t = back->ledger.at({"d", "t"});
  EXPECT_EQ(t.loaded_to, "[\"3\"]");
  EXPECT_TRUE(t.open.empty());
  EXPECT_FALSE(t.tail_taken);
}

TEST(Checkpoint, SaysFromWhereToReadAgain) {
  Checkpoint c = Sample();
  c.position.reread_from = {{"binlog.000006", 17}, "0-1-30"};
  const auto back = Checkpoint::FromJson(c.ToJson());
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, c);
}

TEST(Checkpoint, NamesTheMissingField) {
  const auto bad = Checkpoint::FromJson(R"({"version":1,"epoch":0})");
  ASSERT_FALSE(bad);
  EXPECT_NE(bad.error().message().find("server_uuid"), std::string::npos);
}

TEST(Checkpoint, RefusesANewerFormat) {
  const auto bad = Checkpoint::FromJson(R"({"version":3})");
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind(), ErrorKind::kConfig);
}

TEST(Checkpoint, GarbageIsAnErrorNotAThrow) {
  EXPECT_FALSE(Checkpoint::FromJson("{"));
  EXPECT_FALSE(Checkpoint::FromJson("[]"));
}

TEST(Checkpoint, StartingOverGivesUpThePlaceAndLoadsAllAgain) {
  Checkpoint c;
  c.position = {3, {"b.000007", 99}, "0-1-5", "server_id:1", {{"b.000006", 4}, "0-1-2"}};
  c.ledger[{"shop", "done"}] = {TableProgress::State::kDone, "", 7, ""};
  c.ledger[{"shop", "parked"}] = {TableProgress::State::kParked, "", 0, "a reason"};
  c.ledger[{"shop", "parked"}].reloads = 4;
  c.ledger[{"shop", "gone"}].state = TableProgress::State::kGone;
  c.StartOver();
  EXPECT_TRUE(c.position.empty());
  EXPECT_TRUE(c.position.reread_from.empty());
  EXPECT_EQ(c.position.epoch, 4);
  for (const auto& [table, reloads] : std::map<std::string, uint32_t>{{"done", 1}, {"parked", 5}}) {
    const TableProgress& progress = c.ledger[{"shop", table}];
    EXPECT_EQ(progress.state, TableProgress::State::kLoading);
    EXPECT_TRUE(progress.reload);
    EXPECT_EQ(progress.reloads, reloads);
  }
  EXPECT_EQ((c.ledger[{"shop", "gone"}].state), TableProgress::State::kGone);
  const auto again = Checkpoint::FromJson(c.ToJson());
  ASSERT_TRUE(again);
  EXPECT_EQ(*again, c);
}

}  // namespace
}  // namespace rowhouse
