#include "backfill/copy.h"

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "testing/fake_database.h"

namespace rowhouse::backfill {
namespace {

using testing::FakeDatabase;
using testing::FakeWrite;

const TableId kOrders{"shop", "orders"};

// A table of the target in memory: the newest version of a key wins.
struct Stored {
  std::string note;
  RowVersion version;
  bool deleted = false;
};

using Store = std::map<int64_t, Stored>;

class FakeTarget final : public RowTarget {
 public:
  FakeTarget(Store& store, int& fail_flushes) : store_(store), fail_flushes_(fail_flushes) {}

  Status Add(const Change& row, RowVersion version) override {
    added_[row.after[0].i] = {std::string(row.after[1].bytes()), version};
    return Ok();
  }

  Status Flush() override {
    if (fail_flushes_ > 0) {
      --fail_flushes_;
      return Error(ErrorKind::kUnavailable, "away");
    }
    for (const auto& [id, row] : added_) {
      Stored& there = store_[id];
      there = there.version > row.version ? there : row;
    }
    added_.clear();
    return Ok();
  }

  void Drop() override { added_.clear(); }

  size_t bytes_added() const override { return added_.size(); }

  Result<std::vector<uint32_t>> Missing(const std::vector<const Cell*>& keys, RowVersion read_at)
      override {
    std::vector<uint32_t> missing;
    for (uint32_t i = 0; i < keys.size(); ++i) {
      const auto at = store_.find(keys[i][0].i);
      if (at == store_.end() || (at->second.deleted && at->second.version < read_at)) {
        missing.push_back(i);
      }
    }
    return missing;
  }

  Result<std::vector<Difference>> Differing(
      const std::vector<const Cell*>& rows, RowVersion read_at
  ) override {
    std::vector<Difference> found;
    for (uint32_t i = 0; i < rows.size(); ++i) {
      const auto at = store_.find(rows[i][0].i);
      const bool gone = at != store_.end() && at->second.deleted && at->second.version < read_at;
      if (at == store_.end() || gone) {
        found.push_back({i, false});
      } else if (at->second.note != rows[i][1].bytes() && at->second.version < read_at) {
        found.push_back({i, true});
      }
    }
    return found;
  }

  Status VoidBefore(RowVersion) override { return Ok(); }

 private:
  Store& store_;
  int& fail_flushes_;
  Store added_;
};

class CopyTest : public ::testing::Test {
 protected:
  CopyTest() : database_({}) {
    database_.AddTable(kOrders, true);
    std::vector<FakeWrite> writes;
    for (int64_t id = 1; id <= 100; ++id) {
      writes.push_back({Op::kCreate, kOrders, {}, {id, "n" + std::to_string(id)}});
    }
    database_.Commit(writes);
    options_.chunk_rows = 7;
    schema_ = std::make_shared<TableSchema>(*database_.OpenCatalog()->Table(kOrders));
  }

  Result<CopyTotals> Run(const TableProgress& from = {}) {
    CopyWorld world;
    world.open_reader = [this]() -> Result<std::unique_ptr<TableReader>> {
      return database_.OpenReader();
    };
    world.open_target = [this]() -> Result<std::unique_ptr<RowTarget>> {
      return std::unique_ptr<RowTarget>(std::make_unique<FakeTarget>(store_, fail_flushes_));
    };
    world.save = [this](const TableProgress& progress, const CopyTotals&) {
      saved_.push_back(progress);
      if (saves_ + 1 == stop_request_at_save_) {
        stop_.request_stop();
      }
      return ++saves_ == stop_at_save_ ? Status(Error(ErrorKind::kInternal, "stop here")) : Ok();
    };
    options_.readers = 1;  // the fakes are one thread's
    return Copy(schema_, options_, world).Run(from, {}, stop_.get_token());
  }

