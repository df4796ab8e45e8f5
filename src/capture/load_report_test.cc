#include "capture/load_report.h"

#include <gtest/gtest.h>

namespace rowhouse::capture {
namespace {

constexpr int64_t kSecond = 1'000'000;

LoadCounters Half() {
  LoadCounters load;
  load.running = true;
  load.rows = 1'250'000;
  load.rows_before = 250'000;
  load.rows_estimated = 2'500'000;
  load.began_us = 100 * kSecond;
  return load;
}

TEST(LoadReport, SaysShareRateAndTimeLeft) {
  EXPECT_EQ(
      DescribeLoad(Half(), 110 * kSecond), "50 % of about 2,500,000 rows, 100,000 rows/s, 13 s left"
  );
}

TEST(LoadReport, CountsOnlyRowsOfThisLifeInTheRate) {
  EXPECT_DOUBLE_EQ(Half().RowsPerSecond(110 * kSecond), 100'000);
}

TEST(LoadReport, AnEstimateThatWasPassedSaysNothing) {
  LoadCounters load = Half();
  load.rows_estimated = 900'000;
  EXPECT_EQ(DescribeLoad(load, 110 * kSecond), "1,250,000 rows, 100,000 rows/s");
  EXPECT_FALSE(load.EtaSeconds(110 * kSecond));
}

TEST(LoadReport, NothingIsGuessedBeforeTheFirstChunk) {
  LoadCounters load = Half();
  load.rows = load.rows_before = 0;
  EXPECT_EQ(DescribeLoad(load, 100 * kSecond), "0 % of about 2,500,000 rows");
}

TEST(LoadReport, LongTimesComeInHours) {
  LoadCounters load = Half();
  load.rows_estimated = 2'001'250'000;
  EXPECT_EQ(
      DescribeLoad(load, 110 * kSecond),
      "0 % of about 2,001,250,000 rows, 100,000 rows/s, 5 h 33 min left"
  );
}

}  // namespace
}  // namespace rowhouse::capture
