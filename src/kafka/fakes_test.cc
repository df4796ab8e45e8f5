// The contract suites on the fakes, and what the fakes add for tests.
#include <gtest/gtest.h>

#include "testing/ack_recorder.h"
#include "testing/checkpoint_store_contract.h"
#include "testing/event_log_contract.h"
#include "testing/fake_checkpoint_store.h"
#include "testing/fake_event_log.h"

namespace rowhouse::testing {
namespace {

class FakeLogWorld : public EventLogWorld {
 public:
  std::unique_ptr<EventLog> Open(AckListener* listener) override {
    return std::make_unique<FakeEventLog>(listener);
  }

  std::vector<Record> ReadAll(EventLog& log, const std::string& topic) override {
    return dynamic_cast<FakeEventLog&>(log).Records(topic);
  }

  std::string NewTopic() override { return "t" + std::to_string(++topics_); }

  size_t TooLarge() override { return 1'000'001; }

  std::unique_ptr<EventLog> OpenTransactional(AckListener* listener, const std::string&) override {
    return std::make_unique<FakeEventLog>(listener, transactions_);
  }

  std::vector<std::string> CommittedValues(const std::string& topic) override {
    std::vector<std::string> values;
    for (const Record& record : transactions_.Records(topic)) {
      values.push_back(record.value.value());
    }
    return values;
  }

  std::optional<Checkpoint> CommittedCheckpoint(const std::string&) override {
    return checkpoints_.Load().value();
  }

 private:
  FakeCheckpointStore checkpoints_;
  FakeTransactions transactions_{checkpoints_};
  int topics_ = 0;
};

class FakeStoreWorld : public CheckpointStoreWorld {
 public:
  std::unique_ptr<CheckpointStore> Open(const std::string& pipeline) override {
    return std::make_unique<Handle>(stores_[pipeline]);
  }

 private:
  // A restart opens the same stored values.
  class Handle : public CheckpointStore {
   public:
    explicit Handle(FakeCheckpointStore& store) : store_(store) {}

    Result<std::optional<Checkpoint>> Load() override { return store_.Load(); }

    Status Save(const Checkpoint& checkpoint) override { return store_.Save(checkpoint); }

   private:
    FakeCheckpointStore& store_;
  };

  std::map<std::string, FakeCheckpointStore> stores_;
};

INSTANTIATE_TEST_SUITE_P(Fake, EventLogContract, ::testing::Values([] {
                           return std::make_unique<FakeLogWorld>();
                         }));
INSTANTIATE_TEST_SUITE_P(Fake, TransactionalLogContract, ::testing::Values([] {
                           return std::make_unique<FakeLogWorld>();
                         }));
INSTANTIATE_TEST_SUITE_P(Fake, CheckpointStoreContract, ::testing::Values([] {
                           return std::make_unique<FakeStoreWorld>();
                         }));

TEST(FakeEventLog, ByHandTheTestSaysWhatBecomesOfEach) {
  AckRecorder acks;
  FakeEventLog log(&acks, Acks::kByHand);
  ASSERT_TRUE(log.EnsureTopics({{"t", 1, 1, {}}}));
  TopicWriter* writer = log.Writer("t").value();
  for (AckToken token = 1; token <= 3; ++token) {
    ASSERT_TRUE(writer->Append({"k", "v" + std::to_string(token)}, token));
  }
  EXPECT_EQ(log.Waiting(), (std::vector<AckToken>{1, 2, 3}));
  EXPECT_FALSE(log.Flush(Deadline::After(seconds{0})));
  log.Ack(2);
  log.Lose(1, Error(ErrorKind::kBadRecord, "no"));
  EXPECT_EQ(log.Records("t").size(), 1U);
  log.AckAll();
  EXPECT_TRUE(log.Flush(Deadline::After(seconds{0})));
  EXPECT_EQ(acks.acks(), (std::map<AckToken, int>{{2, 1}, {3, 1}}));
  EXPECT_EQ(acks.lost().count(1), 1U);
}

TEST(FakeEventLog, StalledAppendEndsByResumeOrClose) {
  AckRecorder acks;
  FakeEventLog log(&acks);
  ASSERT_TRUE(log.EnsureTopics({{"t", 1, 1, {}}}));
  TopicWriter* writer = log.Writer("t").value();
  const auto append = [&](const auto& release) {
    log.Stall();
    Status result;
    std::thread appender([&] { result = writer->Append({"k", "v"}, 1); });
    EXPECT_TRUE(log.WaitForStalled(1, Deadline::After(seconds{10})));
    release();
    appender.join();
    return result;
  };
  EXPECT_TRUE(append([&] { log.Resume(); }));
  EXPECT_EQ(append([&] { log.Close(); }).error().kind(), ErrorKind::kCancelled);
}

TEST(FakeCheckpointStore, PlannedFailuresChangeNothing) {
  FakeCheckpointStore store;
  Checkpoint checkpoint;
  checkpoint.position.binlog = {"b.000001", 4};
  store.FailSave(1, Error(ErrorKind::kUnavailable, "away"));
  EXPECT_FALSE(store.Save(checkpoint));
  EXPECT_TRUE(store.saved().empty());
  EXPECT_TRUE(store.Save(checkpoint));
  EXPECT_EQ(store.saved().size(), 1U);
}

}  // namespace
}  // namespace rowhouse::testing
