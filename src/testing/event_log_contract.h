#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "kafka/murmur2.h"
#include "model/ports.h"
#include "testing/ack_recorder.h"

// What every EventLog promises. Include it in one file of a test program and
// instantiate EventLogContract with a maker of worlds.
namespace rowhouse::testing {

// One implementation as the contract sees it; a fresh topic name a test.
class EventLogWorld {
 public:
  virtual ~EventLogWorld() = default;

  virtual std::unique_ptr<EventLog> Open(AckListener* listener) = 0;

  // All records of the topic, in order within a partition.
  virtual std::vector<Record> ReadAll(EventLog& log, const std::string& topic) = 0;

  virtual std::string NewTopic() = 0;

  // A size that is too large for the topics made here.
  virtual size_t TooLarge() = 0;

  // A transactional log; null where this implementation has none.
  virtual std::unique_ptr<EventLog> OpenTransactional(
      AckListener* listener, const std::string& pipeline
  ) {
    static_cast<void>(listener);
    static_cast<void>(pipeline);
    return nullptr;
  }

  // Of a topic of transactional logs: what consumers see that read committed records.
  virtual std::vector<std::string> CommittedValues(const std::string& topic) {
    static_cast<void>(topic);
    return {};
  }

  virtual std::optional<Checkpoint> CommittedCheckpoint(const std::string& pipeline) {
    static_cast<void>(pipeline);
    return std::nullopt;
  }
};

using MakeEventLogWorld = std::function<std::unique_ptr<EventLogWorld>()>;

// The fixture: a world, a log with one topic of three partitions, and its writer.
class EventLogContract : public ::testing::TestWithParam<MakeEventLogWorld> {
 protected:
  void SetUp() override {
    world_ = GetParam()();
    if (world_ == nullptr) {
      GTEST_SKIP() << "this implementation can't run here";
    }
    topic_ = world_->NewTopic();
    log_ = world_->Open(&acks_);
    ASSERT_NE(log_, nullptr);
    const Status made = log_->EnsureTopics({{topic_, 3, 1, {}}});
    ASSERT_TRUE(made) << made.error().ToString();
    writer_ = log_->Writer(topic_).value();
  }

  void Append(const RecordView& record, AckToken token) {
    const Status appended = writer_->Append(record, token);
    ASSERT_TRUE(appended) << appended.error().ToString();
  }

  void Flush() {
    const Status flushed = log_->Flush(Deadline::After(seconds{30}));
    ASSERT_TRUE(flushed) << flushed.error().ToString();
  }

