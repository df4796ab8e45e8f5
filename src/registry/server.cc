#include "registry/server.h"

#include "registry/rest.h"

namespace rowhouse::registry {

// What the handlers work on.
struct Server::Parts {
  Parts(Store::OpenLog open_log, const ServerOptions& options)
      : store(std::move(open_log), options.default_level),
        rest(store),
        credentials(options.credentials) {}

  bool Allows(const http::Request& request) const {
    if (!credentials.has_value()) {
      return true;
    }
    const auto given = request.BasicAuth();
    return given.has_value() && http::SameSecret(given->user, credentials->user) &&
           http::SameSecret(given->password, credentials->password);
  }

  void Serve(const http::Request& request, http::BodyReader& body, http::ResponseWriter& response)
      const {
    if (Allows(request)) {
      rest.routes().Serve(request, body, response);
      return;
    }
    response.SetHeader("WWW-Authenticate", "Basic realm=\"schema registry\"");
    // A client that does not take the answer needs none.
    (void
    )response.Reply(401, "application/vnd.schemaregistry.v1+json", ErrorText(401, "Unauthorized"));
  }

  Store store;
  Rest rest;
  const std::optional<http::Credentials> credentials;
};

Result<std::unique_ptr<Server>> Server::Start(ServerOptions options, Store::OpenLog open_log) {
  std::unique_ptr<Server> server(new Server(std::make_unique<Parts>(std::move(open_log), options)));
  server->http_ = ROWHOUSE_TRY(http::Server::Start(
      std::move(options.http),
      [parts = server->parts_.get()](
          const http::Request& request, http::BodyReader& body, http::ResponseWriter& response
      ) { parts->Serve(request, body, response); }
  ));
  return server;
}

Server::Server(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Server::~Server() = default;

Store& Server::store() {
  return parts_->store;
}

}  // namespace rowhouse::registry
