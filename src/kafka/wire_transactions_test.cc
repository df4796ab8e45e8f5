// Transactions of WireEventLog on a mock cluster, which fails at will and moves coordinators.
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>
#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "kafka/transactor.h"
#include "kafka/wire_log_fixture_test.h"

namespace rowhouse::kafka {
namespace {

using wire::ApiKey;

constexpr std::initializer_list<int> kAgain = {
    RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS,
    RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS,
    RD_KAFKA_RESP_ERR_NOT_COORDINATOR,
    RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
    RD_KAFKA_RESP_ERR__TRANSPORT};  // the connection breaks

Deadline Soon() {
  return Deadline::After(seconds{20});
}

// With a topic of positions besides.
class WireTransactionsTest : public WireLogFixture {
 protected:
  WireTransactionsTest() {
    cluster_.MakeTopic("positions", 1);
    options_.checkpoint = CheckpointPlace{"p", "positions", 1};
    MoveCoordinator(1);
  }

  void MoveCoordinator(int32_t broker) {
    rd_kafka_mock_coordinator_set(cluster_.native(), "transaction", "rowhouse.p", broker);
  }

  Status Commit() {
    ROWHOUSE_TRY(log_->Flush(Soon()));
    return log_->Commit({});
  }

  void ExpectCommit() {
    const Status committed = Commit();
    ASSERT_TRUE(committed) << committed.error().ToString();
  }
};

TEST_F(WireTransactionsTest, EveryRequestIsAskedAgainUntilItIsAnswered) {
  cluster_.FailNext(ApiKey::kFindCoordinator, {RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE});
  cluster_.FailNext(ApiKey::kInitProducerId, kAgain);
  Open();
  cluster_.FailNext(ApiKey::kAddPartitionsToTxn, kAgain);
  Append(1, 100);
  cluster_.FailNext(ApiKey::kEndTxn, kAgain);
  ExpectCommit();
  Append(101, 200);
  ExpectCommit();
  EXPECT_EQ(acks_.acks().size(), 200U);
  EXPECT_TRUE(acks_.lost().empty());
  EXPECT_EQ(log_->in_flight_bytes(), 0U);
}

TEST_F(WireTransactionsTest, ACoordinatorThatMovedIsFound) {
  Open();
  for (int round = 0; round < 10; ++round) {
    MoveCoordinator(1 + round % 2);
    const auto first = static_cast<AckToken>(round * 10);
    Append(first, first + 4);
    ASSERT_TRUE(log_->Flush(Soon()));
    MoveCoordinator(2 - round % 2);
    Append(first + 5, first + 9);
    ExpectCommit();
  }
  EXPECT_EQ(acks_.acks().size(), 100U);
}

TEST_F(WireTransactionsTest, BrokersThatAreAwayDelayACommitOnly) {
  Open();
  Append(1, 10);
  ASSERT_TRUE(log_->Flush(Soon()));
  cluster_.SetBrokers(false);
  std::thread back([this] { cluster_.SetBrokers(true); });
  ExpectCommit();
  back.join();
  Append(11, 20);
  ExpectCommit();
  EXPECT_EQ(acks_.acks().size(), 20U);
}

TEST_F(WireTransactionsTest, WhoIsShutOutSaysSoWhateverRequestHearsIt) {
  for (const ApiKey key : {ApiKey::kAddPartitionsToTxn, ApiKey::kProduce, ApiKey::kEndTxn}) {
    for (const auto code :
         {RD_KAFKA_RESP_ERR_PRODUCER_FENCED, RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH}) {
      Open();
      Append(1, 1);
      ExpectCommit();
      cluster_.FailNext(key, {code});
      Append(2, 2);
      const Status committed = Commit();
      ASSERT_FALSE(committed);
      EXPECT_EQ(committed.error().kind(), ErrorKind::kUnavailable);
      EXPECT_EQ(committed.error().code(), "E-KAFKA-005") << committed.error().ToString();
      const Status after = writer_->Append({"k", "v"}, 3);
      ASSERT_FALSE(after);
      EXPECT_EQ(after.error().code(), "E-KAFKA-005");
      log_.reset();
    }
  }
}

TEST_F(WireTransactionsTest, ATransactionOlderThanItsTimeoutIsNamed) {
  options_.kafka.transaction_timeout = milliseconds{0};
  Open();
  Append(1, 1);
  ASSERT_TRUE(log_->Flush(Soon()));
  cluster_.FailNext(ApiKey::kEndTxn, {RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH});
  const Status committed = Commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().code(), "E-KAFKA-006") << committed.error().ToString();
}

TEST_F(WireTransactionsTest, ABrokenStateEndsTheLogForANewOne) {
  Open();
  Append(1, 1);
  cluster_.FailNext(ApiKey::kEndTxn, {RD_KAFKA_RESP_ERR_INVALID_TXN_STATE});
  const Status committed = Commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(committed.error().code(), "E-KAFKA-004") << committed.error().ToString();
  Open();
  Append(2, 2);
  ExpectCommit();
}

TEST_F(WireTransactionsTest, ATimeoutTheBrokersRefuseIsAConfigErrorWithItsFix) {
  cluster_.FailNext(ApiKey::kInitProducerId, {RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT});
  const auto log = TryOpen();
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind(), ErrorKind::kConfig) << log.error().ToString();
  EXPECT_NE(log.error().hint().find("transaction.max.timeout.ms"), std::string::npos);
}

