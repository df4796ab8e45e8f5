// Tables that are emptied, come, go, or are loaded again while a capture runs.
#include "testing/capture_rig.h"

namespace rowhouse::capture {
namespace {

struct Reading {
  bool fuzzy;
  unsigned seed;
};

class TablesTest : public ::testing::TestWithParam<Reading> {
 protected:
  TablesTest() : rig_({GetParam().fuzzy, 3}, 3), storm_(rig_.db, GetParam().seed) {}

  void Transactions(int n) {
    for (int i = 0; i < n; ++i) {
      storm_.Transaction();
      std::this_thread::yield();
    }
  }

  const std::vector<Record>& Records(const TableId& table) {
    return rig_.stored[DataTopic({"rowhouse"}, table)];
  }

  void ExpectEqualByVersion() {
    EXPECT_EQ(ByVersion(Records(kKeyed)), rig_.db.Rows(kKeyed));
    EXPECT_EQ(BySigns(Records(kKeyless)), rig_.db.Rows(kKeyless));
  }

  static bool LoadedAgain(const TableProgress& progress) {
    return progress.state == TableProgress::State::kDone && progress.reload;
  }

  Rig rig_;
  Storm storm_;
};

TEST_P(TablesTest, ATruncateVoidsExactlyWhatWasBefore) {
  Transactions(60);
  rig_.Start();
  for (int i = 0; i < 20; ++i) {
    Transactions(10);
    rig_.db.Truncate(i % 3 == 0 ? kKeyless : kKeyed);
  }
  Transactions(10);
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  rig_.Stop();
  EXPECT_TRUE(rig_.result);
  ExpectEqual(rig_);
}

TEST_P(TablesTest, ATruncateThatIsReadAgainDoesNoHarm) {
  Transactions(60);
  for (int life = 0; life < 5; ++life) {
    rig_.db.BreakSourceAfter(5 + 10 * life);
    rig_.Start();
    Transactions(20);
    rig_.db.Truncate(kKeyed);
    rig_.db.Truncate(kKeyless);
    Transactions(20);
    rig_.Stop();
  }
  rig_.Start();
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  rig_.Stop();
  ExpectEqualByVersion();
}

TEST_P(TablesTest, AReloadFindsWhatTheLogDidNotTellAndNeverLooksEmpty) {
  Transactions(100);
  rig_.Start();
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  for (const TableId& table : {kKeyed, kKeyless}) {
    std::vector<FakeRow> lost = rig_.db.Rows(table);
    lost.resize(lost.size() / 2);
    rig_.db.Lose(table, lost);
    rig_.requests.Reload(table, "a test");
  }
  Transactions(100);
  ASSERT_TRUE(rig_.WaitFor(kKeyed, LoadedAgain));
  ASSERT_TRUE(rig_.WaitFor(kKeyless, LoadedAgain));
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  rig_.Stop();
  EXPECT_TRUE(rig_.result);
  ExpectEqualByVersion();
  size_t marks = 0;
  std::string last_op;
  for (const Record& record : Records(kKeyed)) {
    if (!record.value) {
      continue;
    }
    const Message m = Decode(record);
    EXPECT_FALSE(marks > 0 && m.op == "r") << "the mark comes after the rows";
    marks += m.op == "t" ? 1 : 0;
  }
  EXPECT_EQ(marks, 1u);
}

TEST_P(TablesTest, AReloadGoesOnAfterLostLinksAndRestarts) {
  Transactions(200);
  rig_.Start();
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  for (const TableId& table : {kKeyed, kKeyless}) {
    std::vector<FakeRow> lost = rig_.db.Rows(table);
    lost.resize(lost.size() / 3);
    rig_.db.Lose(table, lost);
    rig_.requests.Reload(table, "a test");
  }
  ASSERT_TRUE(rig_.WaitFor(kKeyed, [](const TableProgress& p) { return p.reload; }));
  for (int life = 0; life < 5; ++life) {
    rig_.db.BreakSourceAfter(3 + 5 * life);
    Transactions(20);
    rig_.Stop();
    rig_.Start();
  }
  ASSERT_TRUE(rig_.WaitFor(kKeyed, LoadedAgain));
  ASSERT_TRUE(rig_.WaitFor(kKeyless, LoadedAgain));
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  rig_.Stop();
  ExpectEqualByVersion();
}

TEST_P(TablesTest, AStatementThatMovesRowsLoadsItsTableAgain) {
  Transactions(60);
  rig_.Start();
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  std::vector<FakeRow> lost = rig_.db.Rows(kKeyed);
  lost.resize(lost.size() / 2);
  rig_.db.Lose(kKeyed, lost);
  rig_.db.Statement("shop", "ALTER TABLE orders DROP PARTITION p0");
  Transactions(20);
  ASSERT_TRUE(rig_.WaitFor(kKeyed, LoadedAgain));
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  rig_.Stop();
  ExpectEqualByVersion();
  EXPECT_EQ(rig_.statements, std::vector<std::string>{"ALTER TABLE orders DROP PARTITION p0"});
  EXPECT_EQ(rig_.stored["rowhouse"].size(), 1u) << "a record of the schema-change topic";
}

// Notes what it is asked, and tells what it is told.
class FakeDirectLoad final : public DirectLoad {
 public:
  void Want(const TableSchemaPtr& table, const TableProgress& from, uint16_t) override {
    MutexLock lock(mu_);
    wanted_[table->id] = from;
  }

