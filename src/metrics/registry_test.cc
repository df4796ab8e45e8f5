#include "metrics/registry.h"

#include <set>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::metrics {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr MetricInfo kEvents{"events_total", Kind::kCounter, "table", "Events."};
constexpr MetricInfo kDepth{"depth", Kind::kGauge, "", "Depth."};
constexpr MetricInfo kTook{"took_seconds", Kind::kHistogram, "", "Took."};

TEST(Registry, TextHasHelpTypeAndConstantLabelsFirst) {
  Registry registry(Labels{{"pipeline", "default"}});
  registry.GetCounter(kEvents, {{"table", "shop.orders"}}).Add(3);
  registry.GetGauge(kDepth).Set(1.5);
  EXPECT_EQ(
      registry.PrometheusText(),
      "# HELP depth Depth.\n"
      "# TYPE depth gauge\n"
      "depth{pipeline=\"default\"} 1.5\n"
      "# HELP events_total Events.\n"
      "# TYPE events_total counter\n"
      "events_total{pipeline=\"default\",table=\"shop.orders\"} 3\n"
  );
}

TEST(Registry, HistogramBucketsAreCumulativeAndAValueOnABoundCountsForIt) {
  Registry registry;
  const double bounds[] = {0.1, 1};
  Histogram& h = registry.GetHistogram(kTook, {}, bounds);
  for (const double v : {0.1, 0.2, 5.0}) {
    h.Observe(v);
  }
  EXPECT_THAT(
      registry.PrometheusText(),
      HasSubstr("took_seconds_bucket{le=\"0.1\"} 1\n"
                "took_seconds_bucket{le=\"1\"} 2\n"
                "took_seconds_bucket{le=\"+Inf\"} 3\n"
                "took_seconds_sum 5.3\n"
                "took_seconds_count 3\n")
  );
}

TEST(Registry, SameNameAndLabelsAreTheSameInstrument) {
  Registry registry;
  EXPECT_EQ(
      &registry.GetCounter(kEvents, {{"table", "a"}}),
      &registry.GetCounter(kEvents, {{"table", "a"}})
  );
  EXPECT_NE(
      &registry.GetCounter(kEvents, {{"table", "a"}}),
      &registry.GetCounter(kEvents, {{"table", "b"}})
  );
}

TEST(Registry, LabelSetsBeyondTheCapShareOther) {
  Registry registry({}, 2);
  for (int i = 0; i < 10; ++i) {
    registry.GetCounter(kEvents, {{"table", "t" + std::to_string(i)}}).Add();
  }
  const std::string text = registry.PrometheusText();
  EXPECT_THAT(text, HasSubstr("events_total{table=\"other\"} 8\n"));
  EXPECT_THAT(text, Not(HasSubstr("t2")));
}

TEST(Registry, LabelValuesAreEscaped) {
  Registry registry;
  registry.GetCounter(kEvents, {{"table", "a\"b\\c\nd"}});
  EXPECT_THAT(registry.PrometheusText(), HasSubstr(R"({table="a\"b\\c\nd"} 0)"));
}

TEST(Registry, NoAdditionIsLostBetweenThreads) {
  Registry registry;
  Counter& c = registry.GetCounter(kEvents);
  Histogram& h = registry.GetHistogram(kTook);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) {
          c.Add();
          h.Observe(1);
        }
      });
    }
  }
  EXPECT_EQ(c.value(), 40'000U);
  EXPECT_EQ(h.sum(), 40'000);
}

TEST(Registry, HooksRunAtEachScrape) {
  Registry registry;
  Gauge& g = registry.GetGauge(kDepth);
  registry.OnScrape([&g] { g.Add(1); });
  registry.PrometheusText();
  EXPECT_THAT(registry.PrometheusText(), HasSubstr("depth 2\n"));
}

TEST(Registry, ProcessMetricsShowRealMemory) {
  Registry registry;
  AddProcessMetrics(registry, "0.1.0");
  registry.PrometheusText();
  EXPECT_GT(registry.GetGauge(kProcessMemory).value(), 1'000'000);
  EXPECT_THAT(registry.PrometheusText(), HasSubstr("rowhouse_build_info{version=\"0.1.0\"} 1"));
}

TEST(Names, AreUniqueAndFollowPrometheusRules) {
  std::set<std::string_view> seen;
  for (const MetricInfo& m : AllMetrics()) {
    EXPECT_TRUE(seen.insert(m.name).second) << m.name;
    EXPECT_EQ(m.kind == Kind::kCounter, m.name.ends_with("_total")) << m.name;
    EXPECT_FALSE(m.help.empty()) << m.name;
  }
}

}  // namespace
}  // namespace rowhouse::metrics
