#include "capture/side_topics.h"

#include <gtest/gtest.h>

#include "capture/runner.h"
#include "model/topic.h"
#include "testing/capture_rig.h"

namespace rowhouse::capture {
namespace {

constexpr std::string_view kTransactions = "rowhouse.transaction";
constexpr std::string_view kHeartbeats = "__debezium-heartbeat.rowhouse";

// A record of the topic of transactions.
struct Told {
  std::string status;
  std::string id;
  int64_t events = -1;  // BEGIN: none
};

Told Read(const Record& record) {
  AvroReader in(*record.value);
  Told told;
  told.status = in.Text();
  told.id = in.Text();
  if (in.Long() == 1) {
    told.events = in.Long();
  }
  EXPECT_EQ(AvroReader(*record.key).Text(), told.id);
  return told;
}

std::vector<std::string> All(const std::vector<Record>& records) {
  std::vector<std::string> all;
  for (const Record& record : records) {
    const Told told = Read(record);
    all.push_back(told.status + " " + told.id + " " + std::to_string(told.events));
  }
  return all;
}

void FourTransactions(FakeDatabase& db) {
  db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}, {Op::kCreate, kKeyless, {}, {1, "a"}}});
  db.Commit(
      {{Op::kUpdate, kKeyed, {1, "a"}, {2, "a"}},
       {Op::kCreate, kKeyed, {}, {3, "b"}},
       {Op::kCreate, kKeyed, {}, {4, "c"}},
       {Op::kCreate, kKeyed, {}, {5, "d"}}}
  );
  db.Commit({{Op::kDelete, kKeyed, {3, "b"}, {}}});
  db.Commit({{Op::kCreate, kKeyless, {}, {2, "b"}}});
}

// Begins at 100; each transaction takes 40 bytes a row and as many for its begin.
const std::vector<std::string> kFour{
    "BEGIN tx1 -1",
    "END tx1 2",
    "BEGIN tx2 -1",
    "END tx2 5",
    "BEGIN tx3 -1",
    "END tx3 1",
    "BEGIN tx4 -1",
    "END tx4 1"};

TEST(SideTopics, EachTransactionBeginsAndEnds) {
  Rig rig({.marks = true});
  rig.WithoutFirstLoad();
  rig.WithTransactions();
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  FourTransactions(rig.db);
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_EQ(All(rig.stored[std::string(kTransactions)]), kFour);
}

TEST(SideTopics, EnvelopesSayTheirPlaceInTheTransaction) {
  Rig rig({.marks = true});
  rig.WithoutFirstLoad();
  rig.WithTransactions();
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  FourTransactions(rig.db);
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  std::vector<std::string> places;
  for (const Record& record : rig.stored[DataTopic({"rowhouse"}, kKeyed)]) {
    places.push_back(record.value ? Decode(record).transaction : "tombstone");
  }
  EXPECT_EQ(
      places,
      (std::vector<std::string>{
          "tx1 1 1",
          "tx2 1 1",
          "tombstone",
          "tx2 2 2",
          "tx2 3 3",
          "tx2 4 4",
          "tx2 5 5",
          "tx3 1 1",
          "tombstone"})
  );
}

TEST(SideTopics, ExactlyOnceEachTransactionIsToldOnceWhateverCommitFails) {
  Rig rig({.marks = true}, 2, Delivery::kExactlyOnce);
  rig.WithoutFirstLoad();
  rig.WithTransactions();
  for (uint64_t nth = 2; nth < 40; nth += 2) {
    using Fault = rowhouse::testing::FakeTransactions::Fault;
    rig.transactions.FailCommit(nth, nth % 4 == 0 ? Fault::kBefore : Fault::kAfter);
  }
  rig.Start();
  ASSERT_TRUE(rig.WaitForPosition(seconds(30)));
  FourTransactions(rig.db);
  for (int64_t id = 100; id < 140; ++id) {
    rig.db.Commit({{Op::kCreate, kKeyed, {}, {id, "x"}}, {Op::kCreate, kKeyless, {}, {id, "x"}}});
    if (id % 8 == 0) {
      ASSERT_TRUE(rig.WaitForPosition(seconds(60)));
    }
  }
  ASSERT_TRUE(rig.WaitForPosition(seconds(60)));
  rig.Stop();
  const auto told = All(rig.transactions.Records(std::string(kTransactions)));
  ASSERT_EQ(told.size(), 88U);
  EXPECT_TRUE(std::equal(kFour.begin(), kFour.end(), told.begin()));
  for (size_t i = 8; i < told.size(); i += 2) {
    const std::string id = "tx" + std::to_string(i / 2 + 1);
    EXPECT_EQ(told[i], "BEGIN " + id + " -1");
    EXPECT_EQ(told[i + 1], "END " + id + " 2");
  }
}

