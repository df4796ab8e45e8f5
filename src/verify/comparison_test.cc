#include "verify/comparison.h"

#include <algorithm>
#include <functional>
#include <map>

#include <gtest/gtest.h>

namespace rowhouse::verify {
namespace {

using Kind = RowDifference::Kind;

BinlogPosition Log(uint64_t pos) {
  return {"binlog.000001", pos};
}

RowVersion V(uint64_t pos) {
  return VersionAt(0, Log(pos));
}

SourcePosition At(uint64_t pos) {
  SourcePosition at;
  at.binlog = Log(pos);
  return at;
}

// Rows by number; keys are written as their decimal digits.
struct Table {
  std::map<uint64_t, RowState> rows;

  static uint64_t Hash(const RowState& row) { return std::hash<std::string>()(row.hash); }

  static bool Holds(const Region& region, uint64_t key) {
    const bool in_span = !region.span || (key >= region.span->first && key <= region.span->last);
    const auto bucket = static_cast<uint32_t>(key & (region.buckets - 1));
    return in_span &&
           (region.of.empty() || std::ranges::find(region.of, bucket) != region.of.end());
  }

  RowSum Sum(const Region& region) const {
    RowSum sum;
    for (const auto& [key, row] : rows) {
      if (Holds(region, key)) {
        sum.rows += row.count;
        sum.hashes += Hash(row) * row.count;
      }
    }
    return sum;
  }

  BucketSums Sums(const Region& region, uint32_t buckets) const {
    BucketSums sums;
    for (const auto& [key, row] : rows) {
      if (Holds(region, key)) {
        RowSum& sum = sums[static_cast<uint32_t>(key & (buckets - 1))];
        sum.rows += row.count;
        sum.hashes += Hash(row) * row.count;
      }
    }
    return sums;
  }

  RowStates Rows(const Region& region) const {
    RowStates states;
    for (const auto& [key, row] : rows) {
      if (Holds(region, key)) {
        states[std::to_string(key)] = row;
      }
    }
    return states;
  }

  std::optional<KeySpan> Span() const {
    return rows.empty() ? std::nullopt
                        : std::optional(KeySpan{rows.begin()->first, rows.rbegin()->first});
  }
};

// What both fakes answer from; `before` runs ahead of every question to a side.
struct World {
  Table source;
  Table target;
  std::map<uint64_t, RowVersion> versions;  // of the target's rows
  uint64_t log_end = 100;
  bool streams = true;
  std::string standing;  // why it does not move
  std::function<void()> before_target = [] {};
  std::function<void()> on_wait = [] {};
  int waits = 0;
  std::vector<std::string> put;
  uint64_t rows_fetched = 0;
};

class FakeSource final : public SourceSide {
 public:
  explicit FakeSource(World& world) : w_(world) {}

  Result<std::optional<KeySpan>> Span() override { return w_.source.Span(); }

  Result<RowSum> Sum(const Region& r) override { return w_.source.Sum(r); }

  Result<RowSum> Count(const Region& r) override { return RowSum{w_.source.Sum(r).rows, 0}; }

  Result<BucketSums> Sums(const Region& r, uint32_t n) override { return w_.source.Sums(r, n); }

  Result<RowStates> Rows(const Region& r) override {
    RowStates rows = w_.source.Rows(r);
    w_.rows_fetched += rows.size();
    return rows;
  }

  Result<CellRows> Cells(const std::vector<std::string>&) override { return CellRows(); }

  Result<SourceRows> Lookup(const std::vector<std::string>& keys, const SourcePosition& seen)
      override {
    SourceRows out;
    out.at = seen;
    out.log_end = Log(w_.log_end);
    const RowStates all = w_.source.Rows({});
    for (const std::string& key : keys) {
      if (all.contains(key)) {
        out.rows[key] = all.at(key);
      }
    }
    return out;
  }

  Result<SourceCells> Read(const std::vector<std::string>&, const SourcePosition& seen) override {
    return SourceCells{{}, seen};
  }

  Result<BinlogPosition> LogEnd() override { return Log(w_.log_end); }

 private:
  World& w_;
};

class FakeTarget final : public TargetSide {
 public:
  explicit FakeTarget(World& world) : w_(world) {}

  Result<std::optional<KeySpan>> Span() override { return w_.target.Span(); }

  Result<RowSum> Sum(const Region& r) override { return w_.target.Sum(r); }

  Result<RowSum> Count(const Region& r) override { return RowSum{w_.target.Sum(r).rows, 0}; }

  Result<BucketSums> Sums(const Region& r, uint32_t n) override { return w_.target.Sums(r, n); }

  Result<RowStates> Rows(const Region& r) override { return w_.target.Rows(r); }

  Result<CellRows> Cells(const std::vector<std::string>&) override { return CellRows(); }