  AckRecorder acks_;
  std::unique_ptr<EventLogWorld> world_;
  std::string topic_;
  std::unique_ptr<EventLog> log_;
  TopicWriter* writer_ = nullptr;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(EventLogContract);

TEST_P(EventLogContract, EveryRecordIsAcknowledgedOnce) {
  constexpr AckToken kRecords = 1000;
  for (AckToken token = 1; token <= kRecords; ++token) {
    Append({"key", "value"}, token);
  }
  Flush();
  EXPECT_TRUE(acks_.lost().empty());
  const auto acks = acks_.acks();
  EXPECT_EQ(acks.size(), kRecords);
  for (const auto& [token, times] : acks) {
    EXPECT_EQ(times, 1) << token;
  }
}

TEST_P(EventLogContract, OrderWithinAKeyIsKept) {
  for (AckToken token = 0; token < 500; ++token) {
    Append({"k" + std::to_string(token % 7), std::to_string(token)}, token);
  }
  Flush();
  std::map<std::string, int> last;
  const std::vector<Record> records = world_->ReadAll(*log_, topic_);
  EXPECT_EQ(records.size(), 500U);
  for (const Record& r : records) {
    const int number = std::stoi(r.value.value());
    const auto [at, first] = last.try_emplace(r.key.value(), -1);
    EXPECT_GT(number, at->second) << r.key.value();
    at->second = number;
  }
}

TEST_P(EventLogContract, KeyDecidesThePartitionAsInJava) {
  const std::vector<std::string> keys = {"", "1", "21", "foobar", "a-little-bit-long-string"};
  for (size_t i = 0; i < keys.size(); ++i) {
    Append({keys[i], "v"}, i);
  }
  Flush();
  const std::vector<Record> records = world_->ReadAll(*log_, topic_);
  EXPECT_EQ(records.size(), keys.size());
  for (const Record& r : records) {
    EXPECT_EQ(r.partition, kafka::PartitionOf(r.key.value(), 3)) << r.key.value();
  }
}

TEST_P(EventLogContract, ExplicitPartitionWinsOverTheKey) {
  for (int32_t p = 0; p < 3; ++p) {
    Append({"same key", std::to_string(p), p}, static_cast<AckToken>(p));
  }
  Flush();
  const std::vector<Record> records = world_->ReadAll(*log_, topic_);
  EXPECT_EQ(records.size(), 3U);
  for (const Record& r : records) {
    EXPECT_EQ(std::to_string(r.partition), r.value.value());
  }
}

TEST_P(EventLogContract, NullIsNotEmpty) {
  Append({std::nullopt, "null key", 0}, 1);
  Append({"", "empty key", 0}, 2);
  Append({"tombstone", std::nullopt, 0}, 3);
  Append({"empty value", "", 0}, 4);
  Flush();
  const std::vector<Record> records = world_->ReadAll(*log_, topic_);
  ASSERT_EQ(records.size(), 4U);
  EXPECT_FALSE(records[0].key.has_value());
  EXPECT_EQ(records[1].key, "");
  EXPECT_FALSE(records[2].value.has_value());
  EXPECT_EQ(records[3].value, "");
}

TEST_P(EventLogContract, BinaryBytesArriveAsTheyAre) {
  std::string all;
  for (int i = 0; i < 256; ++i) {
    all += static_cast<char>(i);
  }
  Append({all, all}, 1);
  Flush();
  const std::vector<Record> records = world_->ReadAll(*log_, topic_);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].key, all);
  EXPECT_EQ(records[0].value, all);
}

TEST_P(EventLogContract, ARecordMayHaveHeadersOfItsOwn) {
  const HeaderView headers[] = {{"name", "value"}, {"empty", ""}};
  RecordView with{"key", "with"};
  with.headers = headers;
  with.partition = 0;
  RecordView without{"key", "without"};
  without.partition = 0;
  Append(without, 1);
  Append(with, 2);
  Append(without, 3);
  Flush();
  const std::vector<Record> records = world_->ReadAll(*log_, topic_);
  ASSERT_EQ(records.size(), 3U);
  using Headers = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(records[0].headers, Headers());
  EXPECT_EQ(records[1].headers, (Headers{{"name", "value"}, {"empty", ""}}));
  EXPECT_EQ(records[2].headers, Headers());
}

TEST_P(EventLogContract, EnsureTopicsLeavesWhatIsThere) {
  Append({"k", "v", 2}, 1);
  Flush();
  const std::string other = world_->NewTopic();
  ASSERT_TRUE(log_->EnsureTopics({{topic_, 1, 1, {}}, {other, 2, 1, {}}, {other, 2, 1, {}}}));
  const std::vector<Record> records = world_->ReadAll(*log_, topic_);
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].partition, 2);
  EXPECT_TRUE(world_->ReadAll(*log_, other).empty());
}

TEST_P(EventLogContract, MoreReplicasThanBrokersIsAConfigError) {
  const Status made = log_->EnsureTopics({{world_->NewTopic(), 1, 9, {}}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), ErrorKind::kConfig);
  EXPECT_NE(made.error().message().find("9 replicas"), std::string::npos);
}

