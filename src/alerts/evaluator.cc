#include "alerts/evaluator.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

namespace rowhouse::alerts {

namespace {

constexpr int64_t kSecondUs = 1'000'000;
constexpr double kDaySeconds = 86'400;
constexpr int64_t kMeanAfterUs = 3600 * kSecondUs;  // a shorter time says nothing of what is usual

int64_t Micros(seconds s) {
  return s.count() * kSecondUs;
}

std::string LabelOf(const metrics::Sample& sample, std::string_view name) {
  for (const auto& [label, value] : sample.labels) {
    if (label == name) {
      return value;
    }
  }
  return "";
}

// What the alert is about: a table, a part, or the pipeline as a whole.
std::string WhatOf(const metrics::Sample& sample) {
  const std::string table = LabelOf(sample, "table");
  return table.empty() ? LabelOf(sample, "part") : table;
}

std::optional<double> First(const Readings& readings, const metrics::MetricInfo& metric) {
  const auto found = readings.find(metric.name);
  return found == readings.end() || found->second.empty()
             ? std::nullopt
             : std::optional<double>(found->second.front().value);
}

bool InState(const Readings& readings, const std::string& table, std::string_view state) {
  const auto states = readings.find(metrics::kTableState.name);
  return states != readings.end() &&
         std::ranges::any_of(states->second, [&](const metrics::Sample& sample) {
           return sample.value > 0 && LabelOf(sample, "table") == table &&
                  LabelOf(sample, "state") == state;
         });
}

std::string Filled(std::string_view text, const std::string& what, double value) {
  std::string out(text);
  const auto replace = [&out](std::string_view from, const std::string& to) {
    for (size_t at = out.find(from); at != std::string::npos; at = out.find(from, at + to.size())) {
      out.replace(at, from.size(), to);
    }
  };
  replace("{what}", what.empty() ? "the pipeline" : what);
  replace("{value}", fmt::format("{:.0f}", value));
  return out;
}

}  // namespace

// How much the value rose within the rule's window; a value that falls began anew.
double Evaluator::Rise(const Rule& rule, Kept& kept, double value, int64_t now_us) {
  if (!kept.values.empty() && value < kept.values.back().second) {
    kept.values.clear();
  }
  const int64_t apart = Micros(rule.window) / static_cast<int64_t>(kKeptMax);
  if (kept.values.empty() || now_us - kept.values.back().first >= apart) {
    kept.values.emplace_back(now_us, value);
  }
  // One value of before the window stays: the rise counts from it.
  while (kept.values.size() > 1 && kept.values[1].first <= now_us - Micros(rule.window)) {
    kept.values.pop_front();
  }
  return value - kept.values.front().second;
}

std::optional<double> Evaluator::Holds(
    const Rule& rule,
    double limit,
    const Key& key,
    double value,
    int64_t now_us,
    const Readings& readings
) {
  const auto told = [](bool holds, double v) { return holds ? std::optional(v) : std::nullopt; };
  switch (rule.condition) {
    case Rule::Condition::kAbove:
      return told(value > limit, value);
    case Rule::Condition::kBelow:
      return told(value < limit, value);
    case Rule::Condition::kOlderThan: {
      const double age = static_cast<double>(now_us) / 1e6 - value;
      return told(value > 0 && age > limit, age);
    }
    case Rule::Condition::kAboveShareOf: {
      const double of = First(readings, *rule.of).value_or(0);
      return told(of > 0 && value > limit * of, value);
    }
    case Rule::Condition::kRises: {
      const double rise = Rise(rule, kept_[key], value, now_us);
      return told(rise > limit, rise);
    }
    case Rule::Condition::kFallsBelowDay: {
      Kept& kept = kept_[key];
      const int64_t before = kept.values.empty() ? now_us : kept.values.back().first;
      const double rise = Rise(rule, kept, value, now_us);
      if (now_us - kept.values.front().first < Micros(rule.window)) {
        kept.mean_since_us = 0;
        return std::nullopt;
      }
      if (kept.mean_since_us == 0) {
        kept.mean_since_us = now_us;
        kept.per_window_mean = rise;
      }
      const double passed = static_cast<double>(std::max<int64_t>(0, now_us - before)) / 1e6;
      const double usual = kept.per_window_mean;
      kept.per_window_mean += (rise - usual) * std::min(1.0, passed / kDaySeconds);
      const bool known = now_us - kept.mean_since_us >= kMeanAfterUs;
      return told(known && rise < limit * usual, rise);
    }
  }
  return std::nullopt;
}

void Evaluator::Hold(
    const Rule& rule, seconds lasting, const Key& key, double value, int64_t now_us, Changes& out
) {
  if (!states_.contains(key) && states_.size() >= kAlertsMax) {
    return;
  }
  const auto [at, fresh] = states_.try_emplace(key);
  State& state = at->second;
  if (fresh) {
    state.alert.rule = rule.name;
    state.alert.severity = rule.severity;
    state.alert.what = key.second;
    state.alert.why = Filled(rule.why, key.second, value);
    state.alert.fix = Filled(rule.fix, key.second, value);
    state.alert.since_us = now_us;
  }
  state.held_us = now_us;
  state.alert.value = value;
  state.alert.message = Filled(rule.says, key.second, value);
  if (state.alert.fired_us == 0 && now_us - state.alert.since_us >= Micros(lasting)) {
    state.alert.fired_us = now_us;
    out.fired.push_back(state.alert);
  }
}

// Ends what has not held at this step: at once where it had not been told of.
void Evaluator::Calm(int64_t now_us, Changes& out) {
  for (auto at = states_.begin(); at != states_.end();) {
    State& state = at->second;
    const bool held = state.held_us == now_us;
    const bool over = state.alert.fired_us == 0 || now_us - state.held_us >= Micros(kCalm);
    if (held || !over) {
      ++at;
      continue;
    }
    if (state.alert.fired_us != 0) {
      state.alert.resolved_us = now_us;
      out.resolved.push_back(std::move(state.alert));
    }
    at = states_.erase(at);
  }
}

Evaluator::Changes Evaluator::Step(
    int64_t now_us, const Readings& readings, const std::map<std::string, RuleChange>& changes
) {
  Changes out;
  for (const Rule& rule : rules_) {
    const std::string name(rule.name);
    const auto found = changes.find(name);
    const RuleChange* const change = found == changes.end() ? nullptr : &found->second;
    const auto samples = readings.find(rule.metric->name);
    if ((change != nullptr && !change->enabled) || samples == readings.end()) {
      continue;
    }
    const double limit = change == nullptr ? rule.limit : change->limit.value_or(rule.limit);
    const seconds lasting =
        change == nullptr ? rule.lasting : change->lasting.value_or(rule.lasting);
    const bool also = rule.also.metric == nullptr ||
                      First(readings, *rule.also.metric).value_or(0) > rule.also.above;
    for (const metrics::Sample& sample : samples->second) {
      if (!rule.unless.empty() && InState(readings, LabelOf(sample, "table"), rule.unless)) {
        continue;
      }
      if (!rule.value.empty() && LabelOf(sample, rule.label) != rule.value) {
        continue;
      }
      const Key key{name, WhatOf(sample)};
      const auto value = Holds(rule, limit, key, sample.value, now_us, readings);
      if (value && also) {
        Hold(rule, lasting, key, *value, now_us, out);
      }
    }
  }
  Calm(now_us, out);
  return out;
}

std::vector<Alert> Evaluator::Active() const {
  std::vector<Alert> active;
  for (const auto& [key, state] : states_) {
    active.push_back(state.alert);
  }
  return active;
}

}  // namespace rowhouse::alerts
