#include "cli/wiring.h"

#include <charconv>
#include <random>

#include <fmt/format.h>

#include "base/check.h"
#include "cli/address.h"
#include "cli/format_options.h"
#include "cli/installed.h"
#include "cli/table_filter.h"
#include "cli/version.h"
#include "kafka/compacted_log.h"
#include "kafka/transaction.h"

namespace rowhouse::cli {

namespace {

mysql::TlsMode TlsModeOf(const std::string& mode) {
  if (mode == "disabled") {
    return mysql::TlsMode::kDisabled;
  }
  if (mode == "required") {
    return mysql::TlsMode::kRequired;
  }
  if (mode == "verify-ca") {
    return mysql::TlsMode::kVerifyCa;
  }
  return mode == "verify-full" ? mysql::TlsMode::kVerifyFull : mysql::TlsMode::kPreferred;
}

kafka::Security SecurityOf(const std::string& protocol) {
  if (protocol == "ssl") {
    return kafka::Security::kSsl;
  }
  if (protocol == "sasl_plaintext") {
    return kafka::Security::kSaslPlaintext;
  }
  return protocol == "sasl_ssl" ? kafka::Security::kSaslSsl : kafka::Security::kPlaintext;
}

// The registry that we serve ourselves asks for its own user.
std::optional<http::Credentials> RegistryCredentials(const config::Registry& r) {
  if (!r.username.empty()) {
    return http::Credentials{r.username, r.password.value.Reveal()};
  }
  if (!r.listen.empty() && !r.auth_username.empty()) {
    return http::Credentials{r.auth_username, r.auth_password.value.Reveal()};
  }
  return std::nullopt;
}

// ClickHouse takes the registry's user and password as part of the URL.
std::string RegistryUrlForClickHouse(const config::Config& config) {
  std::string url = config.sink.registry_url;
  const auto credentials = RegistryCredentials(config.registry);
  const size_t scheme_end = url.find("://");
  if (credentials && scheme_end != std::string::npos) {
    url.insert(
        scheme_end + 3,
        http::PercentEncode(credentials->user) + ":" + http::PercentEncode(credentials->password) +
            "@"
    );
  }
  return url;
}

std::vector<std::pair<std::string, std::string>> KafkaSettingsForClickHouse(
    const config::KafkaSecurity& security
) {
  if (security.protocol == "plaintext") {
    return {};
  }
  std::vector<std::pair<std::string, std::string>> settings = {
      {"kafka_security_protocol", security.protocol}};
  if (!security.mechanism.empty()) {
    settings.emplace_back("kafka_sasl_mechanism", security.mechanism);
    settings.emplace_back("kafka_sasl_username", security.username);
    settings.emplace_back("kafka_sasl_password", security.password.value.Reveal());
  }
  return settings;
}

clickhouse::DropPolicy DropPolicyOf(const std::string& policy) {
  return policy == "drop" ? clickhouse::DropPolicy::kDrop : clickhouse::DropPolicy::kKeep;
}

// A random id of this start in a UUID's form.
std::string RunId() {
  std::random_device random;
  const auto word = [&random] { return random() & 0xFFFFU; };
  return fmt::format(
      "{:04x}{:04x}-{:04x}-4{:03x}-{:04x}-{:04x}{:04x}{:04x}",
      word(),
      word(),
      word(),
      word() & 0xFFF,
      (word() & 0x3FFF) | 0x8000,
      word(),
      word(),
      word()
  );
}

}  // namespace

mysql::SourceOptions SourceOptionsOf(const config::Config& config) {
  const config::Source& s = config.source;
  mysql::SourceOptions options;
  options.host = s.host;
  options.port = static_cast<uint16_t>(s.port);
  options.socket = s.socket;
  options.user = s.user;
  options.password = s.password.value.Reveal();
  options.tls = {
      .mode = TlsModeOf(s.tls.mode), .ca = s.tls.ca, .cert = s.tls.cert, .key = s.tls.key};
  options.connect_timeout = s.connect_timeout;
  options.server_id = s.server_id;
  options.heartbeat = s.heartbeat;
  if (!s.read_endpoint.empty()) {
    auto address = ParseAddress(s.read_endpoint);
    CHECK(address);  // its form has been checked when the configuration was read
    options.read_host = std::move(address->host);
    options.read_port = address->port;
    options.read_wait = s.read_wait;
  }
  options.with_query = config.format.query;
  options.with_transactions = config.capture.transaction_metadata;
  return options;
}

kafka::KafkaOptions KafkaOptionsOf(const config::Config& config) {
  const config::Kafka& k = config.kafka;
  kafka::KafkaOptions options;
  options.bootstrap = k.bootstrap;
  options.client_id = "rowhouse-" + config.pipeline;
  options.software_version = Version();
  options.security = SecurityOf(k.security.protocol);
  options.mechanism = k.security.mechanism;
  options.username = k.security.username;
  options.password = k.security.password.value.Reveal();
  options.tls_ca = k.security.tls.ca;
  options.tls_cert = k.security.tls.cert;
  options.tls_key = k.security.tls.key;
  options.compression = k.compression;
  options.linger = k.linger;
  options.queue_bytes = k.queue_bytes.bytes;
  options.transaction_timeout = config.capture.transaction_timeout;
  options.properties = k.properties;
  // Larger rows are refused by us, with a reason, before librdkafka sees them.
  if (const auto limit = k.properties.find("message.max.bytes"); limit != k.properties.end()) {
    const std::string& text = limit->second;
    std::from_chars(text.data(), text.data() + text.size(), options.record_bytes_max);
  }
  return options;
}

kafka::CheckpointPlace CheckpointPlaceOf(const config::Config& config) {
  return kafka::PlaceOfPipeline(config.pipeline, static_cast<int32_t>(config.kafka.replication));
}

bool ExactlyOnce(const config::Config& config) {
  return config.capture.delivery == "exactly-once";
}

kafka::KafkaOptions CheckpointOwnerOptionsOf(const config::Config& config) {
  kafka::KafkaOptions options = KafkaOptionsOf(config);
  if (!ExactlyOnce(config)) {
    options.transactional_id = kafka::TransactionalId(config.pipeline);
  }
  return options;
}

kafka::EventLogOptions EventLogOptionsOf(const config::Config& config) {
  kafka::EventLogOptions options;
  options.kafka = KafkaOptionsOf(config);
  if (ExactlyOnce(config)) {
    options.checkpoint = CheckpointPlaceOf(config);
  }
  return options;
}

TopicNaming TopicNamingOf(const config::Config& config) {
  return {config.capture.topic_prefix, config.capture.topic_delimiter};
}

std::vector<std::pair<std::string, std::string>> ContextHeaders(
    const config::Config& config, const std::string& connector
) {
  return {
      {"__debezium.context.connectorLogicalName", config.capture.topic_prefix},
      {"__debezium.context.taskId", "0"},
      {"__debezium.context.connectorName", connector},
      {"__debezium.context.runId", RunId()}};
}

clickhouse::ClientOptions ClickHouseOptionsOf(const config::Config& config) {
  const config::Sink& s = config.sink;
  return {.url = s.url, .user = s.user, .password = s.password.value.Reveal(), .ca_file = s.ca};
}

clickhouse::PipelineOptions PipelineOptionsOf(const config::Config& config) {
  const config::Sink& s = config.sink;
  clickhouse::PipelineOptions options;
  options.history_database = s.history_database;
  options.current_database = s.current_database;
  options.topics = TopicNamingOf(config);
  options.kafka_bootstrap = s.kafka_bootstrap;
  options.registry_url = RegistryUrlForClickHouse(config);
  options.group_prefix = "rowhouse." + config.pipeline;
  options.kafka_settings = KafkaSettingsForClickHouse(config.kafka.security);
  options.on_type_change = s.on_type_change == "new_column" ? clickhouse::TypePolicy::kNewColumn
                                                            : clickhouse::TypePolicy::kWiden;
  options.on_drop_column = DropPolicyOf(s.on_drop_column);
  options.on_drop_table = DropPolicyOf(s.on_drop_table);
  options.consumers = s.consumers;
  options.flush_interval = s.flush_interval;
  options.max_block_rows = s.max_block_rows;
  auto format = FormatOf(config);
  CHECK(format);  // the configuration has been checked when it was read
  options.types.format = *std::move(format);
  return options;
}

Result<registry::ServerOptions> RegistryServerOptionsOf(const config::Config& config) {
  const config::Registry& r = config.registry;
  const Address address = ROWHOUSE_TRY(ParseAddress(r.listen));
  registry::ServerOptions options;
  options.http.name = "registry";
  options.http.host = address.host;
  options.http.port = address.port;
  if (!r.tls.cert.empty()) {
    options.http.tls = http::TlsFiles{r.tls.cert, r.tls.key};
  }
  if (!r.auth_username.empty()) {
    options.credentials = http::Credentials{r.auth_username, r.auth_password.value.Reveal()};
  }
  const auto level = avro::ParseCompatibility(r.compatibility);
  options.default_level = level.value_or(avro::Compatibility::kBackward);
  return options;
}

http::ClientOptions RegistryOptionsOf(const config::Config& config) {
  const config::Registry& r = config.registry;
  http::ClientOptions options;
  options.name = "schema registry";
  options.url = r.url;
  options.ca_file = r.ca;
  options.credentials = RegistryCredentials(r);
  return options;
}

inspect::WatchOptions WatchOptionsOf(const config::Config& config) {
  inspect::WatchOptions options;
  options.pipeline = config.pipeline;
  options.kafka = KafkaOptionsOf(config);
  options.source = SourceOptionsOf(config);
  options.clickhouse = ClickHouseOptionsOf(config);
  options.objects = PipelineOptionsOf(config);
  options.sink = config.sink.mode == "kafka-engine" && !config.sink.url.empty();
  options.registry = RegistryOptionsOf(config);
  return options;
}

Result<chserver::ServerOptions> EmbeddedOptionsOf(const config::Config& config) {
  const config::ClickHouse& c = config.clickhouse;
  const Address address = ROWHOUSE_TRY(ParseAddress(c.listen));
  chserver::ServerOptions options;
  options.host = address.host;
  options.port = address.port;
  options.access.user = c.user;
  options.access.password = c.password.value.Reveal();
  options.engine.data_dir = c.data;
  if (config.sink.consumers > 1) {
    // A table's consumers would share the static member's name, and only one could join.
    options.engine.kafka = {{"session_timeout_ms", "6000"}};
  }
  options.engine.library = c.library.empty() ? InstalledPart("libchdb") : c.library;
  if (options.engine.library.empty()) {
    return Error(ErrorKind::kConfig, "the embedded ClickHouse needs libchdb.so, and none is known")
        .WithCode("E-CHS-001")
        .WithHint("tools/bootstrap demo installs it; or set clickhouse.library");
  }
  return options;
}

registry::Store::OpenLog OpenSchemasTopic(const config::Config& config) {
  return [kafka = KafkaOptionsOf(config),
          topic = config.registry.schemas_topic,
          replication = static_cast<int32_t>(config.kafka.replication)](
         ) -> Result<std::unique_ptr<CompactedLog>> {
    return ROWHOUSE_TRY(kafka::KafkaCompactedLog::Open(kafka, topic, replication));
  };
}

std::function<bool(const TableId&)> WantedTables(const config::Config& config) {
  std::vector<std::string> exclude = config.source.exclude_tables;
  if (config.source.exclude_helper_tables) {
    exclude.insert(exclude.end(), {"*._*_gho", "*._*_ghc", "*._*_del", "*._*_new", "*._*_old"});
  }
  return [filter = TableFilter(config.source.tables, exclude)](const TableId& id) {
    return filter.Wants(id.db, id.table);
  };
}

}  // namespace rowhouse::cli