  void Forget(const TableId& table) override {
    MutexLock lock(mu_);
    wanted_.erase(table);
  }

  std::vector<News> TakeNews() override {
    MutexLock lock(mu_);
    return std::exchange(news_, {});
  }

  void ForgetAll() override {
    MutexLock lock(mu_);
    wanted_.clear();
    news_.clear();
  }

  void Tell(News news) {
    MutexLock lock(mu_);
    news_.push_back(std::move(news));
  }

  // What a load begins with, once it is wanted.
  TableProgress From(const TableId& table) {
    const Deadline deadline = Deadline::After(seconds(30));
    while (!deadline.Passed()) {
      {
        MutexLock lock(mu_);
        if (wanted_.contains(table)) {
          return wanted_.at(table);
        }
      }
      std::this_thread::yield();
    }
    ADD_FAILURE() << "not asked to load " << table.ToString();
    return {};
  }

 private:
  Mutex mu_;
  std::map<TableId, TableProgress> wanted_ GUARDED_BY(mu_);
  std::vector<News> news_ GUARDED_BY(mu_);
};

TEST_P(TablesTest, ADirectLoadGoesOnWhereItsNewsWereAndPutsNothingIntoTheLog) {
  FakeDirectLoad direct;
  rig_.LoadBy(direct);
  Transactions(50);
  rig_.Start();
  EXPECT_EQ(direct.From(kKeyed), TableProgress{});
  TableProgress half;
  half.loaded_to = "[\"9\"]";
  half.rows = 9;
  direct.Tell({kKeyed, half});
  ASSERT_TRUE(rig_.WaitFor(kKeyed, [&](const TableProgress& p) { return p == half; }));
  rig_.Stop();

  rig_.Start();
  EXPECT_EQ(direct.From(kKeyed), half);
  TableProgress done = half;
  done.state = TableProgress::State::kDone;
  direct.Tell({kKeyed, done});
  direct.Tell({kKeyless, {}, Error(ErrorKind::kUnsupported, "no way")});
  ASSERT_TRUE(rig_.WaitFor(kKeyed, [&](const TableProgress& p) { return p == done; }));
  ASSERT_TRUE(rig_.WaitFor(kKeyless, [](const TableProgress& p) {
    return p.state == TableProgress::State::kParked && p.reason == "no way";
  }));
  rig_.Stop();
  for (const Record& record : Records(kKeyed)) {
    EXPECT_NE(Decode(record).op, "r");
  }
}

TEST_P(TablesTest, WhatIsLoadedAgainGoesThroughTheLog) {
  FakeDirectLoad direct;
  rig_.LoadBy(direct);
  Transactions(50);
  rig_.Start();
  for (const TableId& table : {kKeyed, kKeyless}) {
    direct.From(table);
    rig_.requests.Reload(table, "a test");
    ASSERT_TRUE(rig_.WaitFor(table, LoadedAgain));
  }
  ASSERT_TRUE(rig_.WaitForEnd(seconds(30)));
  rig_.Stop();
  ExpectEqualByVersion();
}

INSTANTIATE_TEST_SUITE_P(
    Seeds,
    TablesTest,
    ::testing::Values(Reading{false, 1}, Reading{false, 2}, Reading{true, 1}, Reading{true, 2}),
    [](const auto& of) {
      return std::string(of.param.fuzzy ? "Fuzzy" : "Exact") + std::to_string(of.param.seed);
    }
);

class PauseTest : public ::testing::TestWithParam<Delivery> {};

TEST_P(PauseTest, IsSavedAndToldAtOnceAndAtEachStart) {
  Rig rig({}, 2, GetParam());
  const std::set<TableId> held = {kKeyed};
  const Pause pause{"ann", "moved", 17};
  rig.Start();
  rig.requests.SetPause(kKeyed, pause);
  ASSERT_TRUE(rig.requests.WaitPauseSaved(kKeyed, Deadline::After(seconds(30))));
  EXPECT_EQ((*rig.checkpoints.Load())->paused.at(kKeyed), pause);
  EXPECT_EQ(rig.follower.Held().back(), held);
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_EQ(ByVersion(rig.Records(DataTopic({"rowhouse"}, kKeyed))), rig.db.Rows(kKeyed))
      << "the capture goes on";

  const size_t told = rig.follower.Held().size();
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {2, "b"}}});  // seen saved, the next life has begun
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  EXPECT_EQ(rig.follower.Held().at(told), held);
  EXPECT_EQ(rig.progress.Tables().at(kKeyed).paused, pause);
  rig.requests.SetPause(kKeyed, std::nullopt);
  ASSERT_TRUE(rig.requests.WaitPauseSaved(kKeyed, Deadline::After(seconds(30))));
  EXPECT_TRUE((*rig.checkpoints.Load())->paused.empty());
  EXPECT_TRUE(rig.follower.Held().back().empty());
  EXPECT_FALSE(rig.progress.Tables().at(kKeyed).paused);
  rig.Stop();
}

