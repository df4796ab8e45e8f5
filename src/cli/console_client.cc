#include "cli/console_client.h"

#include <utility>

#include <fmt/format.h>

#include "cli/address.h"
#include "console/access.h"

namespace rowhouse::cli {

namespace {

Result<http::Response> Send(const config::Config& config, http::ClientRequest request) {
  if (config.console.listen.empty()) {
    return Error(ErrorKind::kUnavailable, "console.listen is empty: a process can't be asked");
  }
  const Address address = ROWHOUSE_TRY(ParseAddress(config.console.listen));
  const bool tls = !config.console.tls.cert.empty();
  http::ClientOptions options;
  options.name = "rowhouse";
  options.url = (tls ? "https://" : "http://") + config.console.listen;
  options.ca_file = config.console.tls.cert;
  const auto client = ROWHOUSE_TRY(http::Client::Open(options));
  const std::string token = console::CommandLineToken(config.console.data, address.port);
  if (!token.empty()) {
    request.headers.Add("Authorization", "Bearer " + token);
  }
  if (!request.body.empty()) {
    request.headers.Add("Content-Type", "application/json");
  }
  auto answer = client->Send(request);
  if (!answer && answer.error().kind() == ErrorKind::kAuth) {
    return std::move(answer)
        .error()
        .WithCode("E-CON-015")
        .WithHint(fmt::format(
            "run it as the account of the process, with the same console.data ({})",
            config.console.data.empty() ? "not set" : config.console.data
        ));
  }
  return answer;
}

}  // namespace

Result<http::Response> AskConsole(
    const config::Config& config,
    const std::string& method,
    const std::string& target,
    const std::string& body,
    Deadline deadline
) {
  http::ClientRequest request;
  request.method = method;
  request.target = target;
  request.body = body;
  request.deadline = deadline;
  return Send(config, std::move(request));
}

Result<http::Response> HearConsole(
    const config::Config& config,
    const std::string& target,
    http::BodySink hear,
    std::stop_token stop
) {
  http::ClientRequest request;
  request.target = target;
  request.sink = std::move(hear);
  request.deadline = Deadline::Never();
  request.stop = std::move(stop);
  return Send(config, std::move(request));
}

}  // namespace rowhouse::cli
