#include "base/log.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/signals.h"
#include "cli/wiring.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kStopLimit{5};
constexpr const char* kUsualAddress = "127.0.0.1:8081";

Result<ExitCode> Serve(Context& context) {
  config::Config config = ROWHOUSE_TRY(context.LoadConfig());
  config.registry.listen = context.args().Text("listen", config.registry.listen);
  if (config.registry.listen.empty()) {
    config.registry.listen = kUsualAddress;
  }
  const auto signals = ROWHOUSE_TRY(Signals::Install());
  auto options = ROWHOUSE_TRY(RegistryServerOptionsOf(config));
  const auto server =
      ROWHOUSE_TRY(registry::Server::Start(std::move(options), OpenSchemasTopic(config)));
  LogInfo(
      "schema registry is ready",
      {{"url", server->url()},
       {"kafka", config.kafka.bootstrap},
       {"topic", config.registry.schemas_topic}}
  );
  signals->Wait();
  server->Stop(Deadline::After(kStopLimit));
  LogInfo("schema registry has stopped");
  return ExitCode::kOk;
}

}  // namespace

Command RegistryCommand() {
  return {
      .name = "registry",
      .group = "Run",
      .summary = "a schema registry with Confluent's REST API, kept in Kafka",
      .examples =
          {"rowhouse registry --listen 127.0.0.1:8081 --set kafka.bootstrap=k1:9092",
           "curl http://127.0.0.1:8081/subjects"},
      .options = {{.name = "listen", .value = "HOST:PORT", .doc = "address (registry.listen)"}},
      .run = Serve};
}

}  // namespace rowhouse::cli
