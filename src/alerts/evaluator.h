#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "alerts/alert.h"
#include "alerts/rule.h"
#include "metrics/registry.h"

namespace rowhouse::alerts {

// What a user has changed of a rule.
struct RuleChange {
  bool enabled = true;
  std::optional<double> limit = {};
  std::optional<seconds> lasting = {};
};

using Readings = std::map<std::string, std::vector<metrics::Sample>, std::less<>>;

// Holds rules against readings of the metrics, step by step.
//
// An alert fires when its condition was true at every step of `lasting`, and is resolved when
// it was false for kCalm: a value that crosses its limit back and forth tells once.
//
// Owns:    per series of a rule with a window its values of that time, at most kKeptMax; one alert
//          for each series that is not calm, at most kAlertsMax.
// Threads: one owner.
class Evaluator {
 public:
  explicit Evaluator(std::span<const Rule> rules) : rules_(rules) {}

  // What a step changed: alerts that began to fire, and those that were resolved.
  struct Changes {
    std::vector<Alert> fired;
    std::vector<Alert> resolved;
  };

  // `now_us`: wall clock; a step back counts as no time.
  Changes Step(
      int64_t now_us, const Readings& readings, const std::map<std::string, RuleChange>& changes
  );

  // Those that hold now, pending ones among them.
  std::vector<Alert> Active() const;

  static constexpr seconds kCalm{30};
  static constexpr size_t kAlertsMax = 1000;
  static constexpr size_t kKeptMax = 300;

 private:
  // "rule/what"
  using Key = std::pair<std::string, std::string>;

  struct State {
    Alert alert;
    int64_t held_us = 0;  // the last step at which it was true
  };

  struct Kept {
    std::deque<std::pair<int64_t, double>> values;  // of the window
    double per_window_mean = 0;                     // of the day before, exponentially forgotten
    int64_t mean_since_us = 0;
  };

  std::optional<double> Holds(
      const Rule& rule,
      double limit,
      const Key& key,
      double value,
      int64_t now_us,
      const Readings& readings
  );
  double Rise(const Rule& rule, Kept& kept, double value, int64_t now_us);
  void Hold(
      const Rule& rule, seconds lasting, const Key& key, double value, int64_t now_us, Changes& out
  );
  void Calm(int64_t now_us, Changes& out);

  const std::span<const Rule> rules_;
  std::map<Key, State> states_;
  std::map<Key, Kept> kept_;
};

}  // namespace rowhouse::alerts
