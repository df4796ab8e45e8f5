// The contract suites and the module's own promises on a real broker.
#include "testing/real_kafka.h"

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>

#include "kafka/admin.h"
#include "kafka/checkpoint_store.h"
#include "kafka/compacted_log.h"
#include "kafka/event_log.h"
#include "kafka/reader.h"
#include "kafka/transaction.h"
#include "kafka/wire_event_log.h"
#include "testing/checkpoint_store_contract.h"
#include "testing/event_log_contract.h"

namespace rowhouse::kafka {
namespace {

using testing::CheckpointStoreContract;
using testing::EventLogContract;
using testing::RealKafka;
using testing::TransactionalLogContract;

Deadline Soon() {
  return Deadline::After(seconds{30});
}

template <typename Log>
class KafkaLogWorld : public testing::EventLogWorld {
 public:
  explicit KafkaLogWorld(RealKafka& kafka) : kafka_(kafka) {}

  std::unique_ptr<EventLog> Open(AckListener* listener) override {
    return Log::Open({kafka_.options(), {}}, listener).value();
  }

  std::vector<Record> ReadAll(EventLog& log, const std::string& topic) override {
    static_cast<void>(log);
    std::vector<Record> records;
    const auto keep = [&](const Record& r) { records.push_back(r); };
    const auto reader = Reader::OpenTopic(kafka_.options(), topic, Soon()).value();
    const Status read = reader->ReadToEnd(keep, Soon());
    EXPECT_TRUE(read) << read.error().ToString();
    return records;
  }

  std::string NewTopic() override { return kafka_.NewTopic(); }

  size_t TooLarge() override { return 30'000'000; }  // above the broker's message.max.bytes

  std::unique_ptr<EventLog> OpenTransactional(AckListener* listener, const std::string& pipeline)
      override {
    // The topic is there before: its store makes it.
    static_cast<void>(StoreOf(pipeline));
    auto log = WireEventLog::Open({kafka_.options(), {}, PlaceOf(pipeline)}, listener);
    EXPECT_TRUE(log) << log.error().ToString();
    return *std::move(log);
  }

  std::vector<std::string> CommittedValues(const std::string& topic) override {
    std::vector<std::string> values;
    const auto keep = [&](const Record& r) { values.push_back(r.value.value()); };
    const auto reader = Reader::OpenTopic(kafka_.options(), topic, Soon()).value();
    EXPECT_TRUE(reader->ReadToEnd(keep, Soon()));
    return values;
  }

  std::optional<Checkpoint> CommittedCheckpoint(const std::string& pipeline) override {
    return StoreOf(pipeline)->Load().value();
  }

 private:
  CheckpointPlace PlaceOf(const std::string& pipeline) {
    if (positions_.empty()) {
      positions_ = kafka_.NewTopic();
    }
    return {pipeline, positions_, 1};
  }

  std::unique_ptr<KafkaCheckpointStore> StoreOf(const std::string& pipeline) {
    return KafkaCheckpointStore::Open(kafka_.options(), PlaceOf(pipeline)).value();
  }

  RealKafka& kafka_;
  std::string positions_;
};

class KafkaStoreWorld : public testing::CheckpointStoreWorld {
 public:
  explicit KafkaStoreWorld(RealKafka& kafka) : kafka_(kafka), topic_(kafka.NewTopic()) {}

  std::unique_ptr<CheckpointStore> Open(const std::string& pipeline) override {
    return KafkaCheckpointStore::Open(kafka_.options(), {pipeline, topic_, 1}).value();
  }

