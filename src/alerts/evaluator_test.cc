#include "alerts/evaluator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rowhouse::alerts {
namespace {

constexpr int64_t kStart = 1'800'000'000'000'000;
constexpr int64_t kSecond = 1'000'000;

constexpr Rule kHigh = {
    .name = "High",
    .condition = Rule::Condition::kAbove,
    .metric = &metrics::kSourceLagSeconds,
    .limit = 30,
    .lasting = seconds(60),
    .says = "{what} lags {value} s"};
constexpr Rule kGrows = {
    .name = "Grows",
    .condition = Rule::Condition::kRises,
    .metric = &metrics::kDeadLetters,
    .window = seconds(600),
    .says = "{value} in {what}"};
constexpr Rule kDrop = {
    .name = "Drop",
    .condition = Rule::Condition::kFallsBelowDay,
    .metric = &metrics::kKafkaAcknowledged,
    .limit = 0.2,
    .window = seconds(600),
    .also = {&metrics::kSourceLagBytes, 100}};
constexpr Rule kOld = {
    .name = "Old",
    .condition = Rule::Condition::kOlderThan,
    .metric = &metrics::kVerifyTime,
    .limit = 100};
constexpr Rule kAtRisk = {
    .name = "AtRisk",
    .condition = Rule::Condition::kAboveShareOf,
    .metric = &metrics::kSourceLagSeconds,
    .limit = 0.5,
    .of = &metrics::kSourceRetention};

Readings Of(const metrics::MetricInfo& metric, double value, const std::string& table = "") {
  metrics::Labels labels;
  if (!table.empty()) {
    labels = {{"table", table}};
  }
  Readings readings;
  readings[std::string(metric.name)] = {{labels, value}};
  return readings;
}

// Steps once a second with the same readings; gives the names of what fired and of what was
// resolved.
struct Told {
  std::vector<std::string> fired;
  std::vector<std::string> resolved;
};

class Stepper {
 public:
  explicit Stepper(const Rule& rule) : evaluator_(std::span(&rule, 1)) {}

  Told For(int64_t steps, const Readings& readings, int64_t apart = 1) {
    Told told;
    for (int64_t i = 0; i < steps; ++i, now_ += apart * kSecond) {
      const auto changes = evaluator_.Step(now_, readings, changes_);
      for (const Alert& alert : changes.fired) {
        told.fired.push_back(alert.message);
      }
      for (const Alert& alert : changes.resolved) {
        told.resolved.push_back(alert.rule);
      }
    }
    return told;
  }

  std::map<std::string, RuleChange> changes_;
  Evaluator evaluator_;
  int64_t now_ = kStart;
};

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Evaluator, FiresOnceAfterItHasLastedAndIsResolvedAfterCalm) {
  Stepper stepper(kHigh);
  EXPECT_THAT(stepper.For(60, Of(metrics::kSourceLagSeconds, 31)).fired, IsEmpty());
  EXPECT_THAT(
      stepper.For(100, Of(metrics::kSourceLagSeconds, 45)).fired,
      ElementsAre("the pipeline lags 45 s")
  );
  EXPECT_THAT(stepper.For(29, Of(metrics::kSourceLagSeconds, 0)).resolved, IsEmpty());
  EXPECT_THAT(stepper.For(5, Of(metrics::kSourceLagSeconds, 0)).resolved, ElementsAre("High"));
  EXPECT_THAT(stepper.evaluator_.Active(), IsEmpty());
}

TEST(Evaluator, AShortExcessTellsNobody) {
  Stepper stepper(kHigh);
  for (int i = 0; i < 10; ++i) {
    EXPECT_THAT(stepper.For(59, Of(metrics::kSourceLagSeconds, 31)).fired, IsEmpty());
    EXPECT_THAT(stepper.For(1, Of(metrics::kSourceLagSeconds, 30)).resolved, IsEmpty());
  }
}

TEST(Evaluator, AValueThatCrossesItsLimitAgainAndAgainTellsOnce) {
  Stepper stepper(kHigh);
  size_t fired = stepper.For(70, Of(metrics::kSourceLagSeconds, 31)).fired.size();
  for (int i = 0; i < 20; ++i) {
    stepper.For(5, Of(metrics::kSourceLagSeconds, 29));
    fired += stepper.For(5, Of(metrics::kSourceLagSeconds, 31)).fired.size();
  }
  EXPECT_EQ(fired, 1U);
}

TEST(Evaluator, AMetricThatIsGoneResolves) {
  Stepper stepper(kHigh);
  stepper.For(70, Of(metrics::kSourceLagSeconds, 31));
  EXPECT_THAT(stepper.For(40, {}).resolved, ElementsAre("High"));
}

TEST(Evaluator, ARiseIsOfItsWindowAndNotOfWhatWasThereBefore) {
  Stepper stepper(kGrows);
  EXPECT_THAT(stepper.For(50, Of(metrics::kDeadLetters, 7, "shop.t")).fired, IsEmpty());
  EXPECT_THAT(
      stepper.For(50, Of(metrics::kDeadLetters, 9, "shop.t")).fired, ElementsAre("2 in shop.t")
  );
  // Nothing new for longer than the window and the calm after it.
  EXPECT_THAT(
      stepper.For(700, Of(metrics::kDeadLetters, 9, "shop.t")).resolved, ElementsAre("Grows")
  );
}

