#include "testing/capture_rig.h"

namespace rowhouse::capture {
namespace {

class RunnerTest : public ::testing::TestWithParam<Case> {};

TEST_P(RunnerTest, LoadAndStreamTogetherGiveTheTables) {
  Rig rig({GetParam().fuzzy, 3}, GetParam().readers);
  Storm storm(rig.db, GetParam().seed);
  for (int i = 0; i < 60; ++i) {
    storm.Transaction();
  }
  rig.Start();
  for (int i = 0; i < 300; ++i) {
    storm.Transaction();
    std::this_thread::yield();
  }
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  ExpectEqual(rig);
}

TEST_P(RunnerTest, LostLinksAndRestartsLoseAndDoubleNothing) {
  Rig rig({GetParam().fuzzy, 3}, GetParam().readers);
  Storm storm(rig.db, GetParam().seed + 1000);
  ASSERT_NO_FATAL_FAILURE(LiveThroughLostLinks(rig, storm));
  ExpectEqual(rig);
}

INSTANTIATE_TEST_SUITE_P(
    Seeds,
    RunnerTest,
    ::testing::Values(
        Case{false, 1, 1},
        Case{false, 2},
        Case{false, 3},
        Case{true, 1, 1},
        Case{true, 2},
        Case{true, 3}
    ),
    [](const auto& of) {
      return std::string(of.param.fuzzy ? "Fuzzy" : "Exact") + std::to_string(of.param.seed);
    }
);

TEST(Runner, TheStartIsSavedBeforeTheFirstRecord) {
  Rig rig({});
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "old"}}});
  const auto start = *rig.db.OpenCatalog()->CurrentPosition();
  rig.checkpoints.FailSave(1, Error(ErrorKind::kUnavailable, "away"));
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  const Checkpoint first = rig.checkpoints.saved().front();
  EXPECT_EQ(first.position, start);
  EXPECT_TRUE(first.ledger.empty());
  EXPECT_EQ(rig.progress.restarts, 1u);
}

TEST(Runner, EveryStartTellsOfEachTableAndMakesItsTopic) {
  Rig rig({});
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  rig.follower.told.clear();
  rig.stored.clear();
  rig.Start();
  const Deadline deadline = Deadline::After(seconds(30));
  while (!rig.progress.connected && !deadline.Passed()) {
    std::this_thread::yield();
  }
  rig.Stop();
  EXPECT_EQ(rig.follower.told, (std::vector<TableId>{kKeyless, kKeyed}));
  EXPECT_TRUE(rig.stored.contains(DataTopic({"rowhouse"}, kKeyed)));
  EXPECT_TRUE(rig.stored.contains(DataTopic({"rowhouse"}, kKeyless)));
}

TEST(Runner, ARowLargerThanTheLogTakesParksItsTableOnly) {
  Rig rig({});
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, std::string(5000, 'x')}}});
  rig.db.Commit({{Op::kCreate, kKeyless, {}, {1, "small"}}});
  rig.LimitRecords(2000);
  rig.Start();
  const Deadline deadline = Deadline::After(seconds(30));
  while (rig.State(kKeyed) != TableProgress::State::kParked ||
         rig.State(kKeyless) != TableProgress::State::kDone) {
    ASSERT_FALSE(deadline.Passed());
    std::this_thread::yield();
  }
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_EQ(BySigns(rig.stored[DataTopic({"rowhouse"}, kKeyless)]), rig.db.Rows(kKeyless));
  const std::string note = rig.progress.Tables().at(kKeyed).note;
  EXPECT_NE(note.find("too large for topic 'rowhouse.shop.orders'"), std::string::npos) << note;
  EXPECT_NE(note.find(R"(shop.orders, row {"id":1} at )"), std::string::npos) << note;
}

TEST(Runner, ALoadedRowIsOlderThanAnyLaterChange) {
  Rig rig({});
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "old"}}});
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {2, "new"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  const auto& records = rig.stored[DataTopic({"rowhouse"}, kKeyed)];
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(Decode(records[0]).op, "r");
  EXPECT_EQ(Decode(records[1]).op, "c");
  EXPECT_LT(Decode(records[0]).version, Decode(records[1]).version);
}

}  // namespace
}  // namespace rowhouse::capture