 private:
  RealKafka& kafka_;
  const std::string topic_;
};

// Null where Kafka is not installed: the contract then skips.
template <typename World>
auto MakeWorld() {
  return [] {
    const auto kafka = RealKafka::Shared();
    EXPECT_TRUE(kafka || kafka.error().kind() == ErrorKind::kNotFound) << kafka.error().ToString();
    return kafka ? std::make_unique<World>(**kafka) : nullptr;
  };
}

INSTANTIATE_TEST_SUITE_P(
    Librdkafka, EventLogContract, ::testing::Values(MakeWorld<KafkaLogWorld<KafkaEventLog>>())
);
INSTANTIATE_TEST_SUITE_P(
    Wire, EventLogContract, ::testing::Values(MakeWorld<KafkaLogWorld<WireEventLog>>())
);
INSTANTIATE_TEST_SUITE_P(
    Wire, TransactionalLogContract, ::testing::Values(MakeWorld<KafkaLogWorld<WireEventLog>>())
);
INSTANTIATE_TEST_SUITE_P(
    Kafka, CheckpointStoreContract, ::testing::Values(MakeWorld<KafkaStoreWorld>())
);

class RealKafkaTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ROWHOUSE_SKIP_WITHOUT_KAFKA();
    kafka_ = RealKafka::Shared().value();
    topic_ = kafka_->NewTopic();
    admin_ = Admin::Open(kafka_->options()).value();
  }

  RealKafka* kafka_ = nullptr;
  std::string topic_;
  std::unique_ptr<Admin> admin_;
};

TEST_F(RealKafkaTest, PingNamesTheBrokers) {
  const auto brokers = admin_->Ping(Soon());
  ASSERT_TRUE(brokers) << brokers.error().ToString();
  ASSERT_EQ(brokers->size(), 1U);
  EXPECT_EQ(brokers->at(0).address, kafka_->bootstrap());
}

TEST_F(RealKafkaTest, TopicIsMadeAsAskedForAndCanBeDeleted) {
  ASSERT_TRUE(admin_->EnsureTopics({{topic_, 4, 1, {{"retention.ms", "1000"}}}}, Soon()));
  const auto info = admin_->Topic(topic_, Soon());
  ASSERT_TRUE(info) << info.error().ToString();
  EXPECT_EQ(info->partitions, 4);
  EXPECT_EQ(info->replication, 1);
  ASSERT_TRUE(admin_->DeleteTopic(topic_, Soon()));
  EXPECT_EQ(admin_->Topic(topic_, Soon()).error().kind(), ErrorKind::kNotFound);
}

TEST_F(RealKafkaTest, SettingThatTheBrokerRefusesIsAConfigErrorThatNamesTheTopic) {
  const Status made = admin_->EnsureTopics({{topic_, 1, 1, {{"no.such.setting", "1"}}}}, Soon());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), ErrorKind::kConfig) << made.error().ToString();
  EXPECT_NE(made.error().message().find(topic_), std::string::npos);
  EXPECT_NE(made.error().message().find("no.such.setting"), std::string::npos);
}

TEST_F(RealKafkaTest, BadTopicNameIsAConfigError) {
  const Status made = admin_->EnsureTopics({{"no spaces", 1, 1, {}}}, Soon());
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().kind(), ErrorKind::kConfig) << made.error().ToString();
}

TEST_F(RealKafkaTest, OffsetsCountWhatIsThere) {
  const auto log = KafkaCompactedLog::Open(kafka_->options(), topic_).value();
  EXPECT_EQ(admin_->Offsets(topic_, Soon()).value().at(0).end, 0);
  ASSERT_TRUE(log->Put("k", "v"));
  const auto ranges = admin_->Offsets(topic_, Soon());
  ASSERT_TRUE(ranges) << ranges.error().ToString();
  ASSERT_EQ(ranges->size(), 1U);
  EXPECT_EQ(ranges->at(0).begin, 0);
  EXPECT_EQ(ranges->at(0).end, 1);
  EXPECT_EQ(admin_->Offsets("no.such", Soon()).error().kind(), ErrorKind::kNotFound);
}

TEST_F(RealKafkaTest, OffsetsOfManyTopicsAreThoseOfEach) {
  const auto log = KafkaCompactedLog::Open(kafka_->options(), topic_).value();
  ASSERT_TRUE(log->Put("k", "v"));
  ASSERT_TRUE(log->Put("l", "w"));
  const std::string wide = topic_ + ".wide";
  ASSERT_TRUE(admin_->EnsureTopics({{wide, 3, 1, {}}}, Soon()));
  std::vector<TopicInfo> topics = {{topic_, 1, 1}, {wide, 3, 1}};
  const auto offsets = admin_->Offsets(topics, Soon());
  ASSERT_TRUE(offsets) << offsets.error().ToString();
  ASSERT_EQ(offsets->size(), 2U);
  ASSERT_EQ(offsets->at(topic_).size(), 1U);
  EXPECT_EQ(offsets->at(topic_)[0].begin, 0);
  EXPECT_EQ(offsets->at(topic_)[0].end, 2);
  ASSERT_EQ(offsets->at(wide).size(), 3U);
  EXPECT_EQ(offsets->at(wide)[2].end, 0);
  EXPECT_TRUE(admin_->Offsets(std::vector<TopicInfo>{}, Soon()).value().empty());
}

