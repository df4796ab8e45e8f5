#include "cli/wiring.h"

#include "cli/address.h"
#include "cli/installed.h"
#include "cli/table_filter.h"

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
  return options;
}

kafka::KafkaOptions KafkaOptionsOf(const config::Config& config) {
  const config::Kafka& k = config.kafka;
  kafka::KafkaOptions options;
  options.bootstrap = k.bootstrap;
  options.client_id = "rowhouse-" + config.pipeline;
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
  options.properties = k.properties;
  return options;
}

clickhouse::ClientOptions ClickHouseOptionsOf(const config::Config& config) {
  const config::Sink& s = config.sink;
  return {.url = s.url, .user = s.user, .password = s.password.value.Reveal(), .ca_file = s.ca};
}

http::ClientOptions RegistryOptionsOf(const config::Config& config) {
  const config::Registry& r = config.registry;
  http::ClientOptions options;
  options.name = "schema registry";
  options.url = r.url;
  options.ca_file = r.ca;
  if (!r.username.empty()) {
    options.credentials = http::Credentials{r.username, r.password.value.Reveal()};
  } else if (!r.listen.empty() && !r.auth_username.empty()) {
    // The registry that we serve ourselves asks for its own user.
    options.credentials = http::Credentials{r.auth_username, r.auth_password.value.Reveal()};
  }
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
  options.engine.library = c.library.empty() ? InstalledPart("libchdb") : c.library;
  if (options.engine.library.empty()) {
    return Error(ErrorKind::kConfig, "the embedded ClickHouse needs libchdb.so, and none is known")
        .WithCode("E-CHS-001")
        .WithHint("tools/bootstrap demo installs it; or set clickhouse.library");
  }
  return options;
}

std::function<bool(const TableId&)> WantedTables(const config::Config& config) {
  return
      [filter = TableFilter(config.source.tables, config.source.exclude_tables)](const TableId& id
      ) { return filter.Wants(id.db, id.table); };
}

}  // namespace rowhouse::cli