  Result<TargetRows> Lookup(const std::vector<std::string>& keys, const std::optional<RowVersion>&)
      override {
    w_.before_target();
    TargetRows out;
    const RowStates all = w_.target.Rows({});
    for (const std::string& key : keys) {
      TargetRow& row = out[key];
      if (all.contains(key)) {
        row.state = all.at(key);
      }
      const auto version = w_.versions.find(std::stoull(key));
      row.version = version == w_.versions.end() ? RowVersion() : version->second;
    }
    return out;
  }

  Status Put(const std::vector<std::string>& keys, const SourceCells&, const TargetRows&) override {
    w_.put.insert(w_.put.end(), keys.begin(), keys.end());
    return Ok();
  }

  Status Adjust(const std::string&, const CellRow&, int64_t, const SourcePosition&) override {
    return Ok();
  }

 private:
  World& w_;
};

class FakeStream final : public StreamProgress {
 public:
  explicit FakeStream(World& world) : w_(world) {}

  Result<StreamAnswer> WaitFor(const BinlogPosition& place) override {
    ++w_.waits;
    w_.on_wait();
    if (!w_.standing.empty()) {
      return StreamAnswer{std::nullopt, w_.standing};
    }
    return w_.streams ? StreamAnswer{At(place.pos)} : StreamAnswer();
  }

  Status Settle() override {
    w_.on_wait();
    return Ok();
  }