TEST_F(RealKafkaTest, CompactedLogGivesEachRecordOnceAndFollows) {
  const auto log = KafkaCompactedLog::Open(kafka_->options(), topic_).value();
  std::vector<std::string> seen;
  const auto keep = [&](const Record& r) {
    seen.push_back(r.key.value() + "=" + r.value.value_or("null"));
  };
  ASSERT_TRUE(log->ReadToEnd(keep));
  EXPECT_TRUE(seen.empty());
  EXPECT_EQ(log->Put("a", "1").value(), 0);
  EXPECT_EQ(log->Put("b", "2").value(), 1);
  ASSERT_TRUE(log->ReadToEnd(keep));
  EXPECT_EQ(seen, (std::vector<std::string>{"a=1", "b=2"}));
  ASSERT_TRUE(log->ReadToEnd(keep));
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_EQ(log->Put("a", std::nullopt).value(), 2);
  ASSERT_TRUE(log->ReadToEnd(keep));
  EXPECT_EQ(seen.back(), "a=null");
  const auto again = KafkaCompactedLog::Open(kafka_->options(), topic_).value();
  seen.clear();
  ASSERT_TRUE(again->ReadToEnd(keep));
  EXPECT_EQ(seen, (std::vector<std::string>{"a=1", "b=2", "a=null"}));
}

TEST_F(RealKafkaTest, CompactedLogRefusesATopicWithManyPartitions) {
  ASSERT_TRUE(admin_->EnsureTopics({{topic_, 2, 1, {}}}, Soon()));
  const auto log = KafkaCompactedLog::Open(kafka_->options(), topic_);
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind(), ErrorKind::kConfig);
}

TEST_F(RealKafkaTest, CheckpointIsFoundWhereTheTopicHasManyPartitions) {
  ASSERT_TRUE(admin_->EnsureTopics({{topic_, 5, 1, {}}}, Soon()));
  const auto store = KafkaCheckpointStore::Open(kafka_->options(), {"p", topic_, 1}).value();
  Checkpoint checkpoint;
  checkpoint.position.binlog = {"binlog.000001", 4};
  ASSERT_TRUE(store->Save(checkpoint));
  EXPECT_EQ(*store->Load(), checkpoint);
}

TEST_F(RealKafkaTest, AnOwnersLoadShutsTheEarlierOwnerOut) {
  KafkaOptions options = kafka_->options();
  options.transactional_id = "owner-of-" + topic_;
  Checkpoint checkpoint;
  checkpoint.position.binlog = {"binlog.000001", 4};
  const auto first = KafkaCheckpointStore::Open(options, {"p", topic_, 1}).value();
  ASSERT_FALSE(first->Load().value().has_value());
  ASSERT_TRUE(first->Save(checkpoint));
  const auto second = KafkaCheckpointStore::Open(options, {"p", topic_, 1}).value();
  EXPECT_EQ(second->Load().value(), checkpoint);
  for (int i = 0; i < 2; ++i) {  // also the second time, with a new producer
    const Status saved = first->Save(checkpoint);
    ASSERT_FALSE(saved);
    EXPECT_EQ(saved.error().code(), "E-KAFKA-005") << saved.error().ToString();
  }
  checkpoint.position.binlog.pos = 5;
  ASSERT_TRUE(second->Save(checkpoint));
  const auto looker = KafkaCheckpointStore::ToLook(kafka_->options(), {"p", topic_, 1});
  EXPECT_EQ(looker->Load().value(), checkpoint);
  EXPECT_TRUE(second->Save(checkpoint)) << "looking shuts nobody out";
}