  FakeDatabase database_;
  TableSchemaPtr schema_;
  CopyOptions options_;
  Store store_;
  int fail_flushes_ = 0;
  std::vector<TableProgress> saved_;
  int saves_ = 0;
  int stop_at_save_ = -1;
  int stop_request_at_save_ = -1;
  std::stop_source stop_;
};

TEST_F(CopyTest, CopiesEveryRowOnceWithAVersionBelowLaterChanges) {
  const auto totals = Run();
  ASSERT_TRUE(totals) << totals.error().ToString();
  EXPECT_EQ(*totals, (CopyTotals{100, 0, 100, 0}));
  EXPECT_EQ(store_.size(), 100U);
  const auto at = database_.OpenCatalog()->CurrentPosition();
  EXPECT_LT(store_[1].version, RowVersion::Make(0, 1, at->binlog.pos, 1));
  EXPECT_EQ(store_[1].version, *VersionOfRead(*at, 0));
}

// The first event behind the place of the read is at the place itself; the last one before it
// starts some bytes earlier.
TEST_F(CopyTest, OfAllRowsOneDeletedAtThePlaceOfTheReadStaysDeleted) {
  const auto at = database_.OpenCatalog()->CurrentPosition();
  const RowVersion behind = RowVersion::Make(0, 1, at->binlog.pos, 0);
  const RowVersion before = RowVersion::Make(0, 1, at->binlog.pos - 20, UINT32_MAX);
  store_[1] = {"n1", behind, true};
  store_[2] = {"n2", before, true};  // and inserted again before the place, as the read shows
  const auto totals = Run();
  ASSERT_TRUE(totals) << totals.error().ToString();
  EXPECT_TRUE(store_[1].deleted);
  EXPECT_EQ(store_[1].version, behind);
  EXPECT_FALSE(store_[2].deleted);
}

TEST_F(CopyTest, LeavesAloneWhatIsNewerOrDeletedLater) {
  options_.mode = Mode::kChanged;
  const RowVersion later = RowVersion::Make(0, 9, 9, 1);
  store_[1] = {"newer", later};
  store_[2] = {"n2", later, true};
  store_[3] = {"older", RowVersion::Make(0, 0, 9, 1)};
  const auto totals = Run();
  ASSERT_TRUE(totals) << totals.error().ToString();
  EXPECT_EQ(*totals, (CopyTotals{100, 2, 97, 1}));
  EXPECT_EQ(store_[1].note, "newer");
  EXPECT_TRUE(store_[2].deleted);
  EXPECT_EQ(store_[3].note, "n3");
  EXPECT_EQ(*Run(), (CopyTotals{100, 100, 0, 0}));
}

TEST_F(CopyTest, GoesOnWhereItWasSavedAndAfterTheTargetWasAway) {
  stop_at_save_ = 3;
  EXPECT_FALSE(Run());
  EXPECT_LT(store_.size(), 100U);
  fail_flushes_ = 1;
  const auto totals = Run(saved_.back());
  ASSERT_TRUE(totals) << totals.error().ToString();
  EXPECT_EQ(totals->read, 100U - 21U);
  EXPECT_EQ(store_.size(), 100U);
  EXPECT_EQ(saved_.back().state, TableProgress::State::kDone);
}

TEST_F(CopyTest, EndsAfterTheChunkInWhichItIsStopped) {
  stop_request_at_save_ = 3;
  const auto totals = Run();
  ASSERT_FALSE(totals);
  EXPECT_EQ(totals.error().kind(), ErrorKind::kCancelled);
  EXPECT_EQ(store_.size(), 21U);
}

TEST_F(CopyTest, ReadsNoMoreAtOnceThanASecondMay) {
  options_.rows_per_second = 3;
  stop_request_at_save_ = 1;
  ASSERT_FALSE(Run());
  EXPECT_EQ(store_.size(), 3U);
}

TEST_F(CopyTest, RefusesASourceWhoseLogStandsBeforeTheTargetsRows) {
  options_.newest = RowVersion::Make(0, 7, 4, 1);
  const auto totals = Run();
  ASSERT_FALSE(totals);
  EXPECT_EQ(totals.error().code(), "E-FILL-002");
  EXPECT_TRUE(store_.empty());
}

TEST_F(CopyTest, ReadsAgainWhereItHasReadBefore) {
  const auto at = database_.OpenCatalog()->CurrentPosition();
  options_.newest = *VersionOfRead(*at, 100);  // as rows without key have it
  EXPECT_TRUE(Run());
}

TEST_F(CopyTest, WhatWasChangedInTheTargetWhileTheLogStoodStillIsWrittenAgain) {
  const auto at = database_.OpenCatalog()->CurrentPosition();
  ASSERT_TRUE(Run());
  store_[5].note = "by hand";
  store_[6].deleted = true;
  options_.mode = Mode::kChanged;
  options_.newest = store_[5].version;
  EXPECT_EQ(*Run(), (CopyTotals{100, 98, 1, 1}));
  EXPECT_EQ(store_[5].note, "n5");
  EXPECT_GT(store_[5].version, options_.newest);
  EXPECT_LT(store_[5].version, RowVersion::Make(0, 1, at->binlog.pos, 0));
  options_.newest = store_[5].version;
  EXPECT_EQ(*Run(), (CopyTotals{100, 100, 0, 0}));
}

TEST_F(CopyTest, RefusesToCompareRowsWithoutKey) {
  TableSchema keyless = *schema_;
  keyless.primary_key.clear();
  options_.mode = Mode::kMissing;
  EXPECT_EQ(Copy::Check(keyless, options_).error().code(), "E-FILL-001");
  options_.mode = Mode::kAll;
  EXPECT_TRUE(Copy::Check(keyless, options_));
  options_.where = "1";
  EXPECT_FALSE(Copy::Check(keyless, options_));
}

}  // namespace
}  // namespace rowhouse::backfill
