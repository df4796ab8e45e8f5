// Exactly once and standing by, on fakes.
#include <map>
#include <set>
#include <thread>
#include <tuple>

#include <gtest/gtest.h>

#include "capture/runner.h"
#include "model/topic.h"
#include "testing/capture_rig.h"

namespace rowhouse::capture {
namespace {

using rowhouse::testing::FakeTransactions;

// What consumers of committed records have got, and that they have got nothing twice.
std::vector<Record> Committed(Rig& rig) {
  std::vector<Record> all;
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  for (const TableId& table : {kKeyed, kKeyless}) {
    std::vector<Record> records = rig.transactions.Records(DataTopic({"rowhouse"}, table));
    int64_t deletes = 0;
    int64_t tombstones = 0;
    std::map<std::string, std::string> newest;
    for (const Record& record : records) {
      if (!record.value) {
        ++tombstones;
        continue;
      }
      const Message m = Decode(record);
      const std::string key = record.key.value_or("");
      deletes += record.key && m.op == "d" ? 1 : 0;
      EXPECT_TRUE(seen.insert({table.table + key, m.version, m.op}).second) << m.version;
      EXPECT_LE(newest[key], record.key ? m.version : "~") << "out of order within a key";
      newest[key] = m.version;
    }
    EXPECT_EQ(tombstones, deletes);
    std::move(records.begin(), records.end(), std::back_inserter(all));
  }
  return all;
}

class ExactlyOnceTest : public ::testing::TestWithParam<Case> {};

TEST_P(ExactlyOnceTest, LoadStreamAndLostLinksGiveTheTables) {
  Rig rig({GetParam().fuzzy, 3}, GetParam().readers, Delivery::kExactlyOnce);
  Storm storm(rig.db, GetParam().seed);
  ASSERT_NO_FATAL_FAILURE(LiveThroughLostLinks(rig, storm));
  for (const TableId& table : {kKeyed, kKeyless}) {
    const std::string topic = DataTopic({"rowhouse"}, table);
    rig.stored[topic] = rig.transactions.Records(topic);
  }
  Committed(rig);
  ExpectEqual(rig);
}

// The nth commit fails, for each n, without having happened or with its answer lost; and
// in between another takes the pipeline over for a moment.
TEST_P(ExactlyOnceTest, EveryChangeIsThereOnceWhateverCommitFails) {
  Rig rig({GetParam().fuzzy, 3}, GetParam().readers, Delivery::kExactlyOnce);
  rig.WithoutFirstLoad();
  Storm storm(rig.db, GetParam().seed);
  for (uint64_t nth = 2; nth < 60; nth += 3) {  // the first saves the start
    rig.transactions.FailCommit(
        nth, nth % 2 == 0 ? FakeTransactions::Fault::kBefore : FakeTransactions::Fault::kAfter
    );
  }
  rig.Start();
  ASSERT_TRUE(rig.checkpoints.WaitForSaved(1, Deadline::After(seconds(30))));
  uint64_t taken_over = 0;
  while (rig.transactions.commits() < 60) {
    const uint64_t commits = rig.transactions.commits();
    storm.Transaction();
    if (commits % 10 == 9 && commits != taken_over) {
      rig.transactions.Open();
      taken_over = commits;
    }
    while (rig.transactions.commits() == commits) {
      std::this_thread::yield();  // each transaction in a commit of its own
    }
  }
  ASSERT_TRUE(rig.WaitForEnd(seconds(60)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_GT(rig.progress.restarts, 0u);
  EXPECT_EQ(Committed(rig).size(), storm.records);
}

// What consumers see after each commit is all of the source up to a boundary, and nothing else.
TEST_P(ExactlyOnceTest, NoCommitCutsATransactionOfTheSource) {
  Rig rig({GetParam().fuzzy, 3}, GetParam().readers, Delivery::kExactlyOnce);
  rig.WithoutFirstLoad();
  Storm storm(rig.db, GetParam().seed);
  rig.Start();
  ASSERT_TRUE(rig.checkpoints.WaitForSaved(1, Deadline::After(seconds(30))));
  for (int i = 0; i < 300; ++i) {
    storm.Transaction();
    std::this_thread::yield();
  }
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  const std::vector<Checkpoint> saved = rig.checkpoints.saved();
  ASSERT_EQ(saved.size(), rig.transactions.commits());
  const std::vector<Record> records = Committed(rig);
  EXPECT_EQ(records.size(), storm.records);
  for (const Record& record : records) {
    if (!record.value) {
      continue;
    }
    const uint64_t pos = RowVersion::FromHex(Decode(record).version)->low >> 32;
    const auto commit = static_cast<size_t>(record.timestamp_ms);
    EXPECT_LE(pos, saved.at(commit - 1).position.binlog.pos);
    EXPECT_GT(pos, saved.at(commit - 2).position.binlog.pos);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Seeds,
    ExactlyOnceTest,
    ::testing::Values(Case{false, 1}, Case{false, 2}, Case{true, 3}, Case{true, 4}),
    [](const auto& of) {
      return std::string(of.param.fuzzy ? "Fuzzy" : "Exact") + std::to_string(of.param.seed);
    }
);

TEST(Standby, AStandbyWaitsForTheRightAndTakesOver) {
  Rig rig({}, 2, Delivery::kExactlyOnce);
  auto other = rig.grant.Open();
  ASSERT_TRUE(*other->Take(milliseconds(0)));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "one"}}});
  rig.Start();
  const Deadline deadline = Deadline::After(seconds(30));
  while (rig.progress.standby().empty() && !deadline.Passed()) {
    std::this_thread::yield();
  }
  EXPECT_EQ(rig.progress.standby(), "the other");
  EXPECT_EQ(rig.transactions.commits(), 0u);
  other.reset();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  EXPECT_EQ(rig.progress.standby(), "");
  EXPECT_EQ(rig.progress.takeovers, 1u);
  rig.Stop();
  EXPECT_FALSE(rig.grant.held());
}

TEST(Standby, WhoStandsByCanBeStopped) {
  Rig rig({});
  const auto other = rig.grant.Open();
  ASSERT_TRUE(*other->Take(milliseconds(0)));
  rig.Start();
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_TRUE(rig.checkpoints.saved().empty());
}

TEST(Standby, WhoLosesTheRightBeginsAgain) {
  Rig rig({}, 2, Delivery::kExactlyOnce);
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.grant.Revoke();
  const Deadline deadline = Deadline::After(seconds(30));
  while (rig.progress.restarts == 0 && !deadline.Passed()) {
    std::this_thread::yield();
  }
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "one"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_EQ(rig.progress.restarts, 1u);
  EXPECT_EQ(rig.transactions.Records(DataTopic({"rowhouse"}, kKeyed)).size(), 1u);
}

TEST(ExactlyOnce, AStatementAsksForACommitAndAWarningDoesNot) {
  Rig rig({}, 2, Delivery::kExactlyOnce);
  rig.WithoutFirstLoad();
  rig.WithoutTimedCommits();
  rig.Start();
  ASSERT_TRUE(rig.checkpoints.WaitForSaved(1, Deadline::After(seconds(30))));
  rig.db.Warn("of something");
  rig.db.Warn("of something else");
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "one"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  EXPECT_EQ(rig.transactions.commits(), 2u) << "the start, and the record";
  rig.db.Statement("shop", "ALTER TABLE orders COMMENT 'x'");
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  EXPECT_EQ(rig.transactions.commits(), 3u);
}

TEST(ExactlyOnce, ARefusedRecordParksItsTableAndNothingOfItsTransactionIsDoubled) {
  Rig rig({}, 2, Delivery::kExactlyOnce);
  rig.WithoutFirstLoad();
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Commit(
      {{Op::kCreate, kKeyless, {}, {1, "x"}},
       {Op::kCreate, kKeyed, {}, {1, std::string(1'000'001, 'x')}},
       {Op::kCreate, kKeyed, {}, {2, "b"}}}
  );
  ASSERT_TRUE(rig.WaitFor(kKeyed, [](const TableProgress& p) {
    return p.state == TableProgress::State::kParked &&
           p.reason.find(R"(row {"id":1} at)") != p.reason.npos;
  }));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {3, "c"}}, {Op::kCreate, kKeyless, {}, {2, "y"}}});
  ASSERT_TRUE(rig.WaitForPosition(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_EQ(Committed(rig).size(), 2u);
  EXPECT_EQ(
      BySigns(rig.transactions.Records(DataTopic({"rowhouse"}, kKeyless))), rig.db.Rows(kKeyless)
  );
}

}  // namespace
}  // namespace rowhouse::capture