TEST_F(WireTransactionsTest, AGrantThatIsMissingIsNamed) {
  cluster_.FailNext(
      ApiKey::kInitProducerId, {RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED}
  );
  const auto log = TryOpen();
  ASSERT_FALSE(log);
  EXPECT_EQ(log.error().kind(), ErrorKind::kAuth) << log.error().ToString();
  EXPECT_NE(log.error().message().find("rowhouse.p"), std::string::npos);
}

TEST_F(WireTransactionsTest, ACheckpointThatIsRefusedIsNoCommit) {
  Open();
  Append(1, 1);
  ASSERT_TRUE(log_->Flush(Soon()));
  cluster_.FailNext(ApiKey::kProduce, {RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED});
  const Status committed = Commit();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind(), ErrorKind::kAuth) << committed.error().ToString();
  EXPECT_TRUE(acks_.lost().empty());
}

TEST_F(WireTransactionsTest, ABudgetFullOfTheNextTransactionHoldsUpNoCommit) {
  options_.kafka.queue_bytes = 4'000;
  Open();
  Append(1, 10);
  log_->Cut();
  std::thread next([this] { Append(11, 500); });
  while (log_->in_flight_bytes() < 3'000) {
    std::this_thread::yield();
  }
  ExpectCommit();
  next.join();
  ExpectCommit();
  EXPECT_EQ(acks_.acks().size(), 500U);
}

TEST_F(WireTransactionsTest, CloseEndsACommitThatWaits) {
  Open();
  Append(1, 1);
  ASSERT_TRUE(log_->Flush(Soon()));
  cluster_.SetBrokers(false);
  Status committed;
  std::thread committer([&] { committed = log_->Commit({}); });
  log_->Close();
  committer.join();
  ASSERT_FALSE(committed);
  EXPECT_EQ(committed.error().kind(), ErrorKind::kCancelled);
}

TEST(TxnReactions, EveryCodeHasOne) {
  using enum TxnReaction;
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_NO_ERROR), kDone);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_UNKNOWN), TxnReaction::kAgain);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS), TxnReaction::kAgain);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS), TxnReaction::kAgain);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT), TxnReaction::kAgain);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART), TxnReaction::kAgain);
  EXPECT_EQ(ReactionTo(wire::kOperationNotAttempted), TxnReaction::kAgain);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_NOT_COORDINATOR), kElsewhere);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE), kElsewhere);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_PRODUCER_FENCED), kShutOut);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH), kShutOut);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_INVALID_TXN_STATE), kEnd);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING), kEnd);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT), kEnd);
  EXPECT_EQ(ReactionTo(RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED), kEnd);
}

}  // namespace
}  // namespace rowhouse::kafka
