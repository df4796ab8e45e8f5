// Measures rowhouse by named workloads.
//
//   rowhouse-bench [WORKLOAD...] [--rows N] [--changes N] [--rate R] [--seconds S] [--runs N]
//                  [--delivery at-least-once|exactly-once] [--set KEY=VALUE] [-o json]
//
// Workloads (default: all, in this order):
//   decode    rows events of `orders` (6 columns) through the binlog decoder, in memory
//   encode    cells of `orders` to key and value in Avro, in memory
//   recode    both, one after the other, by one thread: `orders`, and a zoo of all types
//   snapshot  first load of N rows (2,000,000) from a real MariaDB into a real Kafka
//   stream    catch-up of N changes (2,000,000) in transactions of 10 that are in the binary log
//   latency   changes at R a second (100, then 1,000) for S seconds (20): commit to Kafka, commit
//             to visible in ClickHouse, with every real server
//   insert    N rows into the embedded ClickHouse, over HTTP and by the engine itself
//
// snapshot and stream run what `rowhouse run` runs in a process of its own: its CPU and memory
// are capture's and the registry's, the servers are other processes. --set changes its options.
// Prints each run and the least, middle and most of --runs (3). Servers live in a temporary
// directory on free ports; tools/bootstrap installs them.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <optional>
#include <string_view>

#include <fmt/format.h>

#include "base/heap.h"
#include "base/log.h"
#include "bench/machine.h"
#include "bench/measured_run.h"
#include "bench/workload.h"
#include "cli/app.h"

namespace rowhouse::bench {

namespace {

constexpr std::array<Workload, 7> kWorkloads = {
    {{"decode", RunDecode},
     {"encode", RunEncode},
     {"recode", RunRecode},
     {"snapshot", RunSnapshot},
     {"stream", RunStream},
     {"latency", RunLatency},
     {"insert", RunInsert}}};

constexpr const char* kUsage =
    "usage: rowhouse-bench [decode|encode|recode|snapshot|stream|latency|insert ...] [--rows N]\n"
    "                      [--changes N] [--rate R] [--seconds S] [--runs N] [--delivery D]\n"
    "                      [--set KEY=VALUE] [-o json]\n";

Result<uint64_t> Number(std::string_view option, const std::string& text, uint64_t least) {
  uint64_t value = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, value);
  if (parsed.ec != std::errc() || parsed.ptr != end || value < least) {
    return Error(
        ErrorKind::kConfig, fmt::format("{}: '{}' is no number from {}", option, text, least)
    );
  }
  return value;
}

Status SetOption(Settings& s, const std::string& option, const std::string& value) {
  if (option == "--set") {
    s.set.push_back(value);
    return Ok();
  }
  if (option == "--delivery") {
    s.set.push_back("capture.delivery=" + value);
    return Ok();
  }
  if (option == "-o" && value == "json") {
    s.json = true;
    return Ok();
  }
  if (option == "--rows") {
    s.rows = ROWHOUSE_TRY(Number(option, value, 1));
  } else if (option == "--changes") {
    s.changes = ROWHOUSE_TRY(Number(option, value, 10));
  } else if (option == "--rate") {
    s.rates = {ROWHOUSE_TRY(Number(option, value, 1))};
  } else if (option == "--seconds") {
    s.seconds = ROWHOUSE_TRY(Number(option, value, 1));
  } else if (option == "--runs") {
    s.runs = static_cast<int>(ROWHOUSE_TRY(Number(option, value, 1)));
  } else {
    return Error(ErrorKind::kConfig, fmt::format("no option {} {}", option, value));
  }
  return Ok();
}

Result<Settings> Parse(const std::vector<std::string>& args) {
  Settings s;
  for (size_t i = 0; i < args.size(); ++i) {
    if (!args[i].starts_with("-")) {
      s.workloads.push_back(args[i]);
      continue;
    }
    if (i + 1 == args.size()) {
      return Error(ErrorKind::kConfig, args[i] + " wants a value");
    }
    ROWHOUSE_TRY(SetOption(s, args[i], args[i + 1]));
    ++i;
  }
  for (const std::string& name : s.workloads) {
    const auto has_name = [&](const Workload& w) { return name == w.name; };
    if (std::none_of(kWorkloads.begin(), kWorkloads.end(), has_name)) {
      return Error(ErrorKind::kConfig, "no workload '" + name + "'");
    }
  }
  return s;
}

int Main(const std::vector<std::string>& args) {
  const auto settings = Parse(args);
  if (!settings) {
    fmt::print(stderr, "{}\n{}", settings.error().message(), kUsage);
    return 2;
  }
  ConfigureLog(LogLevel::kError, LogFormat::kText);
  Report report(settings->json ? Report::Format::kJson : Report::Format::kText);
  report.Note("machine", MachineLine());
  report.Note("load", fmt::format("{:.2f} before the start", LoadNow()));
  for (const Workload& workload : kWorkloads) {
    const auto& wanted = settings->workloads;
    if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), workload.name) == wanted.end()) {
      continue;
    }
    const Status done = workload.run(*settings, report);
    if (!done) {
      fmt::print(stderr, "{}: {}\n", workload.name, done.error().ToString());
      return 1;
    }
  }
  report.Finish();
  return 0;
}

}  // namespace

}  // namespace rowhouse::bench

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  rowhouse::TuneHeap();
  // The embedded ClickHouse is started as "this program, clickhouse".
  if (!args.empty() && args[0] == "clickhouse") {
    return rowhouse::cli::Main(args);
  }
  if (!args.empty() && args[0] == rowhouse::bench::kMeasuredRun) {
    return rowhouse::bench::MeasuredRunMain({args.begin() + 1, args.end()});
  }
  return rowhouse::bench::Main(args);
}