TEST_P(EventLogContract, TooLargeARecordIsRefusedAloneWithItsTopicAndKey) {
  std::string large(world_->TooLarge(), '\0');  // random, since compression comes first
  std::mt19937_64 random;                       // NOLINT(cert-msc51-cpp): the same bytes each time
  std::generate(large.begin(), large.end(), [&] { return static_cast<char>(random()); });
  Append({"k", "before"}, 1);
  Append({"the large one's", large}, 2);
  Append({"k", "after"}, 3);
  Flush();
  EXPECT_EQ(acks_.acks(), (std::map<AckToken, int>{{1, 1}, {3, 1}}));
  const auto lost = acks_.lost();
  ASSERT_EQ(lost.size(), 1U);
  EXPECT_EQ(lost.begin()->first, 2U);
  EXPECT_EQ(lost.begin()->second.kind(), ErrorKind::kBadRecord);
  EXPECT_NE(lost.begin()->second.message().find(topic_), std::string::npos);
  const auto refused = acks_.refused();
  ASSERT_EQ(refused.count(2), 1U);
  EXPECT_EQ(refused.at(2).topic, topic_);
  EXPECT_EQ(refused.at(2).key, "the large one's");
}

TEST_P(EventLogContract, OneWriterATopic) {
  EXPECT_EQ(log_->Writer(topic_).value(), writer_);
}

TEST_P(EventLogContract, FlushOfNothingReturnsAtOnce) {
  EXPECT_TRUE(log_->Flush(Deadline::After(seconds{0})));
}

TEST_P(EventLogContract, AppendAfterCloseIsCancelled) {
  log_->Close();
  const Status appended = writer_->Append({"k", "v"}, 1);
  ASSERT_FALSE(appended);
  EXPECT_EQ(appended.error().kind(), ErrorKind::kCancelled);
  log_->Close();  // again: nothing
  EXPECT_TRUE(acks_.acks().empty());
}

// What a transactional EventLog promises besides: a world and a pipeline of its own each.
class TransactionalLogContract : public ::testing::TestWithParam<MakeEventLogWorld> {
 protected:
  void SetUp() override {
    world_ = GetParam()();
    if (world_ == nullptr) {
      GTEST_SKIP() << "this implementation can't run here";
    }
    topic_ = world_->NewTopic();
    log_ = Open();
    if (log_ == nullptr) {
      GTEST_SKIP() << "this implementation has no transactions";
    }
  }

  std::unique_ptr<EventLog> Open() {
    auto log = world_->OpenTransactional(&acks_, "pipeline-of-" + topic_);
    const Status made = log == nullptr ? Ok() : log->EnsureTopics({{topic_, 1, 1, {}}});
    EXPECT_TRUE(made) << made.error().ToString();
    return log;
  }

  static Checkpoint At(uint64_t pos) {
    Checkpoint c;
    c.position.binlog = {"binlog.000007", pos};
    return c;
  }

  // Appended and acknowledged, not committed.
  void Write(EventLog& log, const std::string& value) {
    TopicWriter* const writer = log.Writer(topic_).value();
    const Status appended = writer->Append({"k", value}, 1);
    ASSERT_TRUE(appended) << appended.error().ToString();
    const Status flushed = log.Flush(Deadline::After(seconds{30}));
    ASSERT_TRUE(flushed) << flushed.error().ToString();
  }

  void Commit(EventLog& log, uint64_t pos) {
    const Status committed = log.Commit(At(pos));
    ASSERT_TRUE(committed) << committed.error().ToString();
  }

  using Values = std::vector<std::string>;

  // Waits until there are so many: a commit has happened a little before it is shown.
  Values Committed(size_t count) {
    const Deadline deadline = Deadline::After(seconds{20});
    Values values = world_->CommittedValues(topic_);
    while (values.size() < count && !deadline.Passed()) {
      values = world_->CommittedValues(topic_);
    }
    return values;
  }

