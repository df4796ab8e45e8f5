#include "base/pacer.h"

#include <gtest/gtest.h>

namespace rowhouse {
namespace {

// A clock whose hands the test turns.
class Hands final : public Clock {
 public:
  TimePoint Now() const override { return now; }

  int64_t WallMicros() const override { return 0; }

  TimePoint now = TimePoint(seconds(1'000));
};

TEST(Pacer, RowsTakeTheTimeThatTheirNumberAllows) {
  Hands hands;
  Pacer pacer(2'000, hands);
  EXPECT_EQ(pacer.After(500), milliseconds(250));
  hands.now += milliseconds(250);
  EXPECT_EQ(pacer.After(1'000), milliseconds(500));
}

TEST(Pacer, RowsOfSeveralReadersAddUp) {
  Hands hands;
  Pacer pacer(1'000, hands);
  EXPECT_EQ(pacer.After(1'000), milliseconds(1'000));
  EXPECT_EQ(pacer.After(1'000), milliseconds(2'000));
}

TEST(Pacer, WhatReadingItselfTookIsPartOfTheWait) {
  Hands hands;
  Pacer pacer(1'000, hands);
  EXPECT_EQ(pacer.After(100), milliseconds(100));
  hands.now += milliseconds(60);
  EXPECT_EQ(pacer.After(100), milliseconds(140));
}

TEST(Pacer, APauseIsNotMadeUpForByABurst) {
  Hands hands;
  Pacer pacer(1'000, hands);
  EXPECT_EQ(pacer.After(10), milliseconds(10));
  hands.now += seconds(60);
  EXPECT_EQ(pacer.After(500), milliseconds(500));
}

TEST(Pacer, NoLimitIsNoWait) {
  EXPECT_EQ(Pacer(0).After(UINT64_MAX), milliseconds(0));
}

}  // namespace
}  // namespace rowhouse
