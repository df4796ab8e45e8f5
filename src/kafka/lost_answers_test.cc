// Batches are stored, nobody hears so, and the broker dies (-9): after such an end a broker knows
// only the last batch of a producer, and takes a repetition of one before it for a gap.
#include <thread>

#include <gtest/gtest.h>

#include "kafka/checkpoint_store.h"
#include "kafka/partition_lane.h"
#include "kafka/reader.h"
#include "kafka/wire_event_log.h"
#include "testing/ack_recorder.h"
#include "testing/real_kafka.h"

namespace rowhouse::kafka {
namespace {

using testing::RealKafka;
using testing::Relay;

class LostAnswersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = RealKafka::StartBehindRelay();
    if (!started && started.error().kind() == ErrorKind::kNotFound) {
      GTEST_SKIP() << "SKIPPED: " << started.error().ToString();
    }
    ASSERT_TRUE(started) << started.error().ToString();
    kafka_ = *std::move(started);
    topic_ = kafka_->NewTopic();
  }

  void Append(TopicWriter& writer) {
    const Status appended = writer.Append({"k", std::to_string(appended_)}, appended_);
    ASSERT_TRUE(appended) << appended.error().ToString();
    ++appended_;
  }

  // Each record is a batch of its own: the next one follows when the broker has answered.
  void AppendInDoubt(TopicWriter& writer) {
    Relay& relay = kafka_->relay();
    relay.DropAnswers();
    for (size_t i = 0; i < PartitionLane::kWindow; ++i) {
      const uint64_t before = relay.dropped();
      Append(writer);
      const Deadline deadline = Deadline::After(seconds{30});
      while (relay.dropped() == before) {
        ASSERT_FALSE(deadline.Passed());
        std::this_thread::sleep_for(milliseconds{1});
      }
    }
    EXPECT_EQ(acks_.acks().size(), appended_ - PartitionLane::kWindow);
  }

  void ExpectAllOnce() {
    EXPECT_EQ(acks_.acks().size(), appended_);
    for (const auto& [token, times] : acks_.acks()) {
      EXPECT_EQ(times, 1) << token;
    }
    EXPECT_TRUE(acks_.lost().empty());
    const auto reader =
        Reader::OpenTopic(kafka_->options(), topic_, Deadline::After(seconds{30})).value();
    std::vector<std::string> values;
    const auto look = [&](const Record& r) { values.emplace_back(r.value.value()); };
    const Status read = reader->ReadToEnd(look, Deadline::After(seconds{60}));
    ASSERT_TRUE(read) << read.error().ToString();
    ASSERT_EQ(values.size(), appended_);
    for (size_t i = 0; i < values.size(); ++i) {
      EXPECT_EQ(values[i], std::to_string(i));
    }
  }

  std::unique_ptr<RealKafka> kafka_;
  std::string topic_;
  testing::AckRecorder acks_;
  AckToken appended_ = 0;
};

TEST_F(LostAnswersTest, WhatWasStoredIsFoundOutAndNotSentTwice) {
  const auto log = WireEventLog::Open({kafka_->options(), {}}, &acks_).value();
  ASSERT_TRUE(log->EnsureTopics({{topic_, 1, 1, {}}}));
  TopicWriter& writer = *log->Writer(topic_).value();
  Append(writer);
  ASSERT_TRUE(log->Flush(Deadline::After(seconds{30})));
  AppendInDoubt(writer);
  Append(writer);  // the window is full: never sent before
  ASSERT_TRUE(kafka_->Restart());
  const Status flushed = log->Flush(Deadline::After(seconds{60}));
  ASSERT_TRUE(flushed) << flushed.error().ToString();
  ExpectAllOnce();
}

TEST_F(LostAnswersTest, WithinATransactionToo) {
  const CheckpointPlace place{"p", kafka_->NewTopic(), 1};
  const auto made = KafkaCheckpointStore::Open(kafka_->options(), place);
  ASSERT_TRUE(made) << made.error().ToString();
  const auto& store = *made;
  const auto opened = WireEventLog::Open({kafka_->options(), {}, place}, &acks_);
  ASSERT_TRUE(opened) << opened.error().ToString();
  WireEventLog* const log = opened->get();
  ASSERT_TRUE(log->EnsureTopics({{topic_, 1, 1, {}}}));
  TopicWriter& writer = *log->Writer(topic_).value();
  Append(writer);
  ASSERT_TRUE(log->Flush(Deadline::After(seconds{30})));
  AppendInDoubt(writer);
  Append(writer);
  ASSERT_TRUE(kafka_->Restart());
  log->Cut();
  const Status flushed = log->Flush(Deadline::After(seconds{60}));
  ASSERT_TRUE(flushed) << flushed.error().ToString();
  Checkpoint checkpoint;
  checkpoint.position.binlog = {"binlog.000001", 4};
  const Status committed = log->Commit(checkpoint);
  ASSERT_TRUE(committed) << committed.error().ToString();
  EXPECT_EQ(*store->Load(), checkpoint);
  ExpectAllOnce();
}

}  // namespace
}  // namespace rowhouse::kafka
