// KafkaEventLog on librdkafka's mock cluster: no broker, no fixed port.
#include "kafka/event_log.h"

#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/mock_cluster_test.h"
#include "kafka/reader.h"
#include "testing/ack_recorder.h"

namespace rowhouse::kafka {
namespace {

const Deadline Soon() {
  return Deadline::After(seconds{20});
}

// A mock cluster of one broker, with a topic "t" of three partitions.
class EventLogTest : public ::testing::Test {
 protected:
  EventLogTest() {
    cluster_.MakeTopic("t", 3);
    options_.kafka.bootstrap = cluster_.bootstrap();
    options_.kafka.linger = milliseconds{1};
  }

  void Open() {
    log_ = KafkaEventLog::Open(options_, &acks_).value();
    writer_ = log_->Writer("t").value();
  }

  testing::AckRecorder acks_;
  MockCluster cluster_{1};
  EventLogOptions options_;
  std::unique_ptr<KafkaEventLog> log_;
  TopicWriter* writer_ = nullptr;
};

TEST_F(EventLogTest, TokensComeBackOnceAndNothingStaysInFlight) {
  Open();
  for (AckToken token = 1; token <= 5000; ++token) {
    ASSERT_TRUE(writer_->Append({"k", "some value"}, token));
  }
  ASSERT_TRUE(log_->Flush(Soon()));
  EXPECT_EQ(acks_.acks().size(), 5000U);
  EXPECT_TRUE(acks_.WaitForTold(5000, Soon()));
  EXPECT_TRUE(acks_.lost().empty());
}

TEST_F(EventLogTest, TheWholeTokenIsKept) {
  Open();
  const AckToken all_bits = ~AckToken{0} - 1;
  ASSERT_TRUE(writer_->Append({"k", "v"}, all_bits));
  ASSERT_TRUE(writer_->Append({"k", "v"}, 0));
  ASSERT_TRUE(log_->Flush(Soon()));
  EXPECT_EQ(acks_.acks(), (std::map<AckToken, int>{{0, 1}, {all_bits, 1}}));
}

TEST_F(EventLogTest, BrokerThatIsAwayDelaysButLosesNothing) {
  cluster_.SetBrokers(false);
  Open();
  for (AckToken token = 1; token <= 100; ++token) {
    ASSERT_TRUE(writer_->Append({"k", "v"}, token));
  }
  const Status early = log_->Flush(Deadline::After(milliseconds{300}));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind(), ErrorKind::kUnavailable);
  EXPECT_NE(early.error().message().find("100 records"), std::string::npos);
  cluster_.SetBrokers(true);
  const Status late = log_->Flush(Soon());
  EXPECT_TRUE(late) << late.error().ToString();
  EXPECT_EQ(acks_.acks().size(), 100U);
}

TEST_F(EventLogTest, AppendWaitsAtTheBoundAndCloseEndsTheWait) {
  cluster_.SetBrokers(false);
  options_.kafka.queue_bytes = 10'000;
  Open();
  const std::string value(1000, 'x');
  Status last;
  AckToken taken = 0;
  std::thread appender([&] {
    while ((last = writer_->Append({"k", value}, taken))) {
      ++taken;
    }
  });
  while (log_->in_flight_bytes() + 1000 + kRecordCost <= 10'000) {
    std::this_thread::yield();
  }
  log_->Close();
  appender.join();
  EXPECT_EQ(last.error().kind(), ErrorKind::kCancelled);
  EXPECT_LE(taken, 10'000 / (1001 + kRecordCost));
  log_.reset();
  EXPECT_TRUE(acks_.acks().empty());
  EXPECT_TRUE(acks_.lost().empty());
}

TEST_F(EventLogTest, ABoundOfAFewRecordsStillPassesMany) {
  options_.kafka.queue_bytes = 2'000;
  Open();
  for (AckToken token = 1; token <= 300; ++token) {
    ASSERT_TRUE(writer_->Append({"k", "a value of some bytes"}, token));
    EXPECT_LE(log_->in_flight_bytes(), 2'000U);
  }
  ASSERT_TRUE(log_->Flush(Soon()));
  EXPECT_EQ(acks_.acks().size(), 300U);
}

TEST_F(EventLogTest, LibrdkafkasOwnBoundIsWaitedForToo) {
  options_.kafka.properties["queue.buffering.max.messages"] = "5";
  Open();
  for (AckToken token = 1; token <= 300; ++token) {
    ASSERT_TRUE(writer_->Append({"k", "v"}, token));
  }
  ASSERT_TRUE(log_->Flush(Soon()));
  EXPECT_EQ(acks_.acks().size(), 300U);
}

TEST_F(EventLogTest, TooLargeForTheClientIsToldOnTheDeliveryThread) {
  options_.kafka.record_bytes_max = 2'000;
  Open();
  ASSERT_TRUE(writer_->Append({"k", std::string(5'000, 'x')}, 1));
  ASSERT_TRUE(writer_->Append({"k", "small"}, 2));
  ASSERT_TRUE(log_->Flush(Soon()));
  EXPECT_EQ(acks_.acks(), (std::map<AckToken, int>{{2, 1}}));
  const auto lost = acks_.lost();
  ASSERT_EQ(lost.count(1), 1U);
  EXPECT_EQ(lost.at(1).kind(), ErrorKind::kBadRecord);
  EXPECT_NE(lost.at(1).message().find("5001 bytes"), std::string::npos) << lost.at(1).ToString();
}

TEST_F(EventLogTest, ARecordAboveTheBoundGoesAlone) {
  options_.kafka.queue_bytes = 10'000;
  Open();
  const std::string large(50'000, 'x');
  std::thread small([&] {
    for (AckToken token = 100; token < 200; ++token) {
      EXPECT_TRUE(writer_->Append({"k", "small"}, token));
    }
  });
  EXPECT_TRUE(writer_->Append({"k", large}, 1));
  small.join();
  ASSERT_TRUE(log_->Flush(Soon()));
  EXPECT_EQ(acks_.acks().size(), 101U);
}

TEST_F(EventLogTest, FatalProducerErrorLosesWhatWaitsAndFailsTheLog) {
  cluster_.SetBrokers(false);
  Open();
  ASSERT_TRUE(writer_->Append({"k", "v"}, 7));
  rd_kafka_test_fatal_error(
      log_->native(), RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER, "made by the test"
  );
  ASSERT_TRUE(acks_.WaitForTold(1, Soon()));
  const auto lost = acks_.lost();
  ASSERT_EQ(lost.count(7), 1U);
  EXPECT_EQ(lost.at(7).kind(), ErrorKind::kUnavailable);
  EXPECT_NE(lost.at(7).message().find("made by the test"), std::string::npos)
      << lost.at(7).ToString();
  const Status after = writer_->Append({"k", "v"}, 8);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().kind(), ErrorKind::kUnavailable);
}

TEST_F(EventLogTest, ATopicThatIsNotThereIsNoReasonToDropRecordsForGood) {
  rd_kafka_mock_topic_set_error(cluster_.native(), "gone", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  options_.kafka.properties["topic.metadata.propagation.max.ms"] = "100";
  Open();
  ASSERT_TRUE(log_->Writer("gone").value()->Append({"k", "v"}, 1));
  ASSERT_TRUE(acks_.WaitForTold(1, Soon()));
  const auto lost = acks_.lost();
  ASSERT_EQ(lost.count(1), 1U);
  EXPECT_EQ(lost.at(1).kind(), ErrorKind::kUnavailable) << lost.at(1).ToString();
  EXPECT_NE(lost.at(1).message().find("'gone'"), std::string::npos);
}

TEST_F(EventLogTest, ConstantHeadersAreOnEveryRecord) {
  options_.headers = {{"source", "shop"}, {"empty", ""}};
  Open();
  ASSERT_TRUE(writer_->Append({"k", "v1", 0}, 1));
  ASSERT_TRUE(writer_->Append({std::nullopt, std::nullopt, 0}, 2));
  ASSERT_TRUE(log_->Flush(Soon()));
  const auto reader = Reader::Open(options_.kafka, {{"t", 0, kFromBegin}}).value();
  std::vector<Record> records;
  const auto keep = [&](const Record& r) { records.push_back(r); };
  ASSERT_TRUE(reader->ReadToEnd(keep, Soon()));
  ASSERT_EQ(records.size(), 2U);
  for (const Record& r : records) {
    EXPECT_EQ(r.headers, options_.headers);
  }
  EXPECT_FALSE(records[1].key.has_value());
  EXPECT_FALSE(records[1].value.has_value());
}

TEST(EventLogAlone, EnsureTopicsWithoutABrokerEndsWithTheReason) {
  testing::AckRecorder acks;
  EventLogOptions options;
  options.kafka.bootstrap = "127.0.0.1:1";
  options.kafka.request_timeout = milliseconds{700};
  const auto log = KafkaEventLog::Open(options, &acks).value();
  const Status made = log->EnsureTopics({{"t", 1, 1, {}}});
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), ErrorKind::kUnavailable);
  EXPECT_NE(made.error().message().find("127.0.0.1:1"), std::string::npos);
  EXPECT_NE(made.error().message().find("onnect"), std::string::npos) << made.error().ToString();
}

}  // namespace
}  // namespace rowhouse::kafka
