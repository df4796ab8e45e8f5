#include "console/console.h"

#include <utility>

#include <fmt/format.h>

#include "base/log.h"

namespace rowhouse::console {
namespace {

constexpr size_t kHeaderBytesMax = size_t{16} << 10;
constexpr uint64_t kBodyBytesMax = uint64_t{8} << 20;
constexpr milliseconds kRequestLimit{30'000};
constexpr seconds kStopLimit{2};
// Enough for questions that wait for a server that is away, beside those that do not.
constexpr int kWorkers = 8;

// The pages need nothing from elsewhere, and nobody may put them into theirs.
constexpr std::string_view kContentPolicy =
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'";

void SetSecurityHeaders(const http::Request& request, http::ResponseWriter& response) {
  response.SetHeader("Content-Security-Policy", std::string(kContentPolicy));
  response.SetHeader("X-Content-Type-Options", "nosniff");
  response.SetHeader("Referrer-Policy", "no-referrer");
  response.SetHeader("X-Frame-Options", "DENY");
  response.SetHeader("Cross-Origin-Opener-Policy", "same-origin");
  response.SetHeader("Cross-Origin-Resource-Policy", "same-origin");
  if (request.tls) {
    response.SetHeader("Strict-Transport-Security", "max-age=31536000");
  }
}

std::string UrlOf(const ConsoleOptions& options) {
  const bool everywhere = options.host == "0.0.0.0" || options.host == "::";
  const std::string host = everywhere ? "localhost" : options.host;
  return fmt::format(
      "{}://{}:{}",
      options.tls ? "https" : "http",
      host.find(':') != std::string::npos ? "[" + host + "]" : host,
      options.port
  );
}

}  // namespace

Console::Console(ConsoleOptions options)
    : options_(std::move(options)), front_end_(options_.files), url_(UrlOf(options_)) {}

Result<std::unique_ptr<Console>> Console::Open(ConsoleOptions options) {
  std::unique_ptr<Console> console(new Console(std::move(options)));
  Status opened = console->OpenState();
  std::optional<Error> why;
  if (!opened) {
    if (opened.error().code() != "E-CON-001") {
      return std::move(opened).error();
    }
    LogWarn("the console answers health and metrics only", opened.error());
    why = opened.error();
  }
  console->routes_ = std::make_unique<ConsoleRoutes>(
      console->access_.get(),
      std::move(why),
      [front_end = &console->front_end_](const auto& request, auto& response) {
        front_end->Serve(request, response);
      }
  );
  ConsoleRoutes& routes = *console->routes_;
  if (console->access_ != nullptr) {
    console->live_ = std::make_unique<LiveFeeds>(*console->access_);
    AddSessionApi(routes, *console->access_, console->options_.facts);
    AddPeopleApi(routes, *console->access_);
    AddViewsApi(routes, *console->access_);
  }
  routes.Add(
      Role::kNone,
      "GET",
      "/api/v1/openapi.json",
      {.summary = "This API as an OpenAPI document"},
      [&routes, version = console->options_.facts.version](const Call&) {
        return console::Answer::Of(routes.OpenApi(version));
      }
  );
  return console;
}

Status Console::OpenState() {
  if (options_.directory.empty()) {
    return Error(ErrorKind::kConfig, "no directory is known for the console's state")
        .WithCode("E-CON-001")
        .WithHint("set console.data");
  }
  AccessOptions access = options_.access;
  access.directory = options_.directory;
  access.url = url_;
  access.port = options_.port;
  access_ = ROWHOUSE_TRY(Access::Open(access));
  return Ok();
}

Console::~Console() {
  Stop();
}

void Console::Stop() {
  if (server_ != nullptr) {
    server_->Stop(Deadline::After(kStopLimit));
  }
  if (live_ != nullptr) {
    live_->Stop();
  }
}

Status Console::Serve() {
  http::ServerOptions options;
  options.name = "console";
  options.host = options_.host;
  options.port = options_.port;
  options.tls = options_.tls;
  options.workers = kWorkers;
  options.header_bytes_max = kHeaderBytesMax;
  options.body_bytes_max = kBodyBytesMax;
  options.header_timeout = kRequestLimit;
  options.body_timeout = kRequestLimit;
  options.io_timeout = kRequestLimit;
  options.event_streams_max = options_.live_views_max;
  options.connections_max = options_.live_views_max + 500;
  server_ = ROWHOUSE_TRY(http::Server::Start(
      std::move(options),
      [this](const auto& request, auto& body, auto& response) { Answer(request, body, response); }
  ));
  if (live_ != nullptr) {
    live_->Start();
  }
  return Ok();
}

void Console::Answer(
    const http::Request& request, http::BodyReader& body, http::ResponseWriter& response
) const {
  SetSecurityHeaders(request, response);
  routes_->Serve(request, body, response);
}

}  // namespace rowhouse::console
