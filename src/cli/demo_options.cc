#include "cli/demo_options.h"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "config/units.h"

namespace rowhouse::cli {

namespace {

Error WrongValue(const std::string& option, const std::string& value, const std::string& wanted) {
  return Error(ErrorKind::kBadRecord, fmt::format("--{} {}: {} is expected", option, value, wanted))
      .WithCode("E-CLI-002")
      .WithHint("rowhouse demo --help");
}

Result<uint16_t> Port(const Arguments& args, const std::string& option, int64_t otherwise) {
  return static_cast<uint16_t>(ROWHOUSE_TRY(args.Number(option, otherwise, 1, 65'435)));
}

Result<double> Rate(const Arguments& args) {
  const std::string text = args.Text("rate", "50");
  double rate = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), rate);
  if (error != std::errc() || end != text.data() + text.size() || !(rate >= 0 && rate <= 100'000)) {
    return WrongValue("rate", text, "a number of changes a second from 0 to 100000");
  }
  return rate;
}

Result<milliseconds> Duration(const Arguments& args) {
  if (!args.Has("duration")) {
    return milliseconds(0);
  }
  const std::string text = args.Text("duration");
  const config::UnitNumber read = config::ReadDuration(text);
  if (read.outcome != config::UnitOutcome::kOk || read.value <= 0) {
    return WrongValue("duration", text, "a time with its unit, as 30s or 5m,");
  }
  return milliseconds(read.value);
}

Status CheckDistinct(const DemoOptions& o) {
  const uint16_t ports[] = {
      o.mysql_port, o.kafka_port, o.registry_port, o.clickhouse_port, o.console_port};
  for (size_t i = 0; i < std::size(ports); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (ports[i] == ports[j]) {
        return Error(ErrorKind::kBadRecord, fmt::format("port {} is given twice", ports[i]))
            .WithCode("E-CLI-002")
            .WithHint("give each part a port of its own");
      }
    }
  }
  return Ok();
}

constexpr std::string_view kConfig =
    R"(# Written by `rowhouse demo` at each start. Use it with every other command:
#   rowhouse status -c {directory}/rowhouse.yaml
version: 1
pipeline: demo
source:
  host: 127.0.0.1
  port: {mysql}
  user: {account}
  password: {account}
  tables: ["shop.*"]
kafka:
  bootstrap: 127.0.0.1:{kafka}
  partitions: 3
registry:
  url: http://127.0.0.1:{registry}
  listen: 127.0.0.1:{registry}
sink:
  mode: kafka-engine
  url: http://127.0.0.1:{clickhouse}
console:
  listen: 127.0.0.1:{console}
  data: {directory}/console
clickhouse:
  listen: 127.0.0.1:{clickhouse}
  data: {directory}/clickhouse/data
)";

}  // namespace

Result<DemoOptions> ReadDemoOptions(const Arguments& args) {
  DemoOptions options;
  std::error_code error;
  options.directory =
      std::filesystem::absolute(args.Text("data", "rowhouse-demo"), error).lexically_normal();
  if (options.directory.ends_with('/')) {
    options.directory.pop_back();
  }
  options.rows = static_cast<uint64_t>(ROWHOUSE_TRY(args.Number("rows", 20'000, 0, 100'000'000)));
  options.rate = ROWHOUSE_TRY(Rate(args));
  options.duration = ROWHOUSE_TRY(Duration(args));
  options.fresh = args.Has("fresh");
  options.mysql_port = ROWHOUSE_TRY(Port(args, "mysql-port", 13306));
  options.kafka_port = ROWHOUSE_TRY(Port(args, "kafka-port", 9092));
  options.registry_port = ROWHOUSE_TRY(Port(args, "registry-port", 8081));
  options.clickhouse_port = ROWHOUSE_TRY(Port(args, "clickhouse-port", 8123));
  options.console_port = ROWHOUSE_TRY(Port(args, "console-port", 8087));
  ROWHOUSE_TRY(CheckDistinct(options));
  return options;
}

std::string DemoConfig(const DemoOptions& options) {
  return fmt::format(
      fmt::runtime(kConfig),
      fmt::arg("directory", options.directory),
      fmt::arg("account", kDemoAccount),
      fmt::arg("mysql", options.mysql_port),
      fmt::arg("kafka", options.kafka_port),
      fmt::arg("registry", options.registry_port),
      fmt::arg("clickhouse", options.clickhouse_port),
      fmt::arg("console", options.console_port)
  );
}

}  // namespace rowhouse::cli
