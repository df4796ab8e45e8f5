#include "browse/scan.h"

#include <random>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "browse/fake_stream_test.h"

namespace rowhouse::browse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class Watcher : public ScanWatcher {
 public:
  std::vector<Match> matches;
  std::vector<ScanProgress> progress;
  std::function<void()> on_matches = [] {};

  void OnMatches(std::vector<Match> found) override {
    for (Match& match : found) {
      matches.push_back(std::move(match));
    }
    on_matches();
  }

  void OnProgress(const ScanProgress& p) override { progress.push_back(p); }

  std::vector<std::string> Values() const {
    std::vector<std::string> values;
    for (const Match& match : matches) {
      values.push_back(match.row.value);
    }
    return values;
  }
};

class ScanTest : public ::testing::Test {
 protected:
  ScanEnd Run(const ScanRequest& request) {
    auto end = Scan(request, stream, schemas, watcher, stop.get_token());
    EXPECT_TRUE(end) << end.error().ToString();
    return end ? *end : ScanEnd();
  }

  static ScanRequest From(std::string_view from, std::string_view to = "now") {
    ScanRequest request;
    request.from = ScanFrom::Parse(from).value();
    request.to = ScanTo::Parse(to).value();
    return request;
  }

  static std::shared_ptr<const Filter> Where(std::string_view text) {
    return Filter::Parse(text).value();
  }

  FakeStream stream;
  Schemas schemas{nullptr};
  Watcher watcher;
  std::stop_source stop;
};

TEST_F(ScanTest, NewestGoesOverAllPartitionsInOrderOfTime) {
  for (int i = 0; i < 10; ++i) {
    stream.Add(i % 2, 100 + i, "v" + std::to_string(i));
  }
  ScanRequest request = From("newest");
  request.limit = 4;
  const ScanEnd end = Run(request);
  EXPECT_THAT(watcher.Values(), ElementsAre("v9", "v8", "v7", "v6"));
  EXPECT_EQ(end.reason, ScanReason::kLimit);
  EXPECT_EQ(end.progress.matched, 4U);
}

