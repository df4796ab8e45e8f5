#include "console/health.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace rowhouse::console {

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

void AddHealth(
    ConsoleRoutes& routes, metrics::Registry& metrics, std::function<std::vector<PartState>()> parts
) {
  routes.AddOpen("GET", "/healthz", [](const http::Routes::Call& call) {
    (void)call.response.Reply(200, kText, "ok\n");
  });
  routes.AddOpen("GET", "/readyz", [parts = std::move(parts)](const http::Routes::Call& call) {
    const auto [status, body] = Readiness(parts(), call.request.query.Flag("verbose"));
    (void)call.response.Reply(status, kText, body);
  });
  routes.AddOpen("GET", "/metrics", [&metrics](const http::Routes::Call& call) {
    (void
    )call.response.Reply(200, "text/plain; version=0.0.4; charset=utf-8", metrics.PrometheusText());
  });
}

}  // namespace rowhouse::console