TEST_F(RealKafkaTest, DamagedCheckpointNamesItsPlace) {
  const auto store = KafkaCheckpointStore::Open(kafka_->options(), {"p", topic_, 1}).value();
  SyncProducer producer(kafka_->options(), topic_);
  ASSERT_TRUE(producer.Put("p", "not json"));
  const auto loaded = store->Load();
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().kind(), ErrorKind::kBadRecord);
  EXPECT_NE(loaded.error().message().find(topic_ + "[0]@0"), std::string::npos);
}

TEST_F(RealKafkaTest, ReaderTellsThatAnOffsetIsGone) {
  ASSERT_TRUE(admin_->EnsureTopics({{topic_, 1, 1, {}}}, Soon()));
  const auto reader = Reader::Open(kafka_->options(), {{topic_, 0, 1000}}).value();
  const auto read = reader->Read(1, Soon());
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().kind(), ErrorKind::kNotFound) << read.error().ToString();
}

// A transactional producer, bare, as another program would use it.
class Transactions {
 public:
  Transactions(const std::string& bootstrap, const std::string& id) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    rd_kafka_conf_set(conf, "bootstrap.servers", bootstrap.c_str(), nullptr, 0);
    rd_kafka_conf_set(conf, "transactional.id", id.c_str(), nullptr, 0);
    native_ = rd_kafka_new(RD_KAFKA_PRODUCER, conf, nullptr, 0);
    Expect(rd_kafka_init_transactions(native_, 30'000));
  }

  ~Transactions() { rd_kafka_destroy(native_); }

  void Begin() { Expect(rd_kafka_begin_transaction(native_)); }

  void Write(const std::string& topic, const char* value) {
    rd_kafka_topic_t* handle = rd_kafka_topic_new(native_, topic.c_str(), nullptr);
    char* bytes = const_cast<char*>(value);
    rd_kafka_produce(
        handle, 0, RD_KAFKA_MSG_F_COPY, bytes, 1, "k", 1, nullptr
    );  // compacted topics want one
    rd_kafka_topic_destroy(handle);
    EXPECT_EQ(rd_kafka_flush(native_, 30'000), RD_KAFKA_RESP_ERR_NO_ERROR);
  }

  void Commit() { Expect(rd_kafka_commit_transaction(native_, 30'000)); }

  void Abort() { Expect(rd_kafka_abort_transaction(native_, 30'000)); }

 private:
  static void Expect(rd_kafka_error_t* error) {
    EXPECT_EQ(error, nullptr) << rd_kafka_error_string(error);
  }

  rd_kafka_t* native_;
};

// As a pipeline leaves it whose process is killed while it saves its place.
TEST_F(RealKafkaTest, AnOpenTransactionHoldsUpNobodyButItsOwnPipeline) {
  const CheckpointPlace place = PlaceOfPipeline(topic_ + "-a");
  const CheckpointPlace other = PlaceOfPipeline(topic_ + "-b");
  KafkaOptions options = kafka_->options();
  options.transactional_id = TransactionalId(place.pipeline);
  const auto killed = KafkaCheckpointStore::Open(options, place).value();
  Checkpoint saved;
  saved.position.binlog = {"binlog.000001", 4};
  ASSERT_FALSE(killed->Load().value().has_value());
  ASSERT_TRUE(killed->Save(saved));
  {
    Transactions transactions(kafka_->bootstrap(), options.transactional_id);
    transactions.Begin();
    transactions.Write(place.topic, "o");
  }
  options.transactional_id = TransactionalId(other.pipeline);
  const auto unconcerned = KafkaCheckpointStore::Open(options, other).value()->Load();
  ASSERT_TRUE(unconcerned) << unconcerned.error().ToString();
  const auto looked = KafkaCheckpointStore::ToLook(kafka_->options(), place)->Load();
  ASSERT_TRUE(looked) << looked.error().ToString();
  EXPECT_EQ(*looked, saved);

  KafkaOptions waiting = kafka_->options();
  waiting.request_timeout = seconds{2};
  const auto waited = KafkaCheckpointStore::Open(waiting, place).value()->Load();
  ASSERT_FALSE(waited) << "an owner that has not ended its own";
  EXPECT_NE(waited.error().message().find(place.topic + "[0] to offset"), std::string::npos)
      << waited.error().ToString();
  EXPECT_NE(waited.error().message().find("transaction that has not ended"), std::string::npos);

  options.transactional_id = TransactionalId(place.pipeline);
  const auto again = KafkaCheckpointStore::Open(options, place).value()->Load();
  ASSERT_TRUE(again) << again.error().ToString();
  EXPECT_EQ(*again, saved);
}

TEST_F(RealKafkaTest, ACheckpointIsTakenOverFromTheTopicOfAllPipelines) {
  CheckpointPlace place = PlaceOfPipeline(topic_ + "-p");
  place.former_topic = topic_;
  EXPECT_FALSE(KafkaCheckpointStore::ToLook(kafka_->options(), place)->Load().value());
  Checkpoint before;
  before.position.binlog = {"binlog.000001", 4};
  const CheckpointPlace former{place.pipeline, topic_, 1};
  ASSERT_TRUE(KafkaCheckpointStore::Open(kafka_->options(), former).value()->Save(before));
  EXPECT_EQ(KafkaCheckpointStore::ToLook(kafka_->options(), place)->Load().value(), before);
  const auto store = KafkaCheckpointStore::Open(kafka_->options(), place).value();
  EXPECT_EQ(store->Load().value(), before);
  const auto older_binary = KafkaCheckpointStore::ToLook(kafka_->options(), former)->Load();
  ASSERT_FALSE(older_binary);
  EXPECT_NE(older_binary.error().message().find("format 3"), std::string::npos);
  Checkpoint now;
  now.position.binlog = {"binlog.000002", 4};
  ASSERT_TRUE(store->Save(now));
  EXPECT_EQ(store->Load().value(), now);
  // The pipeline's own is lost: what was moved does not come back.
  ASSERT_TRUE(admin_->DeleteTopic(place.topic, Soon()));
  EXPECT_FALSE(KafkaCheckpointStore::ToLook(kafka_->options(), place)->Load().value());
}

TEST_F(RealKafkaTest, ReadToEndShowsCommittedRecordsAndStopsBeforeAnOpenTransaction) {
  ASSERT_TRUE(admin_->EnsureTopics({{topic_, 1, 1, {}}}, Soon()));
  Transactions transactions(kafka_->bootstrap(), topic_);
  transactions.Begin();
  transactions.Write(topic_, "c");
  transactions.Commit();
  transactions.Begin();
  transactions.Write(topic_, "a");
  transactions.Abort();
  transactions.Begin();
  transactions.Write(topic_, "o");
  const auto reader = Reader::Open(kafka_->options(), {{topic_, 0, kFromBegin}}).value();
  std::string seen;
  const auto keep = [&](const Record& r) { seen += r.value.value(); };
  const Status read = reader->ReadToEnd(keep, Soon());
  EXPECT_TRUE(read) << read.error().ToString();
  EXPECT_EQ(seen, "c");
  transactions.Commit();
  const auto rest = reader->Read(1, Soon());  // the mark that commits arrives a little later
  ASSERT_EQ(rest->size(), 1U);
  EXPECT_EQ(rest->at(0).value, "o");
}

TEST_F(RealKafkaTest, LoadWaitsForAnOpenTransactionBeforeTheCheckpoint) {
  KafkaOptions options = kafka_->options();
  options.request_timeout = seconds{3};
  ASSERT_TRUE(admin_->EnsureTopics({{topic_, 1, 1, {}}}, Soon()));  // takes records without key
  const auto store = KafkaCheckpointStore::Open(options, {"p", topic_, 1}).value();
  Transactions other(kafka_->bootstrap(), topic_);
  other.Begin();
  other.Write(topic_, "x");
  Checkpoint checkpoint;
  checkpoint.position.binlog = {"binlog.000001", 4};
  ASSERT_TRUE(store->Save(checkpoint));
  const auto hidden = store->Load();
  ASSERT_FALSE(hidden) << "an older checkpoint, or none, would be wrong";
  EXPECT_EQ(hidden.error().kind(), ErrorKind::kUnavailable);
  other.Abort();
  EXPECT_EQ(store->Load().value(), checkpoint);
}

}  // namespace
}  // namespace rowhouse::kafka
