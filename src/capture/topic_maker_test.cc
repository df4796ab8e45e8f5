#include "capture/topic_maker.h"

#include <gtest/gtest.h>

#include "testing/fake_event_log.h"

namespace rowhouse::capture {
namespace {

class Deaf : public AckListener {
 public:
  void OnAck(AckToken) override {}

  void OnLost(AckToken, const Error&) override {}
};

// A log that notes each request for topics, and fails some.
class NotingLog : public rowhouse::testing::FakeEventLog {
 public:
  explicit NotingLog(AckListener* listener) : FakeEventLog(listener) {}

  Status EnsureTopics(const std::vector<TopicSpec>& topics) override {
    MutexLock lock(mu_);
    asked.push_back(topics.size());
    if (asked.size() == fail_call) {
      return fail_with;
    }
    return FakeEventLog::EnsureTopics(topics);
  }

  std::vector<size_t> asked;  // read when the maker has stopped
  size_t fail_call = 0;
  Error fail_with = Error(ErrorKind::kUnavailable, "the broker is away");

 private:
  Mutex mu_;
};

class TopicMakerTest : public ::testing::Test {
 protected:
  TopicMakerTest() : log_(&deaf_) {}

  ~TopicMakerTest() override {
    failure_.Stop();
    maker_.Stop();
  }

  static std::vector<TableSchemaPtr> Tables(size_t n) {
    std::vector<TableSchemaPtr> tables;
    for (size_t i = 0; i < n; ++i) {
      auto table = std::make_shared<TableSchema>();
      table->id = {"db", "t" + std::to_string(i)};
      tables.push_back(std::move(table));
    }
    return tables;
  }

  size_t told() {
    MutexLock lock(mu_);
    return told_;
  }

  bool WaitForTold(size_t n) {
    MutexLock lock(mu_);
    return more_.WaitFor(mu_, {}, Deadline::After(seconds(30)), [&]() NO_THREAD_SAFETY_ANALYSIS {
      return told_ >= n;
    });
  }

  Deaf deaf_;
  NotingLog log_;
  Failure failure_;
  Mutex mu_;
  CondVar more_;
  size_t told_ GUARDED_BY(mu_) = 0;
  TopicMaker maker_{log_, {}, failure_, [this](const TableSchemaPtr&) {
                      MutexLock lock(mu_);
                      ++told_;
                      more_.NotifyAll();
                    }};
};

TEST_F(TopicMakerTest, AFewAreMadeBeforeStartReturns) {
  ASSERT_TRUE(maker_.Start({{"changes", 1, 1, {}}}, Tables(3)));
  EXPECT_EQ(log_.Topics().size(), 4u);
  EXPECT_EQ(told(), 3u);
  EXPECT_EQ(log_.asked, std::vector<size_t>{4}) << "in one request";
}

TEST_F(TopicMakerTest, ManyAreMadeInTheBackgroundThroughAnOutage) {
  log_.fail_call = 2;
  ASSERT_TRUE(maker_.Start({}, Tables(2 * TopicMaker::kBatch + 7)));
  EXPECT_GE(told(), TopicMaker::kBatch);
  ASSERT_TRUE(WaitForTold(2 * TopicMaker::kBatch + 7));
  maker_.Stop();
  EXPECT_EQ(log_.Topics().size(), 2 * TopicMaker::kBatch + 7);
  EXPECT_EQ(log_.asked.size(), 4u) << "each batch once, the failed one twice";
  EXPECT_FALSE(failure_.Take());
}

TEST_F(TopicMakerTest, ATopicThatIsNeededNowIsMadeWithTheNextOnes) {
  ASSERT_TRUE(maker_.Start({}, Tables(6 * TopicMaker::kBatch)));
  EXPECT_TRUE(maker_.Ensure({"rowhouse.db.t1199", 1, 1, {}}));
  EXPECT_TRUE(log_.Topic("rowhouse.db.t1199"));
  ASSERT_TRUE(WaitForTold(6 * TopicMaker::kBatch));
}

TEST_F(TopicMakerTest, EnsureEndsWithTheRun) {
  log_.fail_call = 2;
  log_.fail_with = Error(ErrorKind::kConfig, "more replicas than brokers");
  ASSERT_TRUE(maker_.Start({}, Tables(TopicMaker::kBatch + 1)));
  const Status ensured = maker_.Ensure({"rowhouse.db.t200", 1, 1, {}});
  ASSERT_FALSE(ensured);
  EXPECT_EQ(ensured.error().kind(), ErrorKind::kCancelled);
}

TEST_F(TopicMakerTest, WhatWaitingWontMendEndsTheRun) {
  log_.fail_call = 2;
  log_.fail_with = Error(ErrorKind::kConfig, "more replicas than brokers");
  ASSERT_TRUE(maker_.Start({}, Tables(TopicMaker::kBatch + 1)));
  maker_.Stop();
  const auto failed = failure_.Take();
  ASSERT_TRUE(failed);
  EXPECT_EQ(failed->kind(), ErrorKind::kConfig);
}

TEST_F(TopicMakerTest, ATopicThatIsThereIsNotAskedForAgain) {
  ASSERT_TRUE(maker_.Start({}, Tables(1)));
  ASSERT_TRUE(maker_.Ensure({"rowhouse.db.t0", 1, 1, {}}));
  ASSERT_TRUE(maker_.Ensure({"rowhouse.db.late", 1, 1, {}}));
  ASSERT_TRUE(maker_.Ensure({"rowhouse.db.late", 1, 1, {}}));
  EXPECT_EQ(log_.asked, (std::vector<size_t>{1, 1}));
}

}  // namespace
}  // namespace rowhouse::capture
