#include "cli/console_wiring.h"

#include <utility>

#include <fmt/format.h>

#include "cli/address.h"
#include "cli/loads.h"
#include "cli/source_tables.h"
#include "cli/version.h"
#include "cli/wiring.h"
#include "model/topic.h"

namespace rowhouse::cli {

namespace {

using console::Answer;
using console::Call;
using console::Json;
using console::Role;

// The last pass, one item a table, as pages show it.
Json LastOf(const Json& pass, const std::string& mode) {
  Json last = Json::array();
  if (!pass.is_object()) {
    return last;
  }
  for (const Json& table : pass.at("tables")) {
    Json item = {
        {"table", table.at("table")},
        {"mode", mode},
        {"at", pass.at("at")},
        {"seconds", pass.at("seconds")},
        {"state", table.at("state")},
        {"source_rows", nullptr},
        {"target_rows", nullptr},
        {"differing", table.value("differing", uint64_t{0})},
        {"error", table.value("error", "")},
        {"first", Json::array()}};
    if (table.contains("rows")) {
      item["source_rows"] = std::to_string(table["rows"].get<uint64_t>());
    }
    last.push_back(std::move(item));
  }
  return last;
}

// Why a topic is written by the pipeline alone; empty: it is not.
std::string WhyOwnTopic(const config::Config& config, const std::string& topic) {
  const TopicNaming naming = TopicNamingOf(config);
  const std::string tables = SanitizeTopic(naming.prefix + naming.delimiter);
  if (topic == SchemaChangeTopic(naming)) {
    return "it is the history of schemas";
  }
  if (topic == TransactionTopic(naming, config.capture.transaction_topic)) {
    return "it tells of transactions";
  }
  if (topic == HeartbeatTopic(naming, config.capture.heartbeat_topic_prefix)) {
    return "it carries heartbeats";
  }
  if (topic.starts_with(kPositionsTopic)) {
    return "it keeps the place from which a pipeline goes on";
  }
  if (topic == kSchemasTopic) {
    return "it keeps the registry's schemas";
  }
  if (topic.starts_with("__")) {
    return "it is Kafka's own";
  }
  return topic.starts_with(tables)
             ? fmt::format("tables' topics begin with {}, and its records would be rows", tables)
             : "";
}

}  // namespace

Result<std::unique_ptr<console::Console>> OpenConsole(
    const config::Config& config, const ConsoleExtras& extras
) {
  const config::Console& from = config.console;
  const Address address = ROWHOUSE_TRY(ParseAddress(from.listen));
  console::ConsoleOptions options;
  options.host = address.host;
  options.port = address.port;
  if (!from.tls.cert.empty()) {
    options.tls = http::TlsFiles{from.tls.cert, from.tls.key};
  }
  options.directory = from.data;
  options.files = from.pages;
  options.live_views_max = static_cast<int>(from.live_views);
  options.access.admin_email = from.admin_email;
  options.access.admin_password = from.admin_password.value.Reveal();
  if (from.admin_email.empty() && !extras.admin_email.empty()) {
    options.access.admin_email = extras.admin_email;
    options.access.admin_password = extras.admin_password;
    options.access.admin_password_rule = console::Users::PasswordRule::kAny;
  }
  options.facts = {Version(), config.pipeline, extras.demo, from.allow_export};
  return console::Console::Open(std::move(options));
}

std::unique_ptr<console::PipelineView> PipelineViewOf(
    const config::Config& config,
    const capture::Progress& progress,
    const inspect::Watch& watch,
    const sink::KafkaEngineUpkeep* sink,
    const VerifySchedule& verify
) {
  const mysql::SourceOptions source = SourceOptionsOf(config);
  return std::make_unique<console::PipelineView>(
      console::PipelineFacts{
          config.pipeline,
          config.capture.delivery,
          source.Where(),
          config.kafka.bootstrap,
          MaskSecrets(config.registry.url, config),
          sink == nullptr ? "" : MaskSecrets(config.sink.url, config)},
      console::PipelineEyes{
          progress,
          watch.history(),
          [&watch] { return watch.Latest(); },
          [sink] {
            if (sink == nullptr) {
              return console::SinkTroubles{};
            }
            auto state = sink->state();
            return console::SinkTroubles{
                std::move(state.refused), std::move(state.unread), std::move(state.problem)};
          },
          [&verify, mode = config.verify.mode] {
            return LastOf(Json::parse(verify.LastJson()), mode);
          }}
  );
}

console::KafkaPagesOptions KafkaPagesOf(const config::Config& config, const inspect::Watch& watch) {
  console::KafkaPagesOptions options;
  options.local_options.kafka = KafkaOptionsOf(config);
  options.local_options.kafka.client_id += "-console";
  if (!config.registry.url.empty()) {
    options.local_options.registry = RegistryOptionsOf(config);
  }
  const kafka::KafkaOptions& kafka = options.local_options.kafka;
  const Json registry = {
      {"url", MaskSecrets(config.registry.url, config)},
      {"username", config.registry.username},
      {"ca", config.registry.ca},
      {"password_set", !config.registry.password.value.Reveal().empty()}};
  options.local = {
      {"id", console::kLocalCluster},
      {"name", "Built in"},
      {"color", "brick"},
      {"builtin", true},
      {"bootstrap", kafka.bootstrap},
      {"security",
       {{"protocol", kafka::SecurityName(kafka.security)},
        {"mechanism", kafka.mechanism},
        {"username", kafka.username},
        {"ca", kafka.tls_ca},
        {"password_set", !kafka.password.empty()}}},
      {"properties", Json::object()},
      {"registry", options.local_options.registry ? registry : Json(nullptr)},
      {"connect", nullptr}};
  options.allow_export = config.console.allow_export;
  options.tables = [&watch] {
    std::map<std::string, std::string> tables;
    if (const inspect::SightPtr sight = watch.Latest()) {
      for (const auto& [id, table] : sight->tables) {
        tables[table.topic] = id.ToString();
      }
    }
    return tables;
  };
  options.own_topic = [&config, tables = options.tables](const std::string& topic) {
    const auto known = tables();
    const auto table = known.find(topic);
    return table != known.end() ? "it carries the rows of " + table->second
                                : WhyOwnTopic(config, topic);
  };
  return options;
}

void AddRunViews(
    console::ConsoleRoutes& routes,
    const capture::Progress& progress,
    const VerifySchedule& verify,
    const std::string& verify_mode,
    const VerifyOrders& orders
) {
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/loads",
      {.summary = "Loads of whole tables that are under way"},
      [&progress](const Call&) {
        return Answer::Of(Json::parse(LoadsJson(progress, Clock::Real().WallMicros())));
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/verify",
      {.summary = "Comparisons of both sides: under way, and the last ones"},
      [&verify, verify_mode, &orders](const Call&) {
        const Json pass = Json::parse(verify.LastJson());
        Json last = Json::array();
        for (const auto& [table, result] : orders.Last()) {
          last.push_back(result);
        }
        for (Json& result : LastOf(pass, verify_mode)) {
          last.push_back(std::move(result));
        }
        return Answer::Of({{"running", orders.Running()}, {"last", std::move(last)}, {"pass", pass}}
        );
      }
  );
}

}  // namespace rowhouse::cli