TEST(Evaluator, ACounterThatBeganAnewDidNotFall) {
  Stepper stepper(kGrows);
  stepper.For(10, Of(metrics::kDeadLetters, 100, "t"));
  EXPECT_THAT(stepper.For(10, Of(metrics::kDeadLetters, 0, "t")).fired, IsEmpty());
}

TEST(Evaluator, ADropIsHeldAgainstTheUsualRateAndOnlyWhileThereIsMore) {
  Stepper stepper(kDrop);
  double count = 0;
  const auto flow = [&](int64_t steps, double per_step, double behind) {
    size_t fired = 0;
    for (int64_t i = 0; i < steps; ++i) {
      count += per_step;
      Readings readings = Of(metrics::kKafkaAcknowledged, count);
      readings[std::string(metrics::kSourceLagBytes.name)] = {{{}, behind}};
      fired += stepper.For(1, readings, 10).fired.size();
    }
    return fired;
  };
  EXPECT_EQ(flow(60, 0, 1e6), 0U) << "nothing is known of what is usual";
  EXPECT_EQ(flow(720, 1000, 1e6), 0U);
  EXPECT_EQ(flow(100, 0, 0), 0U) << "a quiet source is no drop";
  EXPECT_EQ(flow(100, 0, 1e6), 1U);
}

TEST(Evaluator, AnAgeCountsOnlyWhereThereIsATime) {
  Stepper stepper(kOld);
  EXPECT_THAT(stepper.For(3, Of(metrics::kVerifyTime, 0)).fired, IsEmpty());
  EXPECT_THAT(stepper.For(3, Of(metrics::kVerifyTime, kStart / 1e6 - 50)).fired, IsEmpty());
  EXPECT_EQ(stepper.For(3, Of(metrics::kVerifyTime, kStart / 1e6 - 150)).fired.size(), 1U);
}

TEST(Evaluator, AShareOfNothingIsNeverPassed) {
  Stepper stepper(kAtRisk);
  Readings readings = Of(metrics::kSourceLagSeconds, 60);
  readings[std::string(metrics::kSourceRetention.name)] = {{{}, 0}};
  EXPECT_THAT(stepper.For(3, readings).fired, IsEmpty());
  readings[std::string(metrics::kSourceRetention.name)] = {{{}, 100}};
  EXPECT_EQ(stepper.For(3, readings).fired.size(), 1U);
}

TEST(Evaluator, TablesInTheStateThatARuleLeavesOutAreLeftOut) {
  constexpr Rule kFresh = {
      .name = "Fresh",
      .metric = &metrics::kFreshness,
      .limit = 60,
      .unless = "paused",
      .says = "Fresh"};
  Stepper stepper(kFresh);
  Readings readings = Of(metrics::kFreshness, 99, "shop.held");
  auto& states = readings[std::string(metrics::kTableState.name)];
  states = {
      {{{"table", "shop.other"}, {"state", "paused"}}, 1},
      {{{"table", "shop.held"}, {"state", "running"}}, 0},
      {{{"table", "shop.held"}, {"state", "paused"}}, 1}};
  EXPECT_THAT(stepper.For(3, readings).fired, IsEmpty());
  states.back().value = 0;
  EXPECT_THAT(stepper.For(3, readings).fired, ElementsAre("Fresh"));
}

TEST(Evaluator, AUsersLimitAndOffSwitchCount) {
  Stepper stepper(kHigh);
  stepper.changes_["High"] = {.enabled = true, .limit = 100, .lasting = seconds(0)};
  EXPECT_THAT(stepper.For(100, Of(metrics::kSourceLagSeconds, 99)).fired, IsEmpty());
  EXPECT_EQ(stepper.For(1, Of(metrics::kSourceLagSeconds, 101)).fired.size(), 1U);
  stepper.changes_["High"] = {.enabled = false};
  EXPECT_THAT(stepper.For(40, Of(metrics::kSourceLagSeconds, 101)).resolved, ElementsAre("High"));
}

TEST(Evaluator, TablesAreBounded) {
  Stepper stepper(kHigh);
  Readings readings;
  auto& samples = readings[std::string(metrics::kSourceLagSeconds.name)];
  for (int i = 0; i < 3000; ++i) {
    samples.push_back({{{"table", "t" + std::to_string(i)}}, 99});
  }
  stepper.For(2, readings);
  EXPECT_EQ(stepper.evaluator_.Active().size(), Evaluator::kAlertsMax);
}

TEST(Rules, HaveNamesOfTheirOwnAndSayWhatToDo) {
  std::map<std::string_view, int> names;
  for (const Rule& rule : AllRules()) {
    EXPECT_EQ(++names[rule.name], 1) << rule.name;
    EXPECT_FALSE(rule.says.empty()) << rule.name;
    EXPECT_FALSE(rule.why.empty()) << rule.name;
    EXPECT_FALSE(rule.fix.empty()) << rule.name;
    EXPECT_NE(rule.metric, nullptr) << rule.name;
  }
}

}  // namespace
}  // namespace rowhouse::alerts
