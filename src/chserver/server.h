#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "chserver/engine.h"
#include "chserver/http_interface.h"
#include "http/server.h"

namespace rowhouse::chserver {

// Engine, access and address of a server.
struct ServerOptions {
  EngineOptions engine;
  HttpInterfaceOptions access;
  std::string host = "127.0.0.1";
  uint16_t port = 8123;  // 0: a free one
  std::optional<http::TlsFiles> tls;
  int workers = 16;  // queries that run at once
};

// `rowhouse clickhouse`: the engine with its HTTP interface.
//
// Owns:    engine, interface and listener; the data directory while it lives.
// Threads: one owner.
// Errors:  Start: kConfig (library, data directory, address).
class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(const ServerOptions& options);

  // Stop() with a deadline of 2 s.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const { return listener_->port(); }

  std::string url() const { return listener_->url(); }

  const std::string& version() const { return engine_->version(); }

  // Lets running queries end until the deadline, cuts the others, closes the engine.
  //
  // Where the engine does not end in time (a Kafka table can wait 15 s for a broker that is
  // away), it is left running and the process, when it exits, skips the destructors that would
  // run into its threads. Rows are as safe as after kill -9.
  void Stop(Deadline deadline);

 private:
  Server() = default;

  // In the order they are made; ended in the opposite order.
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<HttpInterface> interface_;
  std::unique_ptr<http::Server> listener_;
};

}  // namespace rowhouse::chserver
