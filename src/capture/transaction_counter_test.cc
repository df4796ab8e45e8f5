#include "capture/transaction_counter.h"

#include <array>

#include <gtest/gtest.h>

namespace rowhouse::capture {
namespace {

using types::TransactionRecord;
using Status = TransactionRecord::Status;

TableSchemaPtr Table(const std::string& name) {
  TableSchema table;
  table.id = {"shop", name};
  table.columns.resize(1);
  table.columns[0].name = "id";
  table.columns[0].type = ColumnType::kInt;
  table.primary_key = {0};
  return std::make_shared<const TableSchema>(std::move(table));
}

class TransactionCounterTest : public ::testing::Test {
 protected:
  void Begin(const std::string& id, int64_t ts_us = 0) {
    batch_.transactions.push_back({TransactionMark::Kind::kBegin, batch_.changes.size(), ts_us, id}
    );
  }

  void End(const std::string& id, int64_t ts_us = 0) {
    batch_.transactions.push_back({TransactionMark::Kind::kEnd, batch_.changes.size(), ts_us, id});
  }

  void Put(const TableSchemaPtr& table, Op op, int64_t before = 1, int64_t after = 1) {
    Change& change = batch_.changes.emplace_back();
    change.op = op;
    change.table = table.get();
    change.before = op == Op::kCreate ? nullptr : CellOf(before);
    change.after = op == Op::kDelete ? nullptr : CellOf(after);
    batch_.tables.push_back(table);
  }

  const Cell* CellOf(int64_t value) {
    return &cells_.emplace_back(std::array{Cell::OfInt(CellKind::kInt, value)})[0];
  }

  // What is told of the batch; the next one is empty.
  std::vector<TransactionRecord> Count() {
    std::vector<TransactionRecord> told = counter_.Count(batch_);
    places_.clear();
    for (const TransactionPlace& place : batch_.places) {
      places_.push_back(
          place.id.empty() ? "-"
                           : std::string(place.id) + " " + std::to_string(place.total_order) + " " +
                                 std::to_string(place.table_order)
      );
    }
    batch_.Clear();
    return told;
  }

  TableEncoderOptions options_;
  TransactionCounter counter_{options_};
  ChangeBatch batch_;
  std::deque<std::array<Cell, 1>> cells_;
  std::vector<std::string> places_;
  const TableSchemaPtr a_ = Table("a");
  const TableSchemaPtr b_ = Table("b");
};

TEST_F(TransactionCounterTest, CountsTogetherAndByTable) {
  Begin("t1", 1'000'000);
  Put(a_, Op::kCreate);
  Put(b_, Op::kCreate);
  Put(a_, Op::kDelete);
  End("t1", 2'000'000);
  const auto told = Count();
  EXPECT_EQ(places_, (std::vector<std::string>{"t1 1 1", "t1 2 1", "t1 3 2"}));
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].status, Status::kBegin);
  EXPECT_EQ(told[0].id, "t1");
  EXPECT_EQ(told[0].ts_ms, 1000);
  EXPECT_EQ(told[1].status, Status::kEnd);
  EXPECT_EQ(told[1].ts_ms, 2000);
  EXPECT_EQ(told[1].events, 3);
  using Tables = std::vector<std::pair<std::string, int64_t>>;
  EXPECT_EQ(told[1].tables, (Tables{{"shop.a", 2}, {"shop.b", 1}}));
}

TEST_F(TransactionCounterTest, GoesOnInTheNextBatch) {
  Begin("t1");
  Put(a_, Op::kCreate);
  ASSERT_EQ(Count().size(), 1U);
  Put(a_, Op::kCreate);
  EXPECT_TRUE(Count().empty());
  EXPECT_EQ(places_, (std::vector<std::string>{"t1 2 2"}));
  End("t1");
  const auto told = Count();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].events, 2);
}

TEST_F(TransactionCounterTest, BeginsAnewWithEachTransaction) {
  Begin("t1");
  Put(a_, Op::kCreate);
  End("t1");
  Begin("t2");
  Put(a_, Op::kCreate);
  End("t2");
  ASSERT_EQ(Count().size(), 4U);
  EXPECT_EQ(places_, (std::vector<std::string>{"t1 1 1", "t2 1 1"}));
}

TEST_F(TransactionCounterTest, AMovedKeyIsTwoRecords) {
  Begin("t1");
  Put(a_, Op::kUpdate, 1, 2);
  Put(a_, Op::kUpdate, 2, 2);
  End("t1");
  EXPECT_EQ(Count()[1].events, 3);
  EXPECT_EQ(places_, (std::vector<std::string>{"t1 1 1", "t1 3 3"}));
}

TEST_F(TransactionCounterTest, WhatIsOutsideOfOneHasNoPlace) {
  Put(a_, Op::kTruncate);
  Begin("t1");
  End("t1");
  Put(a_, Op::kTruncate);
  const auto told = Count();
  EXPECT_EQ(places_, (std::vector<std::string>{"-", "-"}));
  EXPECT_EQ(told[1].events, 0);
  EXPECT_TRUE(told[1].tables.empty());
}

TEST_F(TransactionCounterTest, OperationsThatAreLeftOutAreNotCounted) {
  options_.skipped = "d";
  TransactionCounter counter(options_);
  Begin("t1");
  Put(a_, Op::kDelete);
  Put(a_, Op::kCreate);
  End("t1");
  const auto told = counter.Count(batch_);
  EXPECT_TRUE(batch_.places[0].id.empty());
  EXPECT_EQ(batch_.places[1].total_order, 1);
  EXPECT_EQ(told[1].events, 1);
}

TEST_F(TransactionCounterTest, ATransactionThatTheLogBreaksOffHasNoEnd) {
  Begin("t1");
  Put(a_, Op::kCreate);
  Begin("t2");
  Put(a_, Op::kCreate);
  End("t2");
  const auto told = Count();
  ASSERT_EQ(told.size(), 3U);
  EXPECT_EQ(told[2].id, "t2");
  EXPECT_EQ(told[2].events, 1);
}

}  // namespace
}  // namespace rowhouse::capture