TEST(SideTopics, AHeartbeatSaysThatThePipelineLives) {
  Rig rig({});
  rig.WithHeartbeats(milliseconds(1));
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  const uint64_t before = rig.progress.records_acknowledged;
  const Deadline deadline = Deadline::After(seconds(30));
  while (rig.progress.records_acknowledged < before + 3) {
    ASSERT_FALSE(deadline.Passed());
    std::this_thread::yield();
  }
  rig.Stop();
  const auto& beats = rig.stored[std::string(kHeartbeats)];
  ASSERT_GE(beats.size(), 3U);
  EXPECT_EQ(AvroReader(*beats[0].key).Text(), "rowhouse");
  EXPECT_EQ(beats[0].partition, 0);
  EXPECT_LE(AvroReader(*beats[0].value).Long(), AvroReader(*beats[2].value).Long());
}

TEST(SideTopics, NoneIsMadeThatIsNotWanted) {
  Rig rig({.marks = true});
  rig.Start();
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_FALSE(rig.stored.contains(std::string(kTransactions)));
  EXPECT_FALSE(rig.stored.contains(std::string(kHeartbeats)));
}

TEST(SideTopics, ARefusedSchemaLeavesTheTablesAlone) {
  Rig rig({.marks = true});
  rig.WithTransactions();
  rig.schemas.Refuse(ValueSubject(kTransactions));
  rig.Start();
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_TRUE(rig.stored[std::string(kTransactions)].empty());
  EXPECT_EQ(ByVersion(rig.stored[DataTopic({"rowhouse"}, kKeyed)]), rig.db.Rows(kKeyed));
}

TEST(SideTopics, ARecordThatIsTooLargeIsLeftOutAlone) {
  Rig rig({});
  rig.LimitRecords(500);
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  const std::string comment(600, 'x');
  rig.db.Statement("shop", "ALTER TABLE orders COMMENT '" + comment + "'");
  rig.db.Statement("shop", "ALTER TABLE orders COMMENT 'short'");
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_EQ(rig.stored["rowhouse"].size(), 1U);
  EXPECT_EQ(ByVersion(rig.stored[DataTopic({"rowhouse"}, kKeyed)]), rig.db.Rows(kKeyed));
}

// What only the topic itself can tell: the fake takes a million bytes.
std::string StatementTooLarge() {
  return "ALTER TABLE orders COMMENT '" + std::string(1'000'001, 'x') + "'";
}

TEST(SideTopics, ARecordThatItsTopicRefusesIsLeftOutAlone) {
  Rig rig({});
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Statement("shop", StatementTooLarge());
  rig.db.Statement("shop", "ALTER TABLE orders COMMENT 'short'");
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_EQ(rig.progress.restarts, 0u);
  EXPECT_EQ(rig.stored["rowhouse"].size(), 1U);
  EXPECT_EQ(ByVersion(rig.stored[DataTopic({"rowhouse"}, kKeyed)]), rig.db.Rows(kKeyed));
}

// Its transaction can't be committed: it begins again without the topic.
TEST(SideTopics, ExactlyOnceARefusedRecordEndsItsTopicUntilTheNextStart) {
  Rig rig({}, 2, Delivery::kExactlyOnce);
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Statement("shop", "ALTER TABLE orders COMMENT 'before'");
  ASSERT_TRUE(rig.WaitForPosition(seconds(30)));
  rig.db.Statement("shop", StatementTooLarge());
  rig.db.Statement("shop", "ALTER TABLE orders COMMENT 'after'");
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  ASSERT_TRUE(rig.WaitForPosition(seconds(30)));
  rig.Stop();
  EXPECT_TRUE(rig.result);
  EXPECT_GE(rig.progress.restarts, 1u);
  EXPECT_EQ(rig.transactions.Records("rowhouse").size(), 1U);
  EXPECT_EQ(
      ByVersion(rig.transactions.Records(DataTopic({"rowhouse"}, kKeyed))), rig.db.Rows(kKeyed)
  );
}

TEST(SideTopics, AMovedKeyIsNamedInHeaders) {
  Rig rig({});
  rig.WithoutFirstLoad();
  rig.Start();
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.db.Commit({{Op::kCreate, kKeyed, {}, {1, "a"}}});
  rig.db.Commit({{Op::kUpdate, kKeyed, {1, "a"}, {2, "a"}}});
  ASSERT_TRUE(rig.WaitForEnd(seconds(30)));
  rig.Stop();
  const auto& records = rig.stored[DataTopic({"rowhouse"}, kKeyed)];
  ASSERT_EQ(records.size(), 4U);
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_TRUE(records[0].headers.empty());
  EXPECT_EQ(records[1].headers, (Headers{{"__debezium.newkey", R"({"id":2})"}}));
  EXPECT_EQ(records[2].headers, records[1].headers);
  EXPECT_FALSE(records[2].value);
  EXPECT_EQ(records[3].headers, (Headers{{"__debezium.oldkey", R"({"id":1})"}}));
}

}  // namespace
}  // namespace rowhouse::capture
