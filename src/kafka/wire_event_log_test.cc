// WireEventLog on librdkafka's mock cluster: a second reader of our bytes, and failures at will.
#include "kafka/wire_event_log.h"

#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/open_event_log.h"
#include "kafka/reader.h"
#include "kafka/wire_log_fixture_test.h"

namespace rowhouse::kafka {
namespace {

Deadline Soon() {
  return Deadline::After(seconds{20});
}

class WireEventLogTest : public WireLogFixture {
 protected:
  void Flush() {
    const Status flushed = log_->Flush(Soon());
    ASSERT_TRUE(flushed) << flushed.error().ToString();
  }

  void FailNext(std::initializer_list<int> codes) {
    cluster_.FailNext(wire::ApiKey::kProduce, codes);
  }

  void AppendNumbers(int from, int count) {
    for (int number = from; number < from + count; ++number) {
      const std::string key = "k" + std::to_string(number % 5);
      ASSERT_TRUE(writer_->Append({key, std::to_string(number)}, static_cast<AckToken>(number)));
    }
  }

  // Numbers 0 to count-1 are acknowledged and stored once each, rising within each key.
  void ExpectNumbersInOrder(int count) {
    EXPECT_EQ(acks_.acks().size(), static_cast<size_t>(count));
    const auto reader = Reader::OpenTopic(options_.kafka, "t", Soon()).value();
    std::map<std::string, int> next = {{"k0", 0}, {"k1", 1}, {"k2", 2}, {"k3", 3}, {"k4", 4}};
    int records = 0;
    const auto look = [&](const Record& r) {
      EXPECT_EQ(*r.value, std::to_string(next[*r.key]));
      next[*r.key] += 5;
      ++records;
    };
    ASSERT_TRUE(reader->ReadToEnd(look, Soon()));
    EXPECT_EQ(records, count);
  }
};

TEST_F(WireEventLogTest, TokensComeBackOnceAndNothingStaysInFlight) {
  Open();
  Append(1, 5000);
  Flush();
  EXPECT_EQ(acks_.acks().size(), 5000U);
  EXPECT_TRUE(acks_.lost().empty());
  EXPECT_EQ(log_->in_flight_bytes(), 0U);
}

TEST_F(WireEventLogTest, EveryCompressionIsReadByLibrdkafka) {
  for (const char* compression : {"none", "gzip", "snappy", "lz4", "zstd"}) {
    const std::string topic = std::string("t.") + compression;
    cluster_.MakeTopic(topic, 1);
    options_.kafka.compression = compression;
    options_.headers = {{"source", "shop"}, {"empty", ""}};
    const auto log = WireEventLog::Open(options_, &acks_).value();
    TopicWriter* writer = log->Writer(topic).value();
    std::vector<std::string> wanted;
    for (AckToken token = 0; token < 500; ++token) {
      wanted.push_back("a value that is like the others, number " + std::to_string(token));
      ASSERT_TRUE(writer->Append({"k", wanted.back()}, token));
    }
    ASSERT_TRUE(writer->Append({std::nullopt, std::nullopt, 0}, 500));
    const Status flushed = log->Flush(Soon());
    ASSERT_TRUE(flushed) << flushed.error().ToString();
    const auto reader = Reader::Open(options_.kafka, {{topic, 0, kFromBegin}}).value();
    std::vector<Record> records;
    ASSERT_TRUE(reader->ReadToEnd([&](const Record& r) { records.push_back(r); }, Soon()));
    ASSERT_EQ(records.size(), 501U) << compression;
    for (size_t i = 0; i < wanted.size(); ++i) {
      EXPECT_EQ(records[i].value, wanted[i]) << compression;
      EXPECT_EQ(records[i].headers, options_.headers);
    }
    EXPECT_FALSE(records[500].key.has_value());
    EXPECT_FALSE(records[500].value.has_value());
    EXPECT_LT(std::abs(records[0].timestamp_ms - Clock::Real().WallMicros() / 1000), 60'000);
  }
}

TEST_F(WireEventLogTest, BrokersThatAreAwayDelayButLoseNothing) {
  Open();
  Append(1, 10);
  Flush();
  cluster_.SetBrokers(false);
  Append(11, 100);
  const Status early = log_->Flush(Deadline::After(milliseconds{300}));
  ASSERT_FALSE(early);
  EXPECT_EQ(early.error().kind(), ErrorKind::kUnavailable);
  cluster_.SetBrokers(true);
  Flush();
  EXPECT_EQ(acks_.acks().size(), 100U);
}

TEST_F(WireEventLogTest, WriterWithoutABrokerEndsWithTheReason) {
  cluster_.SetBrokers(false);
  options_.kafka.request_timeout = milliseconds{300};
  log_ = WireEventLog::Open(options_, &acks_).value();
  const auto writer = log_->Writer("t");
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(writer.error().code(), "E-KAFKA-001");
  EXPECT_NE(writer.error().message().find("onnect"), std::string::npos)
      << writer.error().ToString();
}

TEST_F(WireEventLogTest, WhatMayPassIsSentAgain) {
  Open();
  FailNext(
      {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
       RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
       RD_KAFKA_RESP_ERR_INVALID_MSG,
       RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT}
  );
  Append(1, 300);
  Flush();
  EXPECT_EQ(acks_.acks().size(), 300U);
  EXPECT_TRUE(acks_.lost().empty());
}

TEST_F(WireEventLogTest, ADuplicateIsStoredAlready) {
  Open();
  FailNext({RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER});
  ASSERT_TRUE(writer_->Append({"k", "v"}, 1));
  Flush();
  EXPECT_EQ(acks_.acks().size(), 1U);
}

// A lone record can't be halved: after a bulk the next records wait for the flush and go together.
TEST_F(WireEventLogTest, ABatchTooLargeGoesInHalves) {
  cluster_.MakeTopic("one", 1);
  options_.kafka.linger = seconds{30};
  options_.kafka.compression = "none";
  log_ = WireEventLog::Open(options_, &acks_).value();
  TopicWriter* writer = log_->Writer("one").value();
  const std::string bulk(512 * 1024, 'x');
  ASSERT_TRUE(writer->Append({"k", bulk}, 1));
  Flush();
  FailNext({RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE});
  for (AckToken token = 2; token < 402; ++token) {
    ASSERT_TRUE(writer->Append({"k", "v"}, token));
  }
  Flush();
  EXPECT_EQ(acks_.acks().size(), 401U);
  EXPECT_TRUE(acks_.lost().empty());
}

// The mock cluster stores a batch behind a gap of sequences, which a broker refuses. So nothing
// here lets a batch pass one that failed: a leader moves once between two flushes. Other failures
// with several batches on their way: partition_lane_test, and kill_broker_test on a real broker.
TEST_F(WireEventLogTest, OrderIsKeptThroughLeadersThatMove) {
  Open();
  for (int round = 0; round < 12; ++round) {
    AppendNumbers(round * 50, 25);
    rd_kafka_mock_partition_set_leader(cluster_.native(), "t", round % 3, 1 + round / 3 % 2);
    AppendNumbers(round * 50 + 25, 25);
    Flush();
  }
  ExpectNumbersInOrder(600);
}

TEST_F(WireEventLogTest, AppendWaitsAtTheBoundAndCloseEndsTheWait) {
  options_.kafka.queue_bytes = 10'000;
  Open();
  cluster_.SetBrokers(false);
  const std::string value(1000, 'x');
  Status last;
  AckToken taken = 0;
  std::thread appender([&] {
    while ((last = writer_->Append({"k", value}, taken))) {
      ++taken;
    }
  });
  while (log_->in_flight_bytes() < 9'000) {
    std::this_thread::yield();
  }
  log_->Close();
  appender.join();
  EXPECT_EQ(last.error().kind(), ErrorKind::kCancelled);
  EXPECT_LE(taken, 9U);
  log_.reset();
  EXPECT_TRUE(acks_.acks().empty());
  EXPECT_TRUE(acks_.lost().empty());
}

TEST_F(WireEventLogTest, ABoundOfAFewRecordsStillPassesMany) {
  options_.kafka.queue_bytes = 2'000;
  Open();
  for (AckToken token = 1; token <= 300; ++token) {
    ASSERT_TRUE(writer_->Append({"k", "a value of some bytes"}, token));
    EXPECT_LE(log_->in_flight_bytes(), 2'000U);
  }
  Flush();
  EXPECT_EQ(acks_.acks().size(), 300U);
}

TEST_F(WireEventLogTest, ARecordAboveTheBoundGoesAlone) {
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
  Flush();
  EXPECT_EQ(acks_.acks().size(), 101U);
}

TEST_F(WireEventLogTest, TooLargeForTheClientIsToldByTheSender) {
  options_.kafka.record_bytes_max = 2'000;
  Open();
  ASSERT_TRUE(writer_->Append({"k", std::string(5'000, 'x')}, 1));
  ASSERT_TRUE(writer_->Append({"k", "small"}, 2));
  Flush();
  EXPECT_EQ(acks_.acks(), (std::map<AckToken, int>{{2, 1}}));
  const auto lost = acks_.lost();
  ASSERT_EQ(lost.count(1), 1U);
  EXPECT_EQ(lost.at(1).kind(), ErrorKind::kBadRecord);
  EXPECT_NE(lost.at(1).message().find("5001 bytes"), std::string::npos) << lost.at(1).ToString();
}

TEST_F(WireEventLogTest, ABrokenSequenceLosesWhatWaitsAndFailsTheLog) {
  Open();
  Append(1, 1);
  Flush();
  FailNext({RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER});
  ASSERT_TRUE(writer_->Append({"k", "v"}, 7));
  ASSERT_TRUE(acks_.WaitForTold(2, Soon()));
  const auto lost = acks_.lost();
  ASSERT_EQ(lost.count(7), 1U);
  EXPECT_EQ(lost.at(7).kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(lost.at(7).code(), "E-KAFKA-004");
  const Status after = writer_->Append({"k", "v"}, 8);
  ASSERT_FALSE(after);
  EXPECT_EQ(after.error().kind(), ErrorKind::kUnavailable);
}

TEST_F(WireEventLogTest, WhatIsNotAllowedIsLostWithTheReason) {
  Open();
  FailNext({RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  ASSERT_TRUE(writer_->Append({"k", "v"}, 1));
  Flush();
  const auto lost = acks_.lost();
  ASSERT_EQ(lost.count(1), 1U);
  EXPECT_EQ(lost.at(1).kind(), ErrorKind::kAuth);
  EXPECT_NE(lost.at(1).message().find("t["), std::string::npos) << lost.at(1).ToString();
}

TEST_F(WireEventLogTest, ATopicThatIsNotThereIsNoReasonToDropRecordsForGood) {
  options_.kafka.topic_missing_wait = milliseconds{200};
  Open();
  Append(1, 1);
  Flush();
  for (int i = 0; i < 200; ++i) {
    FailNext({RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART});
  }
  rd_kafka_mock_topic_set_error(cluster_.native(), "t", RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  ASSERT_TRUE(writer_->Append({"k", "v"}, 7));
  ASSERT_TRUE(acks_.WaitForTold(2, Soon()));
  const auto lost = acks_.lost();
  ASSERT_EQ(lost.count(7), 1U);
  EXPECT_EQ(lost.at(7).kind(), ErrorKind::kUnavailable) << lost.at(7).ToString();
  EXPECT_NE(lost.at(7).message().find("'t'"), std::string::npos);
}

TEST(Bootstrap, IsAListOfAddresses) {
  using Addresses = std::vector<std::pair<std::string, uint16_t>>;
  EXPECT_EQ(
      ParseBootstrap("a:1, b ,SSL://c:3,[::1]:4,[::2],::3").value(),
      (Addresses{{"a", 1}, {"b", 9092}, {"c", 3}, {"::1", 4}, {"::2", 9092}, {"::3", 9092}})
  );
  for (const char* bad : {"", " , ", "a:0", "a:x", "a:65536", ":1"}) {
    EXPECT_FALSE(ParseBootstrap(bad)) << bad;
  }
}

TEST(OpenEventLog, LibrdkafkaIsForWhatOursHasNot) {
  EventLogOptions options;
  EXPECT_EQ(NeedsLibrdkafka(options), "");
  options.kafka.security = Security::kSaslSsl;
  options.kafka.mechanism = "SCRAM-SHA-512";
  EXPECT_EQ(NeedsLibrdkafka(options), "");
  options.kafka.mechanism = "OAUTHBEARER";
  EXPECT_NE(NeedsLibrdkafka(options), "");
  options.kafka.mechanism = "PLAIN";
  options.kafka.properties["socket.timeout.ms"] = "1";
  EXPECT_NE(NeedsLibrdkafka(options), "");
}

TEST(OpenEventLog, TransactionsNeedALoginOfOurOwnProducer) {
  testing::AckRecorder acks;
  EventLogOptions options;
  options.kafka.security = Security::kSaslSsl;
  options.kafka.mechanism = "OAUTHBEARER";
  options.checkpoint = PlaceOfPipeline("p");
  const auto log = OpenEventLog(options, &acks);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind(), ErrorKind::kConfig);
  EXPECT_NE(log.error().ToString().find("SCRAM-SHA-512"), std::string::npos);
}

}  // namespace
}  // namespace rowhouse::kafka
