// One partition's order under every answer a broker can give; no socket, no clock.
#include "kafka/partition_lane.h"

#include <gtest/gtest.h>

namespace rowhouse::kafka {
namespace {

using wire::RecordBatch;

class PartitionLaneTest : public ::testing::Test {
 protected:
  // One record a batch, unless a test says otherwise.
  PartitionLaneTest() {
    shared_.batch_records = 1;
    shared_.on_first = [this](PartitionLane&) { ++firsts_; };
    shared_.on_full = [this] { ++fulls_; };
  }

  void Append(int records) {
    for (int i = 0; i < records; ++i) {
      ASSERT_TRUE(lane_.Append({"k", "v" + std::to_string(appended_)}, appended_));
      ++appended_;
    }
  }

  // Stored once, so that several may be on their way.
  void MakeKnown() {
    Append(1);
    Done(lane_.OnStored(lane_.Next(now_), now_));
  }

  void Done(const wire::RecordBatchPtr& batch) {
    budget_.Give(batch->charged);
    window_.Done(batch->transaction);
  }

  std::vector<RecordBatch*> SendAll() {
    std::vector<RecordBatch*> sent;
    while (RecordBatch* batch = lane_.Next(now_)) {
      sent.push_back(batch);
    }
    return sent;
  }

  static std::vector<int32_t> SequencesOf(const std::vector<RecordBatch*>& batches) {
    std::vector<int32_t> sequences;
    for (const RecordBatch* batch : batches) {
      sequences.push_back(batch->sequence);
    }
    return sequences;
  }

  static AckToken TokenOf(const RecordBatch* batch) { return batch->tokens().front().token; }