// Asked for between two runs, as while Kafka is away.
TEST_P(PauseTest, IsTakenByTheNextRun) {
  Rig rig({}, 2, GetParam());
  rig.requests.SetPause(kKeyed, Pause{"ann", "", 17});
  rig.Start();
  ASSERT_TRUE(rig.requests.WaitPauseSaved(kKeyed, Deadline::After(seconds(30))));
  rig.Stop();
  EXPECT_EQ(rig.follower.Held().front(), (std::set<TableId>{kKeyed}));
}

INSTANTIATE_TEST_SUITE_P(
    Deliveries, PauseTest, ::testing::Values(Delivery::kAtLeastOnce, Delivery::kExactlyOnce)
);

TEST(Tables, AParkedTableIsFollowedAgainOnceAskedFor) {
  Rig rig({});
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  rig.schemas.Refuse(ValueSubject(DataTopic({"rowhouse"}, kKeyed)));
  rig.Start();
  ASSERT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) {
    return p.state == TableProgress::State::kParked && !p.reason.empty();
  }));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {2, "b"}}});
  rig.schemas.Refuse("");
  rig.requests.Reload(kKeyed, "a test");
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {3, "c"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_EQ(ByVersion(rig.stored[DataTopic({"rowhouse"}, kKeyed)]), rig.db.Rows(kKeyed));
  EXPECT_EQ(rig.progress.restarts, 0u) << "no lost link, no wait";
}

class SkipTest : public ::testing::TestWithParam<Delivery> {};

