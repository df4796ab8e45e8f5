#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rowhouse::metrics {

// A number that only grows: events, bytes, errors.
//
// Threads: any method from any thread; one relaxed atomic addition, and a cache
//          line of its own, so that a hot path pays a few nanoseconds.
class alignas(64) Counter {
 public:
  void Add(uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }

  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_{0};
};

// A number that goes up and down: lag, bytes in a queue, 0 or 1 for a state.
//
// Threads: any method from any thread.
class alignas(64) Gauge {
 public:
  void Set(double v) { value_.store(v, std::memory_order_relaxed); }

  void Add(double d) { value_.fetch_add(d, std::memory_order_relaxed); }

  double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

// How values are spread over fixed buckets, by Prometheus' rule: a value counts
// for the first bound it is not above.
//
// Threads: any method from any thread. A scrape may see a count without its sum.
class Histogram {
 public:
  // `bounds` ascending; a last bucket without bound is added.
  explicit Histogram(std::span<const double> bounds)
      : bounds_(bounds.begin(), bounds.end()),
        counts_(std::make_unique<std::atomic<uint64_t>[]>(bounds.size() + 1)) {}

  void Observe(double v) {
    size_t i = 0;
    while (i < bounds_.size() && v > bounds_[i]) {
      ++i;
    }
    counts_[i].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(v, std::memory_order_relaxed);
  }

  // `n` values at once that somebody else has counted: `bucket` as in count(), `sum` of them all.
  void Add(size_t bucket, uint64_t n, double sum) {
    counts_[bucket].fetch_add(n, std::memory_order_relaxed);
    sum_.fetch_add(sum, std::memory_order_relaxed);
  }

  const std::vector<double>& bounds() const { return bounds_; }

  // Not cumulative; `bucket` up to and with bounds().size().
  uint64_t count(size_t bucket) const { return counts_[bucket].load(std::memory_order_relaxed); }

  uint64_t total() const {
    uint64_t n = 0;
    for (size_t i = 0; i <= bounds_.size(); ++i) {
      n += count(i);
    }
    return n;
  }

  double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  const std::vector<double> bounds_;
  const std::unique_ptr<std::atomic<uint64_t>[]> counts_;
  std::atomic<double> sum_{0};
};

// Seconds: from 1 ms to 5 minutes.
inline constexpr double kSecondsBounds[] = {
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300};
// Rows or records in a batch.
inline constexpr double kRowsBounds[] = {1, 10, 100, 1'000, 10'000, 65'536, 100'000, 1'000'000};

}  // namespace rowhouse::metrics