  Clock::TimePoint now_ = Clock::Real().Now();
  ByteBudget budget_{1 << 20, [] {}};
  BatchPool pool_;
  TransactionWindow window_;
  LaneShared shared_{
      .budget = budget_, .pool = pool_, .window = window_, .headers = wire::EncodeHeaders({})};
  std::string topic_ = "t";
  PartitionLane lane_{shared_, topic_, 0};
  AckToken appended_ = 0;
  int firsts_ = 0;
  int fulls_ = 0;
};

using Sequences = std::vector<int32_t>;

TEST_F(PartitionLaneTest, TheFirstRecordIsToldAndEachFullBatch) {
  Append(3);
  EXPECT_EQ(firsts_, 1);
  EXPECT_EQ(fulls_, 2);
  EXPECT_TRUE(lane_.pressing());
}

TEST_F(PartitionLaneTest, TheFirstBatchEverGoesAlone) {
  Append(3);
  RecordBatch* first = lane_.Next(now_);
  EXPECT_EQ(first->sequence, 0);
  EXPECT_EQ(lane_.Next(now_), nullptr);
  Done(lane_.OnStored(first, now_));
  EXPECT_EQ(SequencesOf(SendAll()), (Sequences{1, 2}));
}

TEST_F(PartitionLaneTest, NothingIsSentToANewLeaderWhileTheFormerHasAnAnswerToGive) {
  MakeKnown();
  Append(3);
  lane_.leader = 1;
  RecordBatch* first = lane_.Next(now_);
  RecordBatch* second = lane_.Next(now_);
  lane_.leader = 2;
  EXPECT_EQ(lane_.Next(now_), nullptr);
  lane_.OnAgain(first, now_);
  EXPECT_EQ(lane_.Next(now_), nullptr);
  lane_.OnAgain(second, now_);
  EXPECT_EQ(lane_.Next(now_), first);
}

TEST_F(PartitionLaneTest, AfterALongSilenceTheNextGoesAloneAgain) {
  MakeKnown();
  now_ += std::chrono::hours(1);
  Append(2);
  EXPECT_EQ(SendAll().size(), 1U);
}

TEST_F(PartitionLaneTest, NoMoreThanTheWindowIsOnItsWay) {
  MakeKnown();
  Append(8);
  const auto sent = SendAll();
  EXPECT_EQ(sent.size(), PartitionLane::kWindow);
  Done(lane_.OnStored(sent[0], now_));
  EXPECT_EQ(SendAll().size(), 1U);
}

TEST_F(PartitionLaneTest, WhatFailedGoesAgainWithItsSequenceAloneAndBeforeAllOthers) {
  MakeKnown();
  Append(3);
  const auto sent = SendAll();
  lane_.OnAgain(sent[0], now_);
  Append(1);
  EXPECT_EQ(lane_.Next(now_), nullptr) << "others are on their way still";
  EXPECT_TRUE(lane_.draining());
  lane_.OnAgain(sent[1], now_);  // out of order: the echo
  lane_.OnAgain(sent[2], now_);
  EXPECT_FALSE(lane_.draining());
  EXPECT_EQ(SendAll(), std::vector<RecordBatch*>{sent[0]});
  EXPECT_EQ(sent[0]->sequence, 1);
  Done(lane_.OnStored(sent[0], now_));
  EXPECT_EQ(SequencesOf(SendAll()), (Sequences{2, 3, 4}));
}

TEST_F(PartitionLaneTest, TheFirstThatIsSentAgainMayBeStoredAlready) {
  MakeKnown();
  Append(2);
  const auto sent = SendAll();
  EXPECT_FALSE(lane_.MayBeStored(sent[0]));
  lane_.OnAgain(sent[0], now_);
  lane_.OnAgain(sent[1], now_);
  EXPECT_EQ(lane_.Next(now_), sent[0]);
  EXPECT_TRUE(lane_.MayBeStored(sent[0]));
  EXPECT_FALSE(lane_.MayBeStored(sent[1]));
}

TEST_F(PartitionLaneTest, WhatTheBrokerHasIsNotSentAgain) {
  MakeKnown();
  Append(4);
  for (const RecordBatch* batch : SendAll()) {
    lane_.OnAgain(batch, now_);
  }
  std::vector<AckToken> told;
  for (const wire::RecordBatchPtr& batch : lane_.OnLastStored(3, now_)) {
    told.push_back(TokenOf(batch.get()));
    Done(batch);
  }
  EXPECT_EQ(told, (std::vector<AckToken>{1, 2, 3}));
  EXPECT_EQ(SequencesOf(SendAll()), (Sequences{4}));
}

TEST_F(PartitionLaneTest, ALastSequenceThatEndsNoBatchSaysNothing) {
  MakeKnown();
  Append(2);
  for (const RecordBatch* batch : SendAll()) {
    lane_.OnAgain(batch, now_);
  }
  EXPECT_TRUE(lane_.OnLastStored(0, now_).empty()) << "acknowledged before";
  EXPECT_TRUE(lane_.OnLastStored(7, now_).empty()) << "never given out";
  EXPECT_TRUE(lane_.OnLastStored(-1, now_).empty()) << "no record of ours";
  EXPECT_EQ(lane_.Next(now_)->sequence, 1);
}

TEST_F(PartitionLaneTest, NothingIsSentWhileInDoubt) {
  MakeKnown();
  Append(1);
  lane_.doubt = PartitionLane::Doubt::kAsked;
  EXPECT_EQ(lane_.Next(now_), nullptr);
}

TEST_F(PartitionLaneTest, ARetryWaitsItsTime) {
  MakeKnown();
  Append(1);
  lane_.OnAgain(lane_.Next(now_), now_ + milliseconds{100});
  EXPECT_EQ(lane_.Next(now_), nullptr);
  EXPECT_EQ(lane_.waits_until(), now_ + milliseconds{100});
  now_ += milliseconds{100};
  EXPECT_NE(lane_.Next(now_), nullptr);
}

TEST_F(PartitionLaneTest, AGapOfARefusedBatchIsClosed) {
  MakeKnown();
  Append(3);
  const auto sent = SendAll();
  Done(lane_.OnRefused(sent[0]));
  EXPECT_TRUE(lane_.draining());
  lane_.OnAgain(sent[1], now_);
  lane_.OnAgain(sent[2], now_);
  Append(1);
  EXPECT_EQ(SendAll(), std::vector<RecordBatch*>{sent[1]});
  EXPECT_EQ(sent[1]->sequence, 1);
  Done(lane_.OnStored(sent[1], now_));
  EXPECT_EQ(SequencesOf(SendAll()), (Sequences{2, 3}));
}

TEST_F(PartitionLaneTest, ARefusedBatchAloneLeavesNoGap) {
  MakeKnown();
  Append(1);
  Done(lane_.OnRefused(lane_.Next(now_)));
  Append(1);
  EXPECT_EQ(lane_.Next(now_)->sequence, 1);
}

TEST_F(PartitionLaneTest, BatchesBeforeTheGapKeepTheirSequences) {
  MakeKnown();
  Append(3);
  const auto sent = SendAll();
  lane_.OnAgain(sent[0], now_);
  Done(lane_.OnRefused(sent[1]));
  lane_.OnAgain(sent[2], now_);
  EXPECT_EQ(sent[0]->sequence, 1);
  EXPECT_EQ(sent[2]->sequence, 2);
}

TEST_F(PartitionLaneTest, WhereTheBrokerWentOnBehindAGapItStays) {
  MakeKnown();
  Append(2);
  const auto sent = SendAll();
  Done(lane_.OnRefused(sent[0]));
  Done(lane_.OnStored(sent[1], now_));
  Append(1);
  EXPECT_EQ(lane_.Next(now_)->sequence, 3);
}

TEST_F(PartitionLaneTest, ATooLargeBatchGoesAsHalvesAndLaterOnesAreSmaller) {
  shared_.batch_records = 8;
  Append(8);
  Append(1);
  RecordBatch* large = lane_.Next(now_);
  EXPECT_EQ(large->records(), 8);
  const size_t bytes = large->bytes();
  lane_.OnTooLarge(large);
  RecordBatch* first = lane_.Next(now_);
  EXPECT_EQ(first->records(), 4);
  EXPECT_EQ(first->sequence, 0);
  EXPECT_LT(first->bytes(), bytes);
  Done(lane_.OnStored(first, now_));
  const auto rest = SendAll();
  EXPECT_EQ(SequencesOf(rest), (Sequences{4, 8}));
  EXPECT_EQ(rest[0]->records(), 4);
  EXPECT_EQ(TokenOf(rest[0]), 4U);
  for (RecordBatch* batch : rest) {
    Done(lane_.OnStored(batch, now_));
  }
  EXPECT_EQ(budget_.used(), 0U);
}

TEST_F(PartitionLaneTest, SequencesStartAgainAfterTheLast) {
  EXPECT_EQ(SequenceAfter(0x7FFFFFFF, 1), 0);
  EXPECT_EQ(SequenceAfter(0x7FFFFFFE, 5), 3);
}

TEST_F(PartitionLaneTest, TheBudgetIsGivenBackToTheLastByte) {
  shared_.batch_records = 100;
  MakeKnown();
  Append(250);
  for (RecordBatch* batch : SendAll()) {
    Done(lane_.OnStored(batch, now_));
  }
  EXPECT_EQ(budget_.used(), 0U);
  EXPECT_TRUE(lane_.idle());
}

TEST_F(PartitionLaneTest, AllIsGivenUpAtOnce) {
  MakeKnown();
  Append(7);
  SendAll();
  EXPECT_EQ(lane_.Records(), 7U);
  EXPECT_EQ(lane_.TakeUnsent().size(), 2U);
  EXPECT_EQ(lane_.TakeAll().size(), PartitionLane::kWindow);
  EXPECT_TRUE(lane_.idle());
}

TEST_F(PartitionLaneTest, WhatIsAppendedBehindACutWaitsForTheNextTransaction) {
  shared_.batch_records = 100;
  Append(3);
  window_.Cut();
  Append(4);
  RecordBatch* before = lane_.Next(now_);
  EXPECT_EQ(before->records(), 3);
  EXPECT_FALSE(lane_.can_send(now_));
  Done(lane_.OnStored(before, now_));
  EXPECT_FALSE(lane_.can_send(now_));
  EXPECT_FALSE(lane_.idle());
  window_.Next();
  EXPECT_EQ(lane_.Next(now_)->records(), 4);
  EXPECT_TRUE(lane_.idle() || lane_.Records() == 4);
}

TEST_F(PartitionLaneTest, ACutTransactionIsStoredWithItsLastHalf) {
  shared_.batch_records = 8;
  Append(8);
  window_.Cut();
  Append(1);
  lane_.OnTooLarge(lane_.Next(now_));
  EXPECT_FALSE(window_.WaitStored(Deadline::After(milliseconds{0})));
  RecordBatch* first = lane_.Next(now_);
  Done(lane_.OnStored(first, now_));
  EXPECT_FALSE(window_.WaitStored(Deadline::After(milliseconds{0})));
  Done(lane_.OnStored(lane_.Next(now_), now_));
  EXPECT_TRUE(window_.WaitStored(Deadline::After(milliseconds{0})));
  EXPECT_EQ(lane_.Next(now_), nullptr);
}

TEST_F(PartitionLaneTest, TheLogsOwnRecordIsTakenThoughTheBudgetIsFull) {
  ASSERT_TRUE(budget_.Take(1 << 20));
  window_.Cut();
  lane_.AppendLast({"p", "checkpoint"}, kOwnToken);
  EXPECT_EQ(lane_.Next(now_)->transaction, 0U);
}

TEST_F(PartitionLaneTest, AppendEndsWithTheBudget) {
  budget_.End(Error(ErrorKind::kCancelled, "closed"));
  EXPECT_EQ(lane_.Append({"k", "v"}, 1).error().kind(), ErrorKind::kCancelled);
}

}  // namespace
}  // namespace rowhouse::kafka
