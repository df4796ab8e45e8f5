#include "console/clusters.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "kafka/cluster.h"

namespace rowhouse::console {

namespace {

constexpr std::array<const char*, 3> kWithPassword = {"security", "registry", "connect"};

// These would have librdkafka run or load what they name.
constexpr std::array<std::string_view, 2> kRefused = {
    "plugin.library.paths", "sasl.kerberos.kinit.cmd"};

Error Bad(const std::string& message, const std::string& fix) {
  return Error(ErrorKind::kBadRecord, message).WithCode("E-CON-007").WithHint(fix);
}

Json PartAt(const Json& body, const char* name) {
  const auto at = body.find(name);
  return at != body.end() && at->is_object() ? *at : Json(nullptr);
}

// A part that is given without a password keeps the one it had.
void KeepPasswords(Json& body, const Json& before) {
  for (const char* part : kWithPassword) {
    const std::string password = TextAt(PartAt(before, part), "password");
    if (!password.empty() && body.contains(part) && body[part].is_object() &&
        !body[part].contains("password")) {
      body[part]["password"] = password;
    }
  }
}

Json WithoutPasswords(Json body) {
  for (const char* part : kWithPassword) {
    if (body.contains(part) && body[part].is_object()) {
      body[part]["password_set"] = !TextAt(body[part], "password").empty();
      body[part].erase("password");
    }
  }
  return body;
}

// Every part is there, so that pages need not ask.
Json Complete(const std::string& id, const Json& body) {
  Json security = {{"protocol", "PLAINTEXT"}, {"mechanism", ""}, {"username", ""}, {"ca", ""}};
  if (const Json given = PartAt(body, "security"); given.is_object()) {
    security.update(given);
  }
  const std::string name = TextAt(body, "name");
  const std::string color = TextAt(body, "color");
  return {
      {"id", id},
      {"name", name.empty() ? id : name},
      {"color", color.empty() ? "brick" : color},
      {"builtin", false},
      {"bootstrap", TextAt(body, "bootstrap")},
      {"security", std::move(security)},
      {"properties", PartAt(body, "properties").is_object() ? body["properties"] : Json::object()},
      {"registry", PartAt(body, "registry")},
      {"connect", PartAt(body, "connect")}};
}

Result<kafka::Security> SecurityOf(const std::string& protocol) {
  using kafka::Security;
  for (const Security s :
       {Security::kPlaintext, Security::kSsl, Security::kSaslPlaintext, Security::kSaslSsl}) {
    if (protocol == kafka::SecurityName(s)) {
      return s;
    }
  }
  return Bad(
      fmt::format("security.protocol: '{}' is none", protocol),
      "PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL"
  );
}

std::optional<http::Credentials> CredentialsOf(const Json& part) {
  const std::string user = TextAt(part, "username");
  return user.empty() ? std::nullopt
                      : std::optional(http::Credentials{user, TextAt(part, "password")});
}

Status CheckId(const std::string& id) {
  const bool plain = !id.empty() && id.size() <= 64 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain || id == "test" || id == "new") {
    return Bad(
        fmt::format("id: '{}' can't be one", id), "a-z, 0-9, - and _; not \"test\" or \"new\""
    );
  }
  return Ok();
}

}  // namespace

Result<browse::ClusterOptions> ClusterOptionsOf(const Json& body) {
  browse::ClusterOptions options;
  kafka::KafkaOptions& kafka = options.kafka;
  kafka.bootstrap = TextAt(body, "bootstrap");
  kafka.client_id = "rowhouse-console";
  if (auto parsed = kafka::ParseBootstrap(kafka.bootstrap); !parsed) {
    return Bad("bootstrap: " + parsed.error().message(), "host:port, more with commas between");
  }
  const Json security = PartAt(body, "security");
  const std::string protocol = TextAt(security, "protocol");
  kafka.security = ROWHOUSE_TRY(SecurityOf(protocol.empty() ? "PLAINTEXT" : protocol));
  kafka.mechanism = TextAt(security, "mechanism");
  kafka.username = TextAt(security, "username");
  kafka.password = TextAt(security, "password");
  kafka.tls_ca = TextAt(security, "ca");
  if (const Json properties = PartAt(body, "properties"); properties.is_object()) {
    for (const auto& [name, value] : properties.items()) {
      if (!value.is_string() || std::ranges::find(kRefused, name) != kRefused.end()) {
        return Bad(fmt::format("properties: '{}' can't be set here", name), "remove it");
      }
      kafka.properties[name] = value.get<std::string>();
    }
  }
  if (auto made = kafka::MakeProperties(kafka, kafka::Role::kAdmin); !made) {
    return Bad("properties: " + made.error().message(), made.error().hint());
  }
  const Json registry = PartAt(body, "registry");
  if (const std::string url = TextAt(registry, "url"); !url.empty()) {
    options.registry.emplace();
    options.registry->name = "schema registry";
    options.registry->url = url;
    options.registry->ca_file = TextAt(registry, "ca");
    options.registry->credentials = CredentialsOf(registry);
  }
  return options;
}

Clusters::Clusters(Database& database, Json local, browse::ClusterOptions local_options)
    : database_(database), local_(std::move(local)) {
  const MutexLock lock(mu_);
  clients_[kLocalCluster] = std::make_shared<browse::ClusterClient>(std::move(local_options));
}