  std::optional<Checkpoint> Saved() { return world_->CommittedCheckpoint("pipeline-of-" + topic_); }

  AckRecorder acks_;
  std::unique_ptr<EventLogWorld> world_;
  std::string topic_;
  std::unique_ptr<EventLog> log_;
};

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(TransactionalLogContract);

TEST_P(TransactionalLogContract, CommitShowsRecordsAndCheckpointTogether) {
  Write(*log_, "a");
  Write(*log_, "b");
  EXPECT_EQ(Committed(0), Values());
  EXPECT_FALSE(Saved().has_value());
  Commit(*log_, 7);
  EXPECT_EQ(Committed(2), (Values{"a", "b"}));
  EXPECT_EQ(Saved(), At(7));
}

TEST_P(TransactionalLogContract, CommitsFollowEachOther) {
  Values all;
  for (uint64_t i = 1; i <= 5; ++i) {
    Write(*log_, std::to_string(i));
    Commit(*log_, i);
    all.push_back(std::to_string(i));
  }
  EXPECT_EQ(Committed(5), all);
  EXPECT_EQ(Saved(), At(5));
}

TEST_P(TransactionalLogContract, CommitOfNoRecordsMovesTheCheckpoint) {
  Commit(*log_, 1);
  Commit(*log_, 2);
  EXPECT_EQ(Committed(0), Values());
  EXPECT_EQ(Saved(), At(2));
}

TEST_P(TransactionalLogContract, WhatWasNotCommittedIsGoneInTheNextLife) {
  Write(*log_, "committed");
  Commit(*log_, 1);
  Write(*log_, "left open");
  log_->Close();
  log_.reset();
  log_ = Open();
  Write(*log_, "after");
  Commit(*log_, 2);
  EXPECT_EQ(Committed(2), (Values{"committed", "after"}));
}

TEST_P(TransactionalLogContract, ASecondLogShutsTheFirstOut) {
  Write(*log_, "of the first");
  const auto second = Open();
  Write(*second, "of the second");
  Commit(*second, 2);
  const Status committed = log_->Commit(At(1));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind(), ErrorKind::kUnavailable) << committed.error().ToString();
  EXPECT_EQ(committed.error().code(), "E-KAFKA-005") << committed.error().ToString();
  EXPECT_EQ(Committed(1), Values{"of the second"});
  EXPECT_EQ(Saved(), At(2));
  Write(*second, "and on");
  Commit(*second, 3);
  EXPECT_EQ(Saved(), At(3));
}

TEST_P(TransactionalLogContract, WhatIsAppendedBehindACutBelongsToTheNextTransaction) {
  Write(*log_, "before");
  log_->Cut();
  TopicWriter* const writer = log_->Writer(topic_).value();
  for (AckToken token = 100; token < 200; ++token) {
    ASSERT_TRUE(writer->Append({"k", std::to_string(token)}, token));
  }
  ASSERT_TRUE(log_->Flush(Deadline::After(seconds{30})));
  EXPECT_FALSE(acks_.acks().contains(100)) << "acknowledged before the commit";
  Commit(*log_, 1);
  EXPECT_EQ(Committed(1), Values{"before"});
  ASSERT_TRUE(log_->Flush(Deadline::After(seconds{30})));
  EXPECT_EQ(Committed(1), Values{"before"});
  EXPECT_EQ(acks_.acks().size(), 101U);
  Commit(*log_, 2);
  const Values all = Committed(101);
  ASSERT_EQ(all.size(), 101U);
  for (size_t i = 1; i < all.size(); ++i) {
    EXPECT_EQ(all[i], std::to_string(99 + i));
  }
  EXPECT_EQ(Saved(), At(2));
}

TEST_P(TransactionalLogContract, CommitAfterCloseIsCancelled) {
  log_->Close();
  const Status committed = log_->Commit(At(1));
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind(), ErrorKind::kCancelled);
}

}  // namespace rowhouse::testing
