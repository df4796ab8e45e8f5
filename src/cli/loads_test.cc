#include "cli/loads.h"

#include <gtest/gtest.h>

namespace rowhouse::cli {
namespace {

TEST(Loads, AreReadAsTheyWereWritten) {
  capture::Progress progress;
  progress.UpdateTable({"shop", "or\"ders"}, [](capture::TableCounters& t) {
    t.load.running = true;
    t.load.rows = 500;
    t.load.rows_estimated = 1500;
    t.load.chunks = 3;
    t.load.began_us = 0;
  });
  progress.UpdateTable({"shop", "done"}, [](capture::TableCounters& t) { t.load.rows = 9; });
  const auto loads = ParseLoads(LoadsJson(progress, 5'000'000));
  ASSERT_TRUE(loads) << loads.error().ToString();
  ASSERT_EQ(loads->size(), 1U);
  const LoadStatus& load = loads->at("shop.or\"ders");
  EXPECT_EQ(load.rows, 500U);
  EXPECT_EQ(load.rows_estimated, 1500U);
  EXPECT_DOUBLE_EQ(load.rows_per_second, 100);
  EXPECT_DOUBLE_EQ(*load.eta_seconds, 10);
  EXPECT_EQ(load.chunks, 3U);
  EXPECT_EQ(load.text, "33 % of about 1,500 rows, 100 rows/s, 10 s left");
}

TEST(Loads, GarbageIsAnErrorNotAThrow) {
  for (const char* text : {"", "{}", "[]", R"({"tables":[{}]})", R"({"tables":[{"rows":"x"}]})"}) {
    EXPECT_FALSE(ParseLoads(text)) << text;
  }
}

}  // namespace
}  // namespace rowhouse::cli