TEST_F(ScanTest, NewestTakesWhatIsNewThoughPartitionsAreUneven) {
  for (int i = 0; i < 2000; ++i) {
    stream.Add(0, 10'000 + i, "busy" + std::to_string(i));
  }
  stream.Add(1, 5, "quiet0");
  stream.Add(1, 20'000, "quiet1");
  ScanRequest request = From("newest");
  request.limit = 3;
  Run(request);
  EXPECT_THAT(watcher.Values(), ElementsAre("quiet1", "busy1999", "busy1998"));
}

TEST_F(ScanTest, NewestFindsAnOldMatchAndSaysAllWasSearched) {
  for (int i = 0; i < 300'000; ++i) {
    stream.Add(i % 3, i, i == 17 ? "needle" : "hay");
  }
  ScanRequest request = From("newest");
  request.filter = Where("value == \"needle\"");
  const ScanEnd end = Run(request);
  EXPECT_THAT(watcher.Values(), ElementsAre("needle"));
  EXPECT_EQ(end.reason, ScanReason::kEnd);
  EXPECT_EQ(end.progress.scanned, 300'000U);
  EXPECT_EQ(end.progress.percent, 100);
}

TEST_F(ScanTest, NewestReadsNoFurtherBackThanItMust) {
  for (int i = 0; i < 100'000; ++i) {
    stream.Add(0, i, i % 1000 == 999 ? "x" : "y");
  }
  ScanRequest request = From("newest");
  request.filter = Where("value == 'x'");
  request.limit = 3;
  const ScanEnd end = Run(request);
  EXPECT_EQ(watcher.matches.size(), 3U);
  EXPECT_EQ(watcher.matches[0].row.offset, 99'999);
  EXPECT_LE(end.progress.scanned, 5'000U);
}

TEST_F(ScanTest, NewestGivesTheSameAsASortOfEverything) {
  std::mt19937 random(7);
  for (int round = 0; round < 30; ++round) {
    stream.partitions.clear();
    watcher.matches.clear();
    std::vector<std::pair<int64_t, std::string>> all;
    for (int p = 0; p < 4; ++p) {
      int64_t time = static_cast<int64_t>(random() % 50'000);
      const int count = static_cast<int>(random() % 12'000);
      stream.partitions[p];
      for (int i = 0; i < count; ++i) {
        time += static_cast<int64_t>(random() % 7);
        const std::string value = random() % 50 == 0 ? "hit" + std::to_string(time * 4 + p) : "no";
        stream.Add(p, time, value);
        if (value != "no") {
          all.emplace_back(time, value);
        }
      }
    }
    ScanRequest request = From("newest");
    request.text = "HIT";
    request.limit = 1 + random() % 400;
    Run(request);
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
      return a.first > b.first;
    });
    ASSERT_EQ(watcher.matches.size(), std::min(all.size(), request.limit)) << round;
    for (size_t i = 0; i < watcher.matches.size(); ++i) {
      ASSERT_EQ(watcher.matches[i].row.timestamp_ms, all[i].first) << round << " at " << i;
    }
  }
}

TEST_F(ScanTest, NewestPassesOverGapsThatCompactionLeaves) {
  for (int i = 0; i < 40'000; ++i) {
    stream.Add(0, i, "v");
  }
  auto& records = stream.partitions[0].records;
  records.erase(records.begin() + 10, records.end() - 1);
  ScanRequest request = From("newest");
  request.limit = 11;
  const ScanEnd end = Run(request);
  EXPECT_EQ(watcher.matches.size(), 11U);
  EXPECT_EQ(watcher.matches.back().row.offset, 0);
  EXPECT_EQ(end.progress.scanned, 11U);
}

TEST_F(ScanTest, NewestHoldsNoMoreBytesThanAllowed) {
  for (int i = 0; i < 4000; ++i) {
    stream.Add(0, i, std::string(400, 'x'));
  }
  ScanRequest request = From("newest");
  request.limit = 4000;
  request.held_bytes_max = 100'000;
  const ScanEnd end = Run(request);
  EXPECT_EQ(end.reason, ScanReason::kLimit);
  ASSERT_FALSE(watcher.matches.empty());
  EXPECT_LT(watcher.matches.size(), 250U);
  EXPECT_EQ(watcher.matches[0].row.offset, 3999);
}

TEST_F(ScanTest, ForwardKeepsTheOrderOfAPartitionAndStopsAtTheLimit) {
  for (int i = 0; i < 5000; ++i) {
    stream.Add(0, i, std::to_string(i));
  }
  ScanRequest request = From("offset:100");
  request.limit = 3;
  const ScanEnd end = Run(request);
  EXPECT_THAT(watcher.Values(), ElementsAre("100", "101", "102"));
  EXPECT_EQ(end.reason, ScanReason::kLimit);
  EXPECT_EQ(end.progress.lanes[0].at, 103);
}

TEST_F(ScanTest, BoundsByOffsetAndTimeHoldTheirLastOut) {
  for (int i = 0; i < 100; ++i) {
    stream.Add(0, 1000 + i, std::to_string(i));
  }
  Run(From("offset:10", "offset:12"));
  EXPECT_THAT(watcher.Values(), ElementsAre("10", "11"));
  watcher.matches.clear();
  Run(From("time:1050", "time:1053"));
  EXPECT_THAT(watcher.Values(), ElementsAre("50", "51", "52"));
  watcher.matches.clear();
  Run(From("time:9999"));
  EXPECT_THAT(watcher.Values(), IsEmpty());
  EXPECT_EQ(Run(From("end")).reason, ScanReason::kEnd);
  EXPECT_EQ(stream.seeks, 2U);
}

TEST_F(ScanTest, ReadsOnlyThePartitionsAskedFor) {
  stream.Add(0, 1, "a");
  stream.Add(1, 2, "b");
  stream.Add(2, 3, "c");
  ScanRequest request = From("newest");
  request.partitions = {0, 2};
  Run(request);
  EXPECT_THAT(watcher.Values(), ElementsAre("c", "a"));
  request.partitions = {5};
  const auto end = Scan(request, stream, schemas, watcher, {});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind(), ErrorKind::kNotFound);
  EXPECT_THAT(end.error().message(), HasSubstr("no partition 5; the topic has 3"));
}

TEST_F(ScanTest, WhatComesLaterIsNotPartOfNow) {
  stream.Add(0, 1, "old");
  stream.before_read = [this] { stream.Add(0, 2, "late"); };
  Run(From("beginning"));
  EXPECT_THAT(watcher.Values(), ElementsAre("old"));
}

TEST_F(ScanTest, LiveGoesOnUntilItIsCancelled) {
  stream.Add(0, 1, "old");
  int reads = 0;
  stream.before_read = [&] {
    if (++reads == 3) {
      stream.Add(0, 2, "new");
    }
    if (reads == 6) {
      stop.request_stop();
    }
  };
  ScanRequest request = From("newest");
  request.live = true;
  request.limit = 1;
  const ScanEnd end = Run(request);
  EXPECT_THAT(watcher.Values(), ElementsAre("old", "new"));
  EXPECT_EQ(end.reason, ScanReason::kCancelled);
}

TEST_F(ScanTest, CancelEndsASearchEarly) {
  for (int i = 0; i < 200'000; ++i) {
    stream.Add(0, i, "v");
  }
  stream.before_read = [&] {
    if (stream.given > 20'000) {
      stop.request_stop();
    }
  };
  ScanRequest request = From("newest");
  request.filter = Where("offset == 199999 || offset == 3");
  const ScanEnd end = Run(request);
  EXPECT_EQ(end.reason, ScanReason::kCancelled);
  EXPECT_EQ(watcher.matches.size(), 1U);
  EXPECT_LT(end.progress.scanned, 30'000U);
  EXPECT_LT(end.progress.percent, 50);
}

TEST_F(ScanTest, RecordsThatRetentionTakesArePassedOver) {
  for (int i = 0; i < 5000; ++i) {
    stream.Add(0, i, std::to_string(i));
  }
  bool taken = false;
  stream.before_read = [&] {
    if (!taken && stream.given >= 1000) {
      taken = true;
      stream.partitions[0].begin = 4990;
    }
  };
  ScanRequest request = From("beginning");
  request.limit = 10'000;
  const ScanEnd end = Run(request);
  EXPECT_EQ(end.reason, ScanReason::kEnd);
  EXPECT_EQ(watcher.matches.size(), 1010U);
  EXPECT_EQ(watcher.Values().back(), "4999");
}

TEST_F(ScanTest, BrokersThatSayNothingAreAnError) {
  stream.Add(0, 1, "a");
  stream.silent = true;
  ScanRequest request = From("beginning");
  request.silence_max = milliseconds(1);
  stream.before_read = [] {
    const auto until = Clock::Real().Now() + milliseconds(2);
    while (Clock::Real().Now() < until) {
    }
  };
  const auto end = Scan(request, stream, schemas, watcher, {});
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind(), ErrorKind::kUnavailable);
}

TEST_F(ScanTest, TellsProgressOfEachPartition) {
  for (int i = 0; i < 5000; ++i) {
    stream.Add(i % 2, i, "v");
  }
  ScanRequest request = From("beginning");
  request.filter = Where("false");
  request.progress_every = milliseconds(0);
  const ScanEnd end = Run(request);
  ASSERT_FALSE(watcher.progress.empty());
  const ScanProgress& first = watcher.progress.front();
  EXPECT_EQ(first.scanned, 1000U);
  EXPECT_NEAR(first.percent, 20, 0.1);
  EXPECT_EQ(first.lanes.size(), 2U);
  EXPECT_EQ(first.lanes[1].at, 500);
  EXPECT_EQ(end.progress.scanned, 5000U);
  EXPECT_EQ(end.progress.bytes, 5000U);
}

TEST_F(ScanTest, OneRecordByItsPlace) {
  for (int i = 0; i < 10; ++i) {
    stream.Add(0, i, "v" + std::to_string(i), "k");
  }
  auto& records = stream.partitions[0].records;
  records.erase(records.begin() + 5);
  const auto at = [&](int32_t partition, int64_t offset) {
    return ReadMessage(stream, schemas, partition, offset, Deadline::After(seconds(5)));
  };
  const auto there = at(0, 4);
  ASSERT_TRUE(there && *there);
  EXPECT_EQ((*there)->value.text, "v4");
  const auto gap = at(0, 5);
  ASSERT_TRUE(gap);
  EXPECT_FALSE(*gap);
  ASSERT_FALSE(at(0, 10));
  EXPECT_THAT(at(0, 10).error().message(), HasSubstr("it holds 0 up to 9"));
  EXPECT_EQ(at(1, 0).error().kind(), ErrorKind::kNotFound);
}

TEST(ScanWords, SayWhatIsAllowed) {
  for (const char* text : {"", "offset:", "offset:-5", "time:soon", "last:1y", "last:h", "first"}) {
    const auto from = ScanFrom::Parse(text);
    ASSERT_FALSE(from) << text;
    EXPECT_EQ(from.error().code(), "E-BROWSE-002");
    EXPECT_THAT(from.error().hint(), HasSubstr("last:1h"));
  }
  EXPECT_FALSE(ScanTo::Parse("later"));
  EXPECT_EQ(ScanFrom::Parse("time:1970-01-01T00:00:01Z")->value, 1000);
  EXPECT_EQ(ScanTo::Parse("time:5000")->value, 5000);
  EXPECT_EQ(ScanTo::Parse("never")->kind, ScanTo::Kind::kNever);
  EXPECT_NEAR(
      static_cast<double>(ScanFrom::Parse("last:2h")->value),
      static_cast<double>(Clock::Real().WallMicros() / 1000 - 7'200'000),
      60'000
  );
}

}  // namespace
}  // namespace rowhouse::browse