TEST_P(SkipTest, FollowsAParkedTableFromHereOnAndSaysWhatItLacks) {
  Rig rig({}, 2, GetParam());
  rig.WithoutFirstLoad();
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "before"}}});
  rig.db.Park(kKeyed, "an image without all columns");
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {2, "left out"}}});
  ASSERT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) {
    return p.state == TableProgress::State::kParked && p.left_out;
  }));
  ASSERT_TRUE(rig.WaitForPosition(seconds(30)));
  rig.requests.Skip(kKeyed);
  ASSERT_TRUE(rig.requests.WaitSaved(kKeyed, Deadline::After(seconds(30))));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {3, "after"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  const LeftOut left = (*rig.checkpoints.Load())->ledger.at(kKeyed).left_out.value();
  EXPECT_LT(Compare(left.from, left.to), 0);
  EXPECT_NE(left.why.find("without all columns"), std::string::npos) << left.why;
  EXPECT_EQ(rig.progress.Tables().at(kKeyed).left_out, left);
  EXPECT_FALSE(rig.progress.Tables().at(kKeyed).parked);
  rig.Stop();
  EXPECT_EQ(
      ByVersion(rig.Records(DataTopic({"rowhouse"}, kKeyed))),
      (std::vector<FakeRow>{{1, "before"}, {3, "after"}})
  );

  rig.db.Commit({{Op::kCreate, kKeyed, {}, {4, "later"}}});
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  EXPECT_EQ(rig.progress.Tables().at(kKeyed).left_out, left) << "no restart forgets it";
  rig.requests.NoteWhole(kKeyed, left.from);
  while (rig.requests.has_whole()) {
    std::this_thread::yield();
  }
  EXPECT_EQ((*rig.checkpoints.Load())->ledger.at(kKeyed).left_out, left) << "another place";
  EXPECT_EQ(rig.progress.Tables().at(kKeyed).left_out, left);
  rig.requests.NoteWhole(kKeyed, left.to);
  ASSERT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) { return !p.left_out; }));
  EXPECT_FALSE(rig.progress.Tables().at(kKeyed).left_out);
  rig.Stop();
  EXPECT_EQ(rig.progress.restarts, 0u) << "no lost link, no wait";
}

INSTANTIATE_TEST_SUITE_P(
    Deliveries, SkipTest, ::testing::Values(Delivery::kAtLeastOnce, Delivery::kExactlyOnce)
);

TEST(Tables, NoRowOfAParkedTableComesAfterThePlaceItWasParkedAt) {
  Rig rig({});
  rig.WithoutFirstLoad();
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  rig.db.Park(kKeyed, "an image without all columns");
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {2, "b"}}, {Op::kCreate, kKeyless, {}, {1, "x"}}});
  ASSERT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) {
    return p.state == TableProgress::State::kParked;
  }));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {3, "c"}}, {Op::kCreate, kKeyless, {}, {2, "y"}}});
  rig.db.Truncate(kKeyed);
  ASSERT_TRUE(rig.WaitForPosition(seconds(30)));
  rig.Stop();
  EXPECT_EQ(
      ByVersion(rig.stored[DataTopic({"rowhouse"}, kKeyed)]), (std::vector<FakeRow>{{1, "a"}})
  );
  EXPECT_EQ(BySigns(rig.stored[DataTopic({"rowhouse"}, kKeyless)]), rig.db.Rows(kKeyless));
}

TEST(Tables, ARecordThatItsTopicRefusesParksItsTableUntilItIsLoadedAgain) {
  Rig rig({});
  rig.WithoutFirstLoad();
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  const FakeRow large{1, std::string(1'000'001, 'x')};
  rig.db.Commit({{Op::kCreate, kKeyed, {}, large}, {Op::kCreate, kKeyless, {}, {1, "x"}}});
  ASSERT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) {
    return p.state == TableProgress::State::kParked &&
           p.reason.find(R"(row {"id":1} at)") != p.reason.npos;
  }));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {2, "b"}}, {Op::kCreate, kKeyless, {}, {2, "y"}}});
  ASSERT_TRUE(rig.WaitForPosition(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_EQ(rig.progress.restarts, 0u);
  EXPECT_TRUE(rig.stored[DataTopic({"rowhouse"}, kKeyed)].empty());
  EXPECT_EQ(BySigns(rig.stored[DataTopic({"rowhouse"}, kKeyless)]), rig.db.Rows(kKeyless));
  rig.db.Lose(kKeyed, {large});
  rig.requests.Reload(kKeyed, "a test");
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_EQ(ByVersion(rig.stored[DataTopic({"rowhouse"}, kKeyed)]), rig.db.Rows(kKeyed));
}

TEST(Tables, ARequestOutlivesASaveThatFails) {
  Rig rig({});
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  rig.requests.Reload(kKeyed, "a test");
  rig.checkpoints.FailSave(1, Error(ErrorKind::kUnavailable, "the store is away"));
  rig.Start();
  EXPECT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) { return p.reloads == 1; }));
  EXPECT_TRUE(rig.requests.WaitSaved(kKeyed, Deadline::After(seconds(30))));
}

