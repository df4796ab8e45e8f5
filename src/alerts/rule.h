#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "metrics/names.h"

namespace rowhouse::alerts {

enum class Severity { kWarn, kPage };

std::string_view SeverityName(Severity severity);

// A value that must be above a limit as well.
struct Also {
  const metrics::MetricInfo* metric = nullptr;  // null: nothing else
  double above = 0;
};

// When somebody is to be told, and what; one table makes the rules that run in the process, the
// file for Prometheus and the manual's pages.
//
// It holds where the condition was true all of `lasting`, for each series of the metric by itself.
struct Rule {
  enum class Condition {
    kAbove,          // value > limit
    kBelow,          // value < limit
    kRises,          // rose by more than `limit` within `window`
    kOlderThan,      // a Unix time more than `limit` seconds ago; 0 is no time
    kAboveShareOf,   // value > limit * `of`, where that is above 0
    kFallsBelowDay,  // rose within `window` by less than `limit` of what it did on average in a day
  };

  std::string_view name = {};  // "RowhouseLagHigh"
  Severity severity = Severity::kWarn;
  Condition condition = Condition::kAbove;
  const metrics::MetricInfo* metric = nullptr;
  std::string_view label = {};  // only series with this label...
  std::string_view value = {};  // ...at this value; empty: all
  double limit = 0;
  seconds lasting{0};
  seconds window{0};
  const metrics::MetricInfo* of = nullptr;
  Also also = {};
  std::string_view unless = {};  // not of tables in this state
  std::string_view says = {};    // one sentence with {what} (table or part) and {value}
  std::string_view why = {};     // what it means for users of the data
  std::string_view fix = {};     // what to do, most likely cause first
};

// Every rule, most urgent first.
std::span<const Rule> AllRules();

// The part of the manual that tells what to do: "operations.md#rowhouselaghigh".
std::string Runbook(std::string_view rule);

// The rules as a file for Prometheus, of the form `promtool check rules` takes. `manual` is the
// address under which the manual is served, for runbook_url; empty: there is none, and the
// runbook is named as it lies in the sources.
std::string PrometheusRules(std::string_view manual);

// The rule's condition in PromQL.
std::string Expression(const Rule& rule);

}  // namespace rowhouse::alerts
