// Scans of a real broker: what fakes can't show of librdkafka.
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "browse/scan.h"
#include "kafka/event_log.h"
#include "kafka/wire_event_log.h"
#include "testing/ack_recorder.h"
#include "testing/real_kafka.h"

namespace rowhouse::browse {
namespace {

using rowhouse::testing::AckRecorder;
using rowhouse::testing::RealKafka;
using ::testing::ElementsAre;

class Watcher : public ScanWatcher {
 public:
  std::vector<Match> matches;
  std::function<void()> on_matches = [] {};

  void OnMatches(std::vector<Match> found) override {
    for (Match& match : found) {
      matches.push_back(std::move(match));
    }
    on_matches();
  }

  void OnProgress(const ScanProgress& /*progress*/) override {}
};

class RealScanTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ROWHOUSE_SKIP_WITHOUT_KAFKA();
    kafka_ = RealKafka::Shared().value();
    topic_ = kafka_->NewTopic();
    log_ = kafka::KafkaEventLog::Open({kafka_->options(), {}}, &acks_).value();
    ASSERT_TRUE(log_->EnsureTopics({{topic_, 3, 1, {}}}));
  }

  // Records first .. first + count - 1, spread over the partitions.
  void Write(int first, int count) {
    TopicWriter* writer = log_->Writer(topic_).value();
    for (int i = first; i < first + count; ++i) {
      const std::string value = "value " + std::to_string(i);
      ASSERT_TRUE(writer->Append({"key", value, i % 3}, 1));
    }
    ASSERT_TRUE(log_->Flush(Deadline::After(seconds(30))));
  }

  ScanEnd Run(const ScanRequest& request) {
    auto stream = kafka::OpenRecordStream(kafka_->options(), topic_, size_t{64} << 20).value();
    auto end = Scan(request, *stream, schemas_, watcher_, stop_.get_token());
    EXPECT_TRUE(end) << end.error().ToString();
    return end ? *end : ScanEnd();
  }

  static ScanRequest From(std::string_view from) {
    ScanRequest request;
    request.from = ScanFrom::Parse(from).value();
    return request;
  }

  RealKafka* kafka_ = nullptr;
  std::string topic_;
  AckRecorder acks_;
  std::unique_ptr<kafka::KafkaEventLog> log_;
  Schemas schemas_{nullptr};
  Watcher watcher_;
  std::stop_source stop_;
};

TEST_F(RealScanTest, FindsAnOldRecordBehindManyBlocks) {
  Write(0, 1);
  Write(1, 60'000);
  ScanRequest request = From("newest");
  request.filter = Filter::Parse("value == 'value 0'").value();
  const ScanEnd end = Run(request);
  ASSERT_EQ(watcher_.matches.size(), 1U);
  EXPECT_EQ(watcher_.matches[0].row.offset, 0);
  EXPECT_EQ(end.progress.scanned, 60'001U);
  EXPECT_EQ(end.reason, ScanReason::kEnd);

  watcher_.matches.clear();
  const ScanEnd newest = Run(From("newest"));
  EXPECT_EQ(watcher_.matches.size(), 500U);
  EXPECT_EQ(newest.progress.scanned, 1500U);
  watcher_.matches.clear();
  const ScanEnd all = Run(From("beginning"));
  EXPECT_EQ(all.reason, ScanReason::kLimit);
  EXPECT_EQ(watcher_.matches.size(), 500U);
}

TEST_F(RealScanTest, StartsAtATimeAndEndsAtNow) {
  Write(0, 30);
  const int64_t between = Clock::Real().WallMicros() / 1000 + 5;
  while (Clock::Real().WallMicros() / 1000 <= between) {
  }
  Write(30, 3);
  Run(From("time:" + std::to_string(between)));
  EXPECT_EQ(watcher_.matches.size(), 3U);
  watcher_.matches.clear();
  EXPECT_EQ(Run(From("time:" + std::to_string(between + 3'600'000))).reason, ScanReason::kEnd);
  EXPECT_TRUE(watcher_.matches.empty());
}

TEST_F(RealScanTest, LiveShowsWhatComes) {
  Write(0, 3);
  ScanRequest request = From("newest");
  request.live = true;
  watcher_.on_matches = [&] {
    if (watcher_.matches.size() == 3) {
      Write(100, 1);
    } else {
      stop_.request_stop();
    }
  };
  EXPECT_EQ(Run(request).reason, ScanReason::kCancelled);
  ASSERT_EQ(watcher_.matches.size(), 4U);
  EXPECT_EQ(watcher_.matches[3].row.value, "value 100");
}

TEST_F(RealScanTest, AnEmptyTopicIsSearchedAtOnce) {
  const ScanEnd end = Run(From("newest"));
  EXPECT_EQ(end.reason, ScanReason::kEnd);
  EXPECT_EQ(end.progress.percent, 100);
}

TEST_F(RealScanTest, OneRecordByItsPlace) {
  Write(0, 9);
  const auto stream = kafka::OpenRecordStream(kafka_->options(), topic_, 1 << 20).value();
  const auto found = ReadMessage(*stream, schemas_, 1, 2, Deadline::After(seconds(30)));
  ASSERT_TRUE(found && *found) << found.error().ToString();
  EXPECT_EQ((*found)->value.text, "value 7");
  EXPECT_EQ((*found)->timestamp_type, kafka::TimestampType::kCreate);
}

TEST_F(RealScanTest, ATopicThatIsNotThereIsSaid) {
  const auto stream = kafka::OpenRecordStream(kafka_->options(), "no.such.topic", 1 << 20);
  ASSERT_FALSE(stream);
  EXPECT_EQ(stream.error().kind(), ErrorKind::kNotFound);
}

}  // namespace
}  // namespace rowhouse::browse
