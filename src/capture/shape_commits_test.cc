#include "capture/shape_commits.h"

#include <gtest/gtest.h>

namespace rowhouse::capture {
namespace {

TableSchemaPtr Shape(const std::string& column) {
  TableSchema table;
  table.id = {"shop", "orders"};
  table.columns.emplace_back().name = column;
  return std::make_shared<const TableSchema>(std::move(table));
}

TEST(ShapeCommits, ComeBetweenTwoShapesUnlessOneWasAskedFor) {
  const TableSchemaPtr a = Shape("a");
  const TableSchemaPtr b = Shape("b");
  ShapeCommits commits;
  EXPECT_FALSE(commits.NeedsCommit(a, 0)) << "nothing was handed over";
  commits.Handed(a, 0);
  EXPECT_FALSE(commits.NeedsCommit(a, 0));
  EXPECT_FALSE(commits.NeedsCommit(Shape("a"), 0)) << "the same shape, read anew";
  EXPECT_TRUE(commits.NeedsCommit(b, 0));
  EXPECT_FALSE(commits.NeedsCommit(b, 1)) << "all before it is in the first commit";
  commits.Handed(b, 1);
  EXPECT_TRUE(commits.NeedsCommit(a, 1));
}

class CutPlaceTest : public ::testing::Test {
 protected:
  // A batch whose last row stands at `row` (0: none), with the boundary behind it or before.
  void Pass(uint64_t row, uint64_t boundary, bool at_boundary) {
    ChangeBatch batch;
    batch.resume.binlog = {"b.000001", boundary};
    batch.at_boundary = at_boundary;
    if (row != 0) {
      EventOrigin& origin = batch.origins.emplace_back();
      origin.file = "b.000001";
      origin.pos = row;
      batch.changes.emplace_back().origin = &origin;
    }
    place_.Pass(batch);
  }

  CutPlace place_;
};

TEST_F(CutPlaceTest, IsBetweenTransactions) {
  Pass(100, 200, true);
  EXPECT_TRUE(place_.may_cut());
}

TEST_F(CutPlaceTest, IsNotBehindTheFirstRowsOfOne) {
  Pass(250, 200, false);
  EXPECT_FALSE(place_.may_cut());
  Pass(0, 200, false);
  EXPECT_FALSE(place_.may_cut());
  Pass(300, 400, true);
  EXPECT_TRUE(place_.may_cut());
}

TEST_F(CutPlaceTest, IsInsideOneThatHasNoRowsYet) {
  Pass(150, 200, false);
  EXPECT_TRUE(place_.may_cut());
  Pass(250, 200, false);
  Pass(0, 300, false);
  EXPECT_TRUE(place_.may_cut());
}

TEST_F(CutPlaceTest, IsNotInsideOneWhoseBeginIsTold) {
  ChangeBatch batch;
  batch.resume.binlog = {"b.000001", 200};
  batch.at_boundary = false;
  batch.transactions.push_back({TransactionMark::Kind::kEnd, 0, 0, "a"});
  place_.Pass(batch);
  EXPECT_TRUE(place_.may_cut());
  batch.transactions.push_back({TransactionMark::Kind::kBegin, 0, 0, "b"});
  place_.Pass(batch);
  EXPECT_FALSE(place_.may_cut());
  Pass(0, 200, false);
  EXPECT_FALSE(place_.may_cut());
}

}  // namespace
}  // namespace rowhouse::capture