TEST(Tables, ARequestOutlivesTheLifeThatTookItUnsaved) {
  Rig rig({}, 2, Delivery::kExactlyOnce);
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  for (uint64_t nth = 0; nth < 20; ++nth) {
    rig.transactions.FailCommit(
        rig.transactions.commits() + 1 + nth, rowhouse::testing::FakeTransactions::Fault::kBefore
    );
  }
  rig.requests.Reload(kKeyed, "a test");
  EXPECT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) { return p.reloads > 0; }));
  EXPECT_TRUE(rig.requests.WaitSaved(kKeyed, Deadline::After(seconds(30))));
}

TEST(Tables, AnAlterOfAParkedTableTriesAgain) {
  Rig rig({});
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  rig.schemas.Refuse(ValueSubject(DataTopic({"rowhouse"}, kKeyed)));
  rig.Start();
  ASSERT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) {
    return p.state == TableProgress::State::kParked;
  }));
  rig.schemas.Refuse("");
  rig.db.Statement("shop", "ALTER TABLE orders DROP COLUMN strange");
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_EQ(ByVersion(rig.stored[DataTopic({"rowhouse"}, kKeyed)]), rig.db.Rows(kKeyed));
}

TEST(Tables, ADroppedTableIsGoneAndStartsEmptyWhenMadeAnew) {
  Rig rig({});
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Lose(kKeyed, rig.db.Rows(kKeyed));
  rig.db.Statement("shop", "DROP TABLE orders");
  ASSERT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) {
    return p.state == TableProgress::State::kGone;
  }));
  rig.db.Statement("shop", "CREATE TABLE orders (id INT PRIMARY KEY, note TEXT)");
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {2, "b"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  const auto& records = rig.stored[DataTopic({"rowhouse"}, kKeyed)];
  ASSERT_EQ(records.size(), 3u);
  EXPECT_EQ(Decode(records[1]).op, "t");
  EXPECT_EQ(ByVersion(records), rig.db.Rows(kKeyed));
}

TEST(Tables, OneThatTheLogShowsBeforeTheDictionaryDoesIsNotTakenForOneOfBefore) {
  Rig rig({});
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  const TableId fresh{"shop", "fresh"};
  rig.db.Statement("shop", "CREATE TABLE fresh (id INT PRIMARY KEY, note TEXT)");
  std::this_thread::sleep_for(milliseconds(100));  // it is read meanwhile
  rig.db.AddTable(fresh, true);
  rig.db.Commit({{Op::kCreate, fresh, {}, {1, "a"}}});
  // Tables are looked for now: one is found, after `fresh` by name.
  const TableId unknown{"shop", "unknown"};
  rig.db.AddTable(unknown, true);
  rig.db.Statement("", "GRANT SELECT ON shop.* TO rowhouse");
  ASSERT_TRUE(rig.WaitFor(unknown, [](const TableProgress& p) {
    return p.state == TableProgress::State::kDone;
  }));
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  std::vector<std::string> ops;
  for (const auto& record : rig.stored[DataTopic({"rowhouse"}, fresh)]) {
    ops.push_back(Decode(record).op);
  }
  EXPECT_EQ(ops, std::vector<std::string>{"c"});
}

TEST(Tables, OneFoundWhileRunningIsLoaded) {
  Rig rig({});
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  const TableId fresh{"shop", "fresh"};
  rig.db.AddTable(fresh, true);
  rig.db.Commit({{Op::kCreate, fresh, {}, {1, "a"}}});
  rig.db.Statement("", "GRANT SELECT ON shop.* TO rowhouse");
  ASSERT_TRUE(rig.WaitFor(fresh, [](const TableProgress& p) {
    return p.state == TableProgress::State::kDone && p.rows == 1;
  }));
  rig.Stop();
  EXPECT_TRUE(rig.statements.empty());
  EXPECT_EQ(ByVersion(rig.stored[DataTopic({"rowhouse"}, fresh)]), rig.db.Rows(fresh));
}

}  // namespace
}  // namespace rowhouse::capture
