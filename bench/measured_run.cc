#include "bench/measured_run.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/backoff.h"
#include "base/file.h"
#include "base/thread.h"
#include "bench/machine.h"
#include "cli/pipeline.h"
#include "config/loader.h"
#include "services/child_process.h"

namespace rowhouse::bench {

namespace {

constexpr milliseconds kLookForFirst{1};
constexpr milliseconds kLook{5};
constexpr seconds kStandstillMost{60};

struct Measured {
  double seconds = 0;
  double first_ms = 0;
  double cpu_us = 0;
  double bytes = 0;
  double peak_rss = 0;
};

// Until Kafka has acknowledged so many records; an error when none came for a minute.
Result<Measured> Await(const capture::Progress& progress, uint64_t records, const Usage& from) {
  Measured out;
  uint64_t last = 0;
  Deadline standstill = Deadline::After(kStandstillMost);
  while (last < records) {
    const uint64_t now = progress.records_acknowledged;
    if (now > 0 && last == 0) {
      out.first_ms = Usage::Now().SecondsSince(from) * 1e3;
    }
    if (now != last) {
      standstill = Deadline::After(kStandstillMost);
    } else if (standstill.Passed()) {
      return Error(
          ErrorKind::kUnavailable, fmt::format("nothing more after {} of {} records", now, records)
      );
    }
    last = now;
    if (last < records) {
      WaitUnlessStopped({}, last == 0 ? kLookForFirst : kLook);
    }
  }
  const Usage end = Usage::Now();
  out.seconds = end.SecondsSince(from);
  out.cpu_us = end.cpu_us;
  out.bytes = static_cast<double>(progress.bytes_encoded);
  out.peak_rss = static_cast<double>(PeakRssBytes());
  return out;
}

Status Measure(const std::vector<std::string>& args) {
  const Usage from = Usage::Now();
  const std::vector<std::string> set(args.begin() + 3, args.end());
  const config::Loaded loaded = config::Load({.file = args[0], .set = set});
  ROWHOUSE_TRY(loaded.ToStatus());
  const auto pipeline = ROWHOUSE_TRY(cli::Pipeline::Start(loaded.config));
  std::optional<Error> failed;
  Thread running("pipeline", [&](const std::stop_token& stop) {
    const Status ended = pipeline->Run(stop);
    if (!ended) {
      failed = ended.error();
    }
  });
  const uint64_t records = std::strtoull(args[1].c_str(), nullptr, 10);
  const auto measured = Await(pipeline->progress(), records, from);
  running.RequestStop();
  running.Join();
  if (!measured) {
    return failed ? *failed : measured.error();
  }
  const nlohmann::json json = {
      {"seconds", measured->seconds},
      {"first_ms", measured->first_ms},
      {"cpu_us", measured->cpu_us},
      {"bytes", measured->bytes},
      {"peak_rss", measured->peak_rss}};
  return WriteFileAtomically(args[2], json.dump());
}

Error WithLog(const std::string& what, const std::string& log_file) {
  const auto log = ReadFile(log_file);
  std::string tail = log ? *log : "";
  tail.erase(0, tail.size() - std::min<size_t>(tail.size(), 2000));
  return Error(ErrorKind::kUnavailable, what + "; its log ends with:\n" + tail);
}

}  // namespace

Result<Run> MeasureRun(
    const World& world,
    const World::RunConfig& run,
    const std::vector<std::string>& set,
    const Goal& goal
) {
  std::error_code ignored;
  const std::string self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  const std::string result_file = run.file + ".result";
  std::vector<std::string> argv = {
      self, kMeasuredRun, run.file, std::to_string(goal.records), result_file};
  argv.insert(argv.end(), set.begin(), set.end());
  const std::string log_file = run.file + ".log";
  const auto child =
      ROWHOUSE_TRY(services::ChildProcess::Start({argv, log_file, world.directory()}));
  const auto ended = child->Wait(Deadline::Never());
  if (!ended || !ended->ok()) {
    return WithLog("the measured process failed", log_file);
  }
  const std::string text = ROWHOUSE_TRY(ReadFile(result_file));
  const auto m = nlohmann::json::parse(text, nullptr, false);
  if (!m.is_object()) {
    return WithLog("the measured process said nothing", log_file);
  }
  const auto n = static_cast<double>(goal.rows);
  const double took = m.value("seconds", 0.0);
  return Run{
      {"rows/s", n / took, 0},
      {"MB/s", m.value("bytes", 0.0) / took / 1e6, 1},
      {"us CPU/row", m.value("cpu_us", 0.0) / n, 2},
      {"MB peak RSS", m.value("peak_rss", 0.0) / 1e6, 0},
      {"ms to first message", m.value("first_ms", 0.0), 0}};
}

int MeasuredRunMain(const std::vector<std::string>& args) {
  if (args.size() < 3) {
    return 2;
  }
  const Status measured = Measure(args);
  if (!measured) {
    fmt::print(stderr, "{}\n", measured.error().ToString());
    return 1;
  }
  return 0;
}

}  // namespace rowhouse::bench
