#include "chserver/server.h"

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <stop_token>
#include <thread>
#include <unistd.h>
#include <utility>

#include "base/log.h"
#include "base/mutex.h"

namespace rowhouse::chserver {
namespace {

// ClickHouse passes long statements and many parameters in the URL.
constexpr size_t kHeaderBytesMax = size_t{1024} * 1024;
// A client may wait long between two reads of a large result, and a query long between two blocks.
constexpr milliseconds kIoTimeout{300'000};

// Registered last, it runs first: before the engine's own destructors.
void ExitAtOnce(int status, void*) {
  std::fflush(nullptr);
  _exit(status);
}

}  // namespace

Result<std::unique_ptr<Server>> Server::Start(const ServerOptions& options) {
  std::unique_ptr<Server> server(new Server);
  server->engine_ = ROWHOUSE_TRY(Engine::Open(options.engine));
  server->interface_ = std::make_unique<HttpInterface>(*server->engine_, options.access);
  http::ServerOptions http;
  http.name = "clickhouse";
  http.host = options.host;
  http.port = options.port;
  http.tls = options.tls;
  http.workers = options.workers;
  http.header_bytes_max = kHeaderBytesMax;
  http.io_timeout = kIoTimeout;
  HttpInterface* interface = server->interface_.get();
  server->listener_ = ROWHOUSE_TRY(http::Server::Start(
      std::move(http),
      [interface](
          const http::Request& request, http::BodyReader& body, http::ResponseWriter& response
      ) { interface->Handle(request, body, response); }
  ));
  return server;
}

Server::~Server() {
  Stop(Deadline::After(seconds(2)));
}

void Server::Stop(Deadline deadline) {
  if (listener_ != nullptr) {
    listener_->Stop(deadline);
  }
  listener_.reset();
  interface_.reset();
  if (engine_ == nullptr) {
    return;
  }

  struct Closing {
    Mutex mu;
    CondVar changed;
    bool done GUARDED_BY(mu) = false;
  };

  const auto closing = std::make_shared<Closing>();
  // Detached: where it does not end in time, it must not hold up the exit.
  std::thread([closing, engine = std::move(engine_)]() mutable {
    engine.reset();
    MutexLock lock(closing->mu);
    closing->done = true;
    closing->changed.NotifyAll();
  }).detach();
  MutexLock lock(closing->mu);
  const bool closed = closing->changed.WaitFor(
      closing->mu,
      std::stop_token(),
      deadline,
      [&]() NO_THREAD_SAFETY_ANALYSIS { return closing->done; }
  );
  if (!closed) {
    LogWarn("the ClickHouse engine has not closed in time; leaving without it");
    on_exit(ExitAtOnce, nullptr);
  }
}

}  // namespace rowhouse::chserver
