// The broker is killed (-9) while records are on their way.
#include <array>
#include <map>
#include <set>
#include <thread>
#include <type_traits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kafka/checkpoint_store.h"
#include "kafka/event_log.h"
#include "kafka/reader.h"
#include "kafka/wire_event_log.h"
#include "testing/ack_recorder.h"
#include "testing/real_kafka.h"

namespace rowhouse::kafka {
namespace {

using testing::RealKafka;

constexpr uint64_t kRecords = 200'000;
constexpr uint64_t kKeys = 1000;
constexpr std::array<uint64_t, 2> kKillAt = {60'000, 130'000};

std::string ValueOf(uint64_t number) {
  return std::to_string(number) + std::string(200, 'v');
}

// What was acknowledged is there, nothing twice, and the numbers of a partition's records grow.
void CheckTopic(RealKafka& kafka, const std::string& topic, const std::map<AckToken, int>& acks) {
  const auto reader =
      Reader::OpenTopic(kafka.options(), topic, Deadline::After(seconds{30})).value();
  std::set<uint64_t> seen;
  std::map<int32_t, uint64_t> last;
  uint64_t disordered = 0;
  uint64_t repeated = 0;
  const auto look = [&](const Record& r) {
    const uint64_t number = std::stoull(r.value.value()) + 1;
    repeated += seen.insert(number).second ? 0U : 1U;
    disordered += last[r.partition] < number ? 0U : 1U;
    last[r.partition] = number;
  };
  const Status read = reader->ReadToEnd(look, Deadline::After(seconds{60}));
  ASSERT_TRUE(read) << read.error().ToString();
  for (const auto& [token, times] : acks) {
    ASSERT_EQ(times, 1) << token;
    ASSERT_TRUE(seen.contains(token + 1)) << token;
  }
  EXPECT_EQ(repeated, 0U);
  EXPECT_EQ(disordered, 0U);
  EXPECT_EQ(last.size(), 4U);
}

template <typename Log>
class KillBroker : public ::testing::Test {};

using Logs = ::testing::Types<KafkaEventLog, WireEventLog>;
TYPED_TEST_SUITE(KillBroker, Logs);

// Where a broker dies with batches stored that nobody heard of, it takes their repetition for a gap
// (lost_answers_test.cc). That ends librdkafka's producer, and the pipeline opens another one: then
// what it had acknowledged has to be there, and every other record told as lost.
template <typename Log>
constexpr bool kAlwaysGoesOn = std::is_same_v<Log, WireEventLog>;

TYPED_TEST(KillBroker, EveryTokenIsAcknowledgedOnceAndEveryRecordIsThereOnceInOrder) {
  ROWHOUSE_SKIP_WITHOUT_KAFKA();
  RealKafka& kafka = *RealKafka::Shared().value();
  const std::string topic = kafka.NewTopic();
  testing::AckRecorder acks;
  EventLogOptions options{kafka.options(), {}};
  options.kafka.queue_bytes = 8 << 20;  // so that Append meets the full queue
  const auto log = TypeParam::Open(options, &acks).value();
  ASSERT_TRUE(log->EnsureTopics({{topic, 4, 1, {}}}));
  TopicWriter* writer = log->Writer(topic).value();
  Status goes_on = Ok();
  uint64_t number = 0;
  for (; number < kRecords && goes_on; ++number) {
    goes_on = writer->Append({"key" + std::to_string(number % kKeys), ValueOf(number)}, number);
    if (number == kKillAt[0] || number == kKillAt[1]) {
      const Status restarted = kafka.Restart();
      ASSERT_TRUE(restarted) << restarted.error().ToString();
    }
  }
  number -= goes_on ? 0 : 1;  // the one that was refused
  goes_on = goes_on ? log->Flush(Deadline::After(seconds{60})) : goes_on;
  ASSERT_TRUE(acks.WaitForTold(number, Deadline::After(seconds{60})));
  if (kAlwaysGoesOn<TypeParam>) {
    ASSERT_TRUE(goes_on) << goes_on.error().ToString();
    ASSERT_TRUE(acks.lost().empty()) << acks.lost().begin()->second.ToString();
  }
  for (const auto& [token, error] : acks.lost()) {
    ASSERT_THAT(error.message(), ::testing::HasSubstr("producer can't go on")) << token;
  }
  EXPECT_EQ(acks.acks().size() + acks.lost().size(), number);
  CheckTopic(kafka, topic, acks.acks());
}

// Transactions of 10,000 records, each cut off while the one before may still be under way; the
// broker dies while it is asked to commit.
TEST(KillBroker, CommittedRecordsAreThereOnceThoughItDiesWhileACommitIsUnderWay) {
  ROWHOUSE_SKIP_WITHOUT_KAFKA();
  RealKafka& kafka = *RealKafka::Shared().value();
  const std::string topic = kafka.NewTopic();
  const CheckpointPlace place{"p", kafka.NewTopic(), 1};
  const auto store = KafkaCheckpointStore::Open(kafka.options(), place).value();
  testing::AckRecorder acks;
  const auto opened = WireEventLog::Open({kafka.options(), {}, place}, &acks);
  ASSERT_TRUE(opened) << opened.error().ToString();
  WireEventLog& log = **opened;
  ASSERT_TRUE(log.EnsureTopics({{topic, 4, 1, {}}}));
  TopicWriter* writer = log.Writer(topic).value();
  Checkpoint checkpoint;
  Status committed = Ok();
  std::jthread committer;
  for (uint64_t number = 1; number <= kRecords; ++number) {
    const Status appended =
        writer->Append({"key" + std::to_string(number % kKeys), ValueOf(number)}, number);
    ASSERT_TRUE(appended) << appended.error().ToString();
    if (number % 10'000 != 0) {
      continue;
    }
    if (committer.joinable()) {
      committer.join();
    }
    ASSERT_TRUE(committed) << committed.error().ToString();
    log.Cut();
    checkpoint.position.binlog = {"binlog.000001", number};
    committer = std::jthread([&log, &committed, checkpoint] {
      committed = log.Flush(Deadline::Never());
      committed = committed ? log.Commit(checkpoint) : committed;
    });
    if (number == kKillAt[0] || number == kKillAt[1]) {
      ASSERT_TRUE(kafka.Restart());
    }
  }
  committer.join();
  ASSERT_TRUE(committed) << committed.error().ToString();
  EXPECT_EQ(acks.acks().size(), kRecords);
  EXPECT_TRUE(acks.lost().empty());
  EXPECT_EQ(*store->Load(), checkpoint);
  CheckTopic(kafka, topic, acks.acks());
}

TEST(KillBroker, CheckpointSavedBeforeIsLoadedAfterAndSaveGoesOn) {
  ROWHOUSE_SKIP_WITHOUT_KAFKA();
  RealKafka& kafka = *RealKafka::Shared().value();
  const auto store =
      KafkaCheckpointStore::Open(kafka.options(), {"p", kafka.NewTopic(), 1}).value();
  Checkpoint checkpoint;
  checkpoint.position.binlog = {"binlog.000001", 4};
  ASSERT_TRUE(store->Save(checkpoint));
  ASSERT_TRUE(kafka.Restart());
  EXPECT_EQ(*store->Load(), checkpoint);
  checkpoint.position.binlog.pos = 5;
  const Status saved = store->Save(checkpoint);
  ASSERT_TRUE(saved) << saved.error().ToString();
  EXPECT_EQ(*store->Load(), checkpoint);
}

TEST(KillBroker, WithoutTheBrokerSaveEndsAtItsDeadlineAndSaysWhy) {
  auto started = RealKafka::Start();
  if (!started && started.error().kind() == ErrorKind::kNotFound) {
    GTEST_SKIP() << "SKIPPED: " << started.error().ToString();
  }
  ASSERT_TRUE(started) << started.error().ToString();
  RealKafka& kafka = **started;
  KafkaOptions options = kafka.options();
  options.request_timeout = seconds{2};
  const auto store = KafkaCheckpointStore::Open(options, {"p", "positions", 1}).value();
  kafka.Kill();
  Checkpoint checkpoint;
  checkpoint.position.binlog = {"binlog.000001", 4};
  const Status saved = store->Save(checkpoint);
  ASSERT_FALSE(saved);
  EXPECT_EQ(saved.error().kind(), ErrorKind::kUnavailable);
  EXPECT_NE(saved.error().message().find("refused"), std::string::npos) << saved.error().ToString();
  ASSERT_TRUE(kafka.Restart());
  EXPECT_TRUE(store->Save(checkpoint));
}

}  // namespace
}  // namespace rowhouse::kafka
