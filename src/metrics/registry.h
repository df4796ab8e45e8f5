#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "metrics/instruments.h"
#include "metrics/names.h"

namespace rowhouse::metrics {

// Names and values, such as {{"table", "shop.orders"}, {"op", "c"}}.
using Labels = std::vector<std::pair<std::string, std::string>>;

// The value of one series now.
struct Sample {
  Labels labels;  // without the constant ones
  double value = 0;
};

// All metrics of a process, and their text for Prometheus.
//
// An instrument is looked up once and kept: the look-up takes a lock, using the
// instrument does not. The same name and labels give the same instrument.
// A metric has at most `series_max` label sets; further ones share the one whose
// label values are all "other", so that a schema of 50,000 tables can't fill memory.
//
// Owns:      every instrument, until it is destroyed itself.
// Threads:   any method from any thread.
// Invariant: one name has one kind (another kind is our bug and CHECKs).
class Registry {
 public:
  // `constant` labels stand on every series, e.g. the pipeline's name.
  explicit Registry(Labels constant = {}, size_t series_max = 1000)
      : constant_(std::move(constant)), series_max_(series_max) {}

  Counter& GetCounter(const MetricInfo& metric, const Labels& labels = {});
  // A counter that is read elsewhere (CPU time) or has fractions is set as a gauge too.
  Gauge& GetGauge(const MetricInfo& metric, const Labels& labels = {});
  Histogram& GetHistogram(
      const MetricInfo& metric,
      const Labels& labels = {},
      std::span<const double> bounds = kSecondsBounds
  );

  // Called before each text is made, to set gauges that are computed, not counted.
  // It may use instruments but not this registry's Get functions for new hooks.
  void OnScrape(std::function<void()> hook);

  // Text exposition format 0.0.4, families sorted by name.
  std::string PrometheusText();

  // Counters and gauges by metric, as a scrape would see them; for who evaluates rules in the
  // process. Histograms give their count.
  std::map<std::string, std::vector<Sample>, std::less<>> Read();

 private:
  struct Series {
    Labels labels;
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
  };

  struct Family {
    MetricInfo info;
    std::map<std::string, Series, std::less<>>
        series;  // by rendered labels; at most series_max_ + 1
  };

  void RunHooks();
  Series& Find(const MetricInfo& metric, const Labels& labels) REQUIRES(mu_);
  std::string RenderLabels(const Labels& labels) const;
  static void RenderFamily(const Family& family, std::string& out);

  const Labels constant_;
  const size_t series_max_;

  Mutex mu_;
  std::map<std::string, Family, std::less<>> families_ GUARDED_BY(mu_);
  std::vector<std::function<void()>> hooks_ GUARDED_BY(mu_);
};

// Adds process_* (CPU, memory, descriptors, start) and rowhouse_build_info.
void AddProcessMetrics(Registry& registry, const std::string& version);

}  // namespace rowhouse::metrics
