#include "capture/table_load.h"

#include <gtest/gtest.h>

namespace rowhouse::capture {
namespace {

using State = TableProgress::State;

TableLoad NewLoad(const TableProgress& from = {}) {
  return {std::make_shared<const TableSchema>(), from, 1};
}

TEST(TableLoad, ASmallTableIsOneRange) {
  TableLoad load = NewLoad();
  const auto work = load.Take();
  ASSERT_TRUE(work);
  EXPECT_TRUE(work->is_tail);
  EXPECT_EQ(work->range, KeyRange());
  EXPECT_FALSE(load.Take()) << "the tail is held";
  load.Read(work->range, "");
  EXPECT_TRUE(load.all_taken());
  EXPECT_EQ(load.Progress().state, State::kLoading) << "its chunk waits for its place";
  load.Placed(work->range, 3);
  EXPECT_EQ(load.Progress().state, State::kDone);
  EXPECT_EQ(load.Progress().rows, 3u);
}

TEST(TableLoad, WhatIsCutOffIsReadWhileOthersCutOn) {
  TableLoad load = NewLoad();
  const KeyRange first = (load.Take(), load.Cut("10"));
  const KeyRange second = (load.Take(), load.Cut("20"));
  EXPECT_EQ(second, (KeyRange{"10", "20"}));
  load.Read(second, "");
  load.Placed(second, 5);
  const TableProgress progress = load.Progress();
  EXPECT_EQ(progress.loaded_to, "20");
  EXPECT_EQ(progress.open, std::vector{first}) << "not acknowledged yet";
  EXPECT_FALSE(progress.tail_taken);
}

TEST(TableLoad, ARangeThatWasNotReadToItsEndIsHandedOutAgain) {
  TableLoad load = NewLoad();
  const KeyRange range = (load.Take(), load.Cut("10"));
  EXPECT_EQ(load.Read(range, "4"), (KeyRange{"", "4"}));
  const auto rest = load.Take();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->range, (KeyRange{"4", "10"}));
  EXPECT_FALSE(rest->is_tail);
}

TEST(TableLoad, ATailThatWasNotReadToItsEndStaysTheTail) {
  TableLoad load = NewLoad();
  load.Read(load.Take()->range, "4");
  const auto rest = load.Take();
  ASSERT_TRUE(rest);
  EXPECT_EQ(rest->range, (KeyRange{"4", ""}));
  EXPECT_TRUE(rest->is_tail);
}

TEST(TableLoad, AnOverrunRangeIsHandedOutFirst) {
  TableLoad load = NewLoad();
  const KeyRange range = (load.Take(), load.Cut("10"));
  load.Read(range, "");
  load.GiveBack(range);
  EXPECT_EQ(load.Take()->range, range);
}

TEST(TableLoad, GoesOnAfterACrashWhereverItWas) {
  TableLoad before = NewLoad();
  const KeyRange a = (before.Take(), before.Cut("10"));
  const KeyRange b = (before.Take(), before.Cut("20"));
  const auto tail = before.Take();
  before.Read(b, "15");
  before.Placed({"10", "15"}, 5);
  // The tail was read to its end but is not in the stream.
  before.Read(tail->range, "");
  const TableProgress saved = before.Progress();
  EXPECT_TRUE(saved.tail_taken);

  TableLoad after = NewLoad(saved);
  std::vector<KeyRange> ranges;
  while (const auto work = after.Take()) {
    EXPECT_FALSE(work->is_tail);
    ranges.push_back(work->range);
  }
  EXPECT_EQ(ranges.size(), 3u);
  for (const KeyRange& range : {a, KeyRange{"15", "20"}, KeyRange{"20", ""}}) {
    EXPECT_EQ(std::count(ranges.begin(), ranges.end(), range), 1) << range.after;
    after.Read(range, "");
    after.Placed(range, 1);
  }
  EXPECT_EQ(after.Progress().state, State::kDone);
  EXPECT_EQ(after.Progress().rows, 8u);
}

TEST(TableLoad, TheHeldTailIsNotNamedAsOpen) {
  TableLoad load = NewLoad();
  load.Read(load.Take()->range, "4");
  load.Placed({"", "4"}, 4);
  load.Take();
  const TableProgress progress = load.Progress();
  EXPECT_EQ(progress.loaded_to, "4");
  EXPECT_TRUE(progress.open.empty());
  EXPECT_FALSE(progress.tail_taken);
}

TEST(TableLoad, ARepeatedLoadRemembersThatAndItsFirstPlace) {
  TableProgress from;
  from.reload = true;
  TableLoad load = NewLoad(from);
  load.SetSince({2, {"b.000003", 40}, "gtid", "server"});
  load.SetSince({2, {"b.000003", 90}, "gtid", "server"});
  const auto work = load.Take();
  load.Read(work->range, "");
  load.Placed(work->range, 0);
  EXPECT_TRUE(load.Progress().reload);
  EXPECT_EQ(load.Progress().since, (SourcePosition{2, {"b.000003", 40}, "", ""}));
}

}  // namespace
}  // namespace rowhouse::capture
