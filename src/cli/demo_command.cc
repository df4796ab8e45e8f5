#include "base/log.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/demo.h"
#include "cli/signals.h"
#include "cli/stderr_to_file.h"
#include "services/log_file.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kEndWithin{9};

Result<ExitCode> RunDemo(Context& context) {
  const DemoOptions options = ROWHOUSE_TRY(ReadDemoOptions(context.args()));
  auto directory = ROWHOUSE_TRY(
      DemoDirectory::Open(options.directory, options.fresh ? Leftovers::kRemove : Leftovers::kKeep)
  );
  ROWHOUSE_TRY(services::RotateLog(options.LogFile("rowhouse")));
  const auto log = ROWHOUSE_TRY(StderrToFile::Open(options.LogFile("rowhouse")));
  ConfigureLog(LogLevel::kInfo, LogFormat::kText);
  const auto signals = ROWHOUSE_TRY(Signals::Install());

  DemoView view(ChooseStyle(context.format()));
  Demo demo(options, std::move(directory), view);
  const Status begun = demo.Begin(signals->token());
  Result<bool> equal = true;
  if (begun) {
    equal = demo.Watch(signals->token());
  }
  view.Keep();
  view.Say("ending", "ending all of it ...");
  demo.End(Deadline::After(kEndWithin));
  if (!begun) {
    const bool interrupted = begun.error().kind() == ErrorKind::kCancelled;
    return interrupted ? Result<ExitCode>(ExitCode::kInterrupted) : begun.error();
  }
  const bool same = ROWHOUSE_TRY(std::move(equal));
  view.Say("ended", "ended; the same command goes on with its data in " + options.directory);
  return same ? ExitCode::kOk : ExitCode::kDifference;
}

}  // namespace

Command DemoCommand() {
  return {
      .name = "demo",
      .group = "Run",
      .summary = "a whole world on this machine: MariaDB, Kafka, ClickHouse, rows in flow",
      .examples =
          {"rowhouse demo",
           "rowhouse demo --rows 1000000 --rate 500 --fresh",
           "rowhouse demo --duration 30s -o json"},
      .options =
          {{.name = "rows", .value = "N", .doc = "orders to load [20000]"},
           {.name = "rate", .value = "N", .doc = "row changes a second [50]"},
           {.name = "data", .value = "DIR", .doc = "data of all servers [rowhouse-demo]"},
           {.name = "duration",
            .value = "TIME",
            .doc = "end after 30s, 5m, ...; exit 3 if unequal"},
           {.name = "fresh", .value = "", .doc = "remove an earlier demo's data first"},
           {.name = "mysql-port", .value = "PORT", .doc = "[13306]"},
           {.name = "kafka-port", .value = "PORT", .doc = "[9092]"},
           {.name = "registry-port", .value = "PORT", .doc = "[8081]"},
           {.name = "clickhouse-port", .value = "PORT", .doc = "[8123]"},
           {.name = "console-port", .value = "PORT", .doc = "[8087]"}},
      .run = RunDemo};
}

}  // namespace rowhouse::cli
