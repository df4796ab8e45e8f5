#pragma once

#include <memory>
#include <optional>
#include <string>

#include "avro/compatibility.h"
#include "http/server.h"
#include "registry/store.h"

namespace rowhouse::registry {

// Its name, and workers enough for reads beside writes that wait for Kafka.
inline http::ServerOptions DefaultHttp() {
  http::ServerOptions options;
  options.name = "registry";
  options.workers = 4;
  return options;
}

// How a registry is served.
struct ServerOptions {
  // Address, TLS. A write holds a worker while it waits for Kafka; reads need one too.
  http::ServerOptions http = DefaultHttp();
  std::optional<http::Credentials> credentials;  // none: open to all who reach it
  avro::Compatibility default_level = avro::Compatibility::kBackward;
};

// A schema registry with Confluent's REST API and topic format, for Avro.
//
// Anything that speaks to Confluent's registry speaks to this one: Java and Python
// serialisers, ClickHouse's AvroConfluent, consoles. Its only store is the topic that
// `open_log` opens, so it can be ended at any time and takes over from Confluent's, or gives
// over to it. Run one registry a topic. Schemas that are not Avro are refused with 42201.
//
// It starts and answers without Kafka: with error 50003 until the topic was read once,
// from memory for reads after that; writes work again when Kafka does.
//
// Threads: as http::Server.
// Errors:  Start: kConfig, as http::Server.
class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(ServerOptions options, Store::OpenLog open_log);
  ~Server();

  // "http://127.0.0.1:8081".
  std::string url() const { return http_->url(); }

  uint16_t port() const { return http_->port(); }

  Store& store();

  void Stop(Deadline deadline) { http_->Stop(deadline); }

 private:
  struct Parts;
  explicit Server(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
  std::unique_ptr<http::Server> http_;  // ends before what its handlers use
};

}  // namespace rowhouse::registry
