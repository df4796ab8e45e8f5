#include "base/log.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/pipeline.h"
#include "cli/service_notify.h"
#include "cli/signals.h"

namespace rowhouse::cli {

namespace {

Result<ExitCode> Run(Context& context) {
  const config::Config config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  ConsoleExtras extras;
  extras.loaded = std::make_shared<const config::Loaded>(context.LoadRaw());
  const auto signals = ROWHOUSE_TRY(Signals::Install());
  const auto pipeline = ROWHOUSE_TRY(Pipeline::Start(config, extras));
  LogInfo(
      "rowhouse is starting", {{"pipeline", config.pipeline}, {"console", pipeline->console_url()}}
  );
  const auto manager = ServiceNotify::FromEnvironment();
  if (manager != nullptr) {
    manager->Start(
        [&pipeline] { return pipeline->alive(); }, [&pipeline] { return pipeline->sentence(); }
    );
  }
  ROWHOUSE_TRY(pipeline->Run(signals->token()));
  LogInfo("rowhouse has stopped");
  return ExitCode::kOk;
}

}  // namespace

Command RunCommand() {
  return {
      .name = "run",
      .group = "Run",
      .summary = "follow the source and keep ClickHouse up to date",
      .examples =
          {"rowhouse run -c rowhouse.yaml", "rowhouse run -c rowhouse.yaml --set log.level=debug"},
      .run = Run};
}

}  // namespace rowhouse::cli
