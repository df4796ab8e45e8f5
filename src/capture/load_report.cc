#include "capture/load_report.h"

#include <cmath>

#include <fmt/format.h>

#include "base/log.h"

namespace rowhouse::capture {

namespace {

constexpr size_t kTablesMost = 5;

// 1234567 as "1,234,567".
std::string Grouped(uint64_t n) {
  std::string digits = std::to_string(n);
  for (size_t at = digits.size(); at > 3;) {
    at -= 3;
    digits.insert(at, 1, ',');
  }
  return digits;
}

std::string Duration(double s) {
  const auto whole = static_cast<int64_t>(std::ceil(s));
  if (whole < 120) {
    return fmt::format("{} s", whole);
  }
  return whole < 7200 ? fmt::format("{} min", whole / 60)
                      : fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

std::string DescribeLoad(const LoadCounters& load, int64_t now_us) {
  std::string text = Grouped(load.rows) + " rows";
  // The server's estimate may be below what is there; then it says nothing.
  if (load.rows_estimated > load.rows) {
    const uint64_t percent = load.rows * 100 / load.rows_estimated;
    text = fmt::format("{} % of about {} rows", percent, Grouped(load.rows_estimated));
  }
  const double rate = load.RowsPerSecond(now_us);
  if (rate > 0) {
    text += fmt::format(", {} rows/s", Grouped(static_cast<uint64_t>(rate)));
  }
  if (const auto eta = load.EtaSeconds(now_us)) {
    text += fmt::format(", {} left", Duration(*eta));
  }
  return text;
}

LoadReport::LoadReport(const Progress& progress, milliseconds interval, const Clock& clock)
    : progress_(progress), interval_(interval), clock_(clock), next_(clock.Now() + interval) {}

void LoadReport::Tick() {
  if (progress_.all_loads() == 0 || clock_.Now() < next_) {
    return;
  }
  next_ = clock_.Now() + interval_;
  const int64_t now_us = clock_.WallMicros();
  size_t shown = 0;
  for (const auto& [id, counters] : progress_.Tables()) {
    if (counters.load.running && shown < kTablesMost) {
      ++shown;
      LogInfo("loading", {{"table", id.ToString()}, {"done", DescribeLoad(counters.load, now_us)}});
    }
  }
  LogInfo("tables to load", {{"tables", progress_.all_loads()}});
}

}  // namespace rowhouse::capture
