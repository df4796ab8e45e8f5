#include "bench/report.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/json_text.h"

namespace rowhouse::bench {

namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

std::string JsonOf(const Run& run) {
  std::string out;
  for (const Figure& f : run) {
    out += fmt::format("{}{}: {:.{}f}", out.empty() ? "" : ", ", Quoted(f.name), f.value, f.digits);
  }
  return "{" + out + "}";
}

// The run made of each figure's value at `rank` of its sorted values: 0 least, 1 median, 2 most.
Run Ranked(const std::vector<Run>& runs, int rank) {
  Run out = runs.front();
  for (size_t i = 0; i < out.size(); ++i) {
    std::vector<double> values;
    values.reserve(runs.size());
    for (const Run& run : runs) {
      values.push_back(run[i].value);
    }
    std::sort(values.begin(), values.end());
    const size_t last = values.size() - 1;
    const size_t middle = values.size() / 2;
    const bool even = values.size() % 2 == 0;
    const double median = even ? (values[middle - 1] + values[middle]) / 2 : values[middle];
    out[i].value = rank == 0 ? values.front() : rank == 1 ? median : values[last];
  }
  return out;
}

}  // namespace

void Report::Note(std::string_view name, std::string_view value) {
  if (format_ == Format::kText) {
    fmt::print("{:<10} {}\n", name, value);
    std::fflush(stdout);
  }
  notes_json_ +=
      fmt::format("{}{}: {}", notes_json_.empty() ? "" : ", ", Quoted(name), Quoted(value));
}

void Report::Begin(const std::string& workload, const std::string& about) {
  workload_ = workload;
  runs_.clear();
  if (format_ == Format::kText) {
    fmt::print("\n{}: {}\n", workload, about);
    std::fflush(stdout);
  }
}

void Report::Add(const Run& run) {
  runs_.push_back(run);
  PrintLine(fmt::format("run {}", runs_.size()), run);
}

void Report::End() {
  if (runs_.empty()) {
    return;
  }
  const Run least = Ranked(runs_, 0);
  const Run median = Ranked(runs_, 1);
  const Run most = Ranked(runs_, 2);
  if (runs_.size() > 1) {
    PrintLine("min", least);
    PrintLine("median", median);
    PrintLine("max", most);
  }
  std::string runs;
  for (const Run& run : runs_) {
    runs += (runs.empty() ? "" : ", ") + JsonOf(run);
  }
  workloads_json_ += fmt::format(
      "{}{}: {{\"runs\": [{}], \"min\": {}, \"median\": {}, \"max\": {}}}",
      workloads_json_.empty() ? "" : ", ",
      Quoted(workload_),
      runs,
      JsonOf(least),
      JsonOf(median),
      JsonOf(most)
  );
}

void Report::Finish() const {
  if (format_ == Format::kJson) {
    fmt::print("{{{}, \"workloads\": {{{}}}}}\n", notes_json_, workloads_json_);
  }
}

void Report::PrintLine(const std::string& label, const Run& run) const {
  if (format_ != Format::kText) {
    return;
  }
  std::string line = fmt::format("  {:<7}", label);
  for (const Figure& f : run) {
    line += fmt::format("  {:.{}f} {};", f.value, f.digits, f.name);
  }
  line.back() = '\n';
  fmt::print("{}", line);
  std::fflush(stdout);
}

}  // namespace rowhouse::bench