 private:
  World& w_;
};

Comparison Compare(World& world, CompareOptions options = {}) {
  options.has_spans = true;
  FakeSource source(world);
  FakeTarget target(world);
  FakeStream stream(world);
  auto result = Comparer(source, target, stream, options).Run();
  EXPECT_TRUE(result) << result.error().ToString();
  return *std::move(result);
}

World Equal(uint64_t rows) {
  World world;
  for (uint64_t key = 1; key <= rows; ++key) {
    world.source.rows[key] = world.target.rows[key] = {"row " + std::to_string(key), 1};
    world.versions[key] = V(10);
  }
  return world;
}

std::map<std::string, Kind> Named(const Comparison& comparison) {
  std::map<std::string, Kind> named;
  for (const RowDifference& row : comparison.named) {
    named[row.key] = row.kind;
  }
  return named;
}

TEST(Comparer, EqualTablesAreEqualWithoutAskingTheStream) {
  World world = Equal(1'000);
  const Comparison result = Compare(world);
  EXPECT_TRUE(result.equal());
  EXPECT_EQ(result.rows, 1'000U);
  EXPECT_EQ(world.waits, 0);
}

TEST(Comparer, NamesMissingExtraAndChangedRows) {
  World world = Equal(100'000);
  world.target.rows.erase(77);
  world.versions.erase(77);
  world.target.rows[100'001] = {"extra", 1};
  world.versions[100'001] = V(11);
  world.target.rows[5].hash = "other";
  const Comparison result = Compare(world);
  EXPECT_EQ(
      Named(result),
      (std::map<std::string, Kind>{
          {"77", Kind::kMissing}, {"100001", Kind::kExtra}, {"5", Kind::kChanged}})
  );
  EXPECT_LT(world.rows_fetched, 10'000U);  // the buckets that differ, not the chunks
}

TEST(Comparer, RowsThatHaveSwappedTheirValuesDiffer) {
  World world = Equal(10);
  std::swap(world.target.rows[3].hash, world.target.rows[4].hash);
  CompareOptions rows;
  rows.mode = Mode::kRows;
  EXPECT_EQ(Compare(world, rows).differing, 2U);
}

TEST(Comparer, ARowThatTheStreamStillBringsIsEqual) {
  World world = Equal(1'000);
  world.source.rows[7].hash = "new";
  world.on_wait = [&world] { world.target.rows[7].hash = "new"; };
  const Comparison result = Compare(world);
  EXPECT_TRUE(result.equal());
  EXPECT_EQ(result.looked_again, 1U);
}

TEST(Comparer, ARowThatChangesAtEveryLookIsUndecidedAndNotDifferent) {
  World world = Equal(1'000);
  world.target.rows[7].hash = "lags";
  world.before_target = [&world] {
    world.log_end += 10;
    world.versions[7] = V(world.log_end - 1);
  };
  const Comparison result = Compare(world);
  EXPECT_TRUE(result.equal());
  EXPECT_EQ(result.undecided, 1U);
}

TEST(Decide, AChangeThatTheSnapshotMayNotHaveShownIsLookedAtAgain) {
  const RowState old{"old", 1};
  const TargetRow row{RowState{"new", 1}, V(105)};
  // Logged at 105, before the log's end at 110; visible for certain is what lies before 100.
  EXPECT_EQ(Decide({&old, &row, V(100), V(110), nullptr}), Verdict::kLookAgain);
  EXPECT_EQ(Decide({&old, &row, V(110), V(120), nullptr}), Verdict::kDiffers);
}

TEST(Decide, ARowThatTheTargetNeverHadIsMissing) {
  const RowState row{"row", 1};
  const TargetRow none;
  EXPECT_EQ(Decide({&row, &none, V(100), V(110), nullptr}), Verdict::kDiffers);
  EXPECT_EQ(Decide({nullptr, &none, V(100), V(110), nullptr}), Verdict::kEqual);
}

TEST(Decide, AVersionBehindTheLogsEndCountsOnlyOnceItIsKnown) {
  const RowState row{"row", 1};
  const RowVersion ahead = V(115);
  const TargetRow other{RowState{"other", 1}, ahead};
  EXPECT_EQ(Decide({&row, &other, V(100), V(110), nullptr}), Verdict::kLookAgain);
  EXPECT_EQ(Decide({&row, &other, V(100), V(110), &ahead}), Verdict::kDiffers);
}

TEST(Comparer, AVersionThatTheSourceNeverGaveIsADifference) {
  World world = Equal(1'000);
  world.target.rows[2'000] = {"extra", 1};
  world.versions[2'000] = {UINT64_MAX, UINT64_MAX};
  const Comparison result = Compare(world);
  EXPECT_EQ(Named(result), (std::map<std::string, Kind>{{"2000", Kind::kExtra}}));
}

TEST(Comparer, WhereTheStreamStandsStillARowIsUndecidedAndNotDifferent) {
  World world = Equal(1'000);
  world.standing = "the queue does not move";
  world.source.rows[7].hash = "new";
  CompareOptions options;
  options.repair = true;
  const Comparison result = Compare(world, options);
  EXPECT_FALSE(result.equal());
  EXPECT_TRUE(result.open());
  EXPECT_EQ(result.differing, 0U);
  EXPECT_EQ(result.undecided, 1U);
  EXPECT_EQ(result.standing, "the queue does not move");
  EXPECT_TRUE(world.put.empty());

  world.source.rows[7] = world.target.rows[7];
  EXPECT_TRUE(Compare(world).equal());
}

TEST(Comparer, WithoutAStreamADifferenceHasToLast) {
  World world = Equal(1'000);
  world.streams = false;
  world.target.rows[7].hash = "other";
  EXPECT_EQ(Compare(world).differing, 1U);

  World late = Equal(1'000);
  late.streams = false;
  late.target.rows[7].hash = "other";
  int waits = 0;
  late.on_wait = [&] {
    if (++waits == 3) {
      late.target.rows[7].hash = late.source.rows[7].hash;
    }
  };
  EXPECT_TRUE(Compare(late).equal());
}

TEST(Comparer, CountsAloneDoNotSeeAChangedRow) {
  World world = Equal(1'000);
  world.target.rows[7].hash = "other";
  CompareOptions options;
  options.mode = Mode::kCount;
  EXPECT_TRUE(Compare(world, options).equal());
}

TEST(Comparer, RepairsExactlyWhatDiffers) {
  World world = Equal(1'000);
  world.target.rows[7].hash = "other";
  CompareOptions options;
  options.repair = true;
  const Comparison result = Compare(world, options);
  EXPECT_EQ(world.put, std::vector<std::string>{"7"});
  EXPECT_EQ(result.repaired, 1U);
}

TEST(Comparer, StopsWhenEnoughIsNamed) {
  World world = Equal(10'000);
  world.target.rows.clear();
  world.versions.clear();
  CompareOptions options;
  options.named_max = 10;
  const Comparison result = Compare(world, options);
  EXPECT_EQ(result.named.size(), 10U);
  EXPECT_TRUE(result.stopped);
}

TEST(Comparer, FindsARowAtEachEndOfTheKeys) {
  World world;
  for (const uint64_t key : {uint64_t{0}, UINT64_MAX}) {
    world.source.rows[key] = {"row", 1};
  }
  world.target.rows[0] = {"row", 1};
  world.versions[0] = V(10);
  const Comparison result = Compare(world);
  EXPECT_EQ(
      Named(result), (std::map<std::string, Kind>{{std::to_string(UINT64_MAX), Kind::kMissing}})
  );
  EXPECT_LT(result.chunks, 100U);
}

TEST(Comparer, ASampleSeesItsPartOfTheChunks) {
  World world = Equal(10'000);
  CompareOptions options;
  options.chunk_rows = 100;
  options.sample = 0.1;
  EXPECT_EQ(Compare(world, options).rows, 1'000U);
}

TEST(Comparer, ASampleOfATableOfOneChunkIsOfItsBuckets) {
  World world = Equal(10'240);
  CompareOptions options;
  options.sample = 0.1;
  EXPECT_EQ(Compare(world, options).rows, 1'020U);
}

TEST(Comparer, SamplesThatBeginElsewhereSeeOtherRows) {
  for (const uint64_t chunk : {100, 100'000}) {
    World world = Equal(1'024);
    world.target.rows.erase(700);
    CompareOptions options;
    options.chunk_rows = chunk;
    options.sample = 0.25;
    uint64_t found = 0;
    for (const double from : {0.0, 0.25, 0.5, 0.75}) {
      options.sample_from = from;
      found += Compare(world, options).differing;
    }
    EXPECT_EQ(found, 1U) << chunk;
  }
}

}  // namespace
}  // namespace rowhouse::verify