std::vector<Field> Clusters::BodyFields() {
  return {
      {.name = "id", .doc = "a-z, 0-9, - and _; stays"},
      {.name = "name"},
      {.name = "color"},
      {.name = "bootstrap", .doc = "host:port,host:port"},
      {.name = "security",
       .type = Field::Type::kObject,
       .doc = "protocol, mechanism, username, password, ca"},
      {.name = "properties", .type = Field::Type::kObject, .doc = "of librdkafka"},
      {.name = "registry", .type = Field::Type::kObject, .doc = "url, username, password, ca"},
      {.name = "connect", .type = Field::Type::kObject, .doc = "url, username, password"}};
}

Result<std::vector<Json>> Clusters::All() {
  std::vector<Json> all = {local_};
  const Outcome found = ROWHOUSE_TRY(database_.Run("SELECT id, body FROM clusters ORDER BY id"));
  for (size_t i = 0; i < found.rows.size(); ++i) {
    const Json body = Json::parse(found.Text(i, 1), nullptr, false);
    all.push_back(WithoutPasswords(Complete(found.Text(i, 0), body)));
  }
  return all;
}

Result<Json> Clusters::Stored(const std::string& id) {
  const Outcome found = ROWHOUSE_TRY(database_.Run("SELECT body FROM clusters WHERE id = ?", {id}));
  if (found.rows.empty()) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no cluster '{}'", id))
        .WithCode("E-CON-009")
        .WithHint("GET /api/v1/clusters lists them");
  }
  return Json::parse(found.Text(0, 0), nullptr, false);
}

Result<Json> Clusters::Shown(const std::string& id) {
  if (id == kLocalCluster) {
    return local_;
  }
  const Json body = ROWHOUSE_TRY(Stored(id));
  return WithoutPasswords(Complete(id, body));
}

Result<std::shared_ptr<browse::ClusterClient>> Clusters::Find(const std::string& id) {
  {
    const MutexLock lock(mu_);
    if (const auto at = clients_.find(id); at != clients_.end()) {
      return at->second;
    }
  }
  const Json body = ROWHOUSE_TRY(Stored(id));
  browse::ClusterOptions options = ROWHOUSE_TRY(ClusterOptionsOf(body));
  auto client = std::make_shared<browse::ClusterClient>(std::move(options));
  const MutexLock lock(mu_);
  return clients_.try_emplace(id, std::move(client)).first->second;
}

Result<std::optional<http::ClientOptions>> Clusters::ConnectOf(const std::string& id) {
  const Json connect = PartAt(id == kLocalCluster ? local_ : ROWHOUSE_TRY(Stored(id)), "connect");
  http::ClientOptions options;
  options.name = "Kafka Connect";
  options.url = TextAt(connect, "url");
  options.credentials = CredentialsOf(connect);
  return options.url.empty() ? std::nullopt : std::optional(std::move(options));
}

Result<Json> Clusters::Store(const std::string& id, Json body) {
  body.erase("id");
  (void)ROWHOUSE_TRY(ClusterOptionsOf(body));
  ROWHOUSE_TRY(
      database_.Run("INSERT OR REPLACE INTO clusters (id, body) VALUES (?, ?)", {id, TextOf(body)})
  );
  {
    const MutexLock lock(mu_);
    clients_.erase(id);  // whoever uses it goes on with it
  }
  return WithoutPasswords(Complete(id, body));
}

Result<Json> Clusters::Add(const Json& body) {
  const std::string id = TextAt(body, "id");
  ROWHOUSE_TRY(CheckId(id));
  if (id == kLocalCluster || Stored(id)) {
    return Error(ErrorKind::kConfig, fmt::format("there is a cluster '{}' already", id))
        .WithCode("E-CON-010")
        .WithHint("take another name");
  }
  return Store(id, body);
}

Result<Json> Clusters::Change(const std::string& id, const Json& body) {
  if (id == kLocalCluster) {
    return Error(ErrorKind::kConfig, "the built-in cluster is the pipeline's own")
        .WithHint("change kafka.* and registry.* in the configuration");
  }
  const Json before = ROWHOUSE_TRY(Stored(id));
  Json after = body;
  KeepPasswords(after, before);
  return Store(id, std::move(after));
}

Status Clusters::Remove(const std::string& id) {
  if (id == kLocalCluster) {
    return Error(ErrorKind::kConfig, "the built-in cluster is the pipeline's own; it stays");
  }
  (void)ROWHOUSE_TRY(Stored(id));
  ROWHOUSE_TRY(database_.Run("DELETE FROM clusters WHERE id = ?", {id}));
  const MutexLock lock(mu_);
  clients_.erase(id);
  return Ok();
}

void Clusters::CloseIdle(Clock::TimePoint unused_since) {
  std::vector<std::shared_ptr<browse::ClusterClient>> clients;
  {
    const MutexLock lock(mu_);
    for (const auto& [id, client] : clients_) {
      clients.push_back(client);
    }
  }
  for (const auto& client : clients) {
    client->CloseIdle(unused_since);
  }
}

}  // namespace rowhouse::console
