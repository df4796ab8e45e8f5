#include "cli/health_server.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cli/address.h"

namespace rowhouse::cli {

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

std::pair<int, std::string> Readiness(const std::vector<PartState>& parts, bool verbose) {
  const bool ready = std::ranges::all_of(parts, &PartState::ready);
  const bool standby = ready && std::ranges::any_of(parts, &PartState::standby);
  std::string body = standby ? "standby\n" : (ready ? "ready\n" : "not ready\n");
  for (const PartState& part : parts) {
    if (verbose || !part.ready || part.standby) {
      body += fmt::format(
          "{} {}{}{}\n",
          part.ready ? "ok  " : "wait",
          part.name,
          part.note.empty() ? "" : ": ",
          part.note
      );
    }
  }
  return {ready ? 200 : 503, std::move(body)};
}

}  // namespace

Result<std::unique_ptr<HealthServer>> HealthServer::Start(
    const std::string& listen,
    metrics::Registry& metrics,
    Parts parts,
    Loads loads,
    const More& more
) {
  const Address address = ROWHOUSE_TRY(ParseAddress(listen));
  std::unique_ptr<HealthServer> self(new HealthServer);
  self->routes_.Add("GET", "/healthz", [](const http::Routes::Call& call) {
    (void)call.response.Reply(200, kText, "ok\n");
  });
  self->routes_.Add("GET", "/readyz", [parts = std::move(parts)](const http::Routes::Call& call) {
    const auto [status, body] = Readiness(parts(), call.request.query.Flag("verbose"));
    (void)call.response.Reply(status, kText, body);
  });
  self->routes_.Add("GET", "/metrics", [&metrics](const http::Routes::Call& call) {
    (void
    )call.response.Reply(200, "text/plain; version=0.0.4; charset=utf-8", metrics.PrometheusText());
  });
  self->routes_
      .Add("GET", "/api/v1/loads", [loads = std::move(loads)](const http::Routes::Call& call) {
        (void)call.response.Reply(200, "application/json", loads());
      });
  if (more) {
    more(self->routes_);
  }
  http::ServerOptions options;
  options.name = "console";
  options.host = address.host;
  options.port = address.port;
  self->server_ = ROWHOUSE_TRY(http::Server::Start(
      std::move(options),
      [routes = &self->routes_](const auto& request, auto& body, auto& response) {
        routes->Serve(request, body, response);
      }
  ));
  self->url_ = self->server_->url();
  return self;
}

}  // namespace rowhouse::cli
