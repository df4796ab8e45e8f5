#include "base/clock.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/signals.h"
#include "cli/wiring.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kStopLimit{2};

// The command's own options stand for the configuration's.
void ApplyOptions(const Arguments& args, config::ClickHouse& clickhouse) {
  clickhouse.listen = args.Text("listen", clickhouse.listen);
  clickhouse.data = args.Text("data", clickhouse.data);
  clickhouse.library = args.Text("library", clickhouse.library);
}

Result<ExitCode> Serve(Context& context) {
  config::Config config = ROWHOUSE_TRY(context.LoadConfig());
  ApplyOptions(context.args(), config.clickhouse);
  const auto signals = ROWHOUSE_TRY(Signals::Install());
  const auto options = ROWHOUSE_TRY(EmbeddedOptionsOf(config));
  const auto server = ROWHOUSE_TRY(chserver::Server::Start(options));
  LogInfo(
      "clickhouse is ready",
      {{"url", server->url()}, {"version", server->version()}, {"data", config.clickhouse.data}}
  );
  signals->Wait();
  server->Stop(Deadline::After(kStopLimit));
  LogInfo("clickhouse has stopped");
  return ExitCode::kOk;
}

}  // namespace

Command ClickHouseCommand() {
  return {
      .name = "clickhouse",
      .group = "Run",
      .summary = "an embedded ClickHouse server on its HTTP interface",
      .examples =
          {"rowhouse clickhouse --data ./ch --listen 127.0.0.1:8123",
           "curl 'http://127.0.0.1:8123/?query=SELECT+version()'"},
      .options =
          {{.name = "listen", .value = "HOST:PORT", .doc = "address (clickhouse.listen)"},
           {.name = "data", .value = "DIR", .doc = "data directory (clickhouse.data)"},
           {.name = "library", .value = "FILE", .doc = "libchdb.so (clickhouse.library)"}},
      .run = Serve};
}

}  // namespace rowhouse::cli
