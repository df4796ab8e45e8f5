#include "registry/client.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "registry/errors.h"

namespace rowhouse::registry {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kContentType = "application/vnd.schemaregistry.v1+json";

ErrorKind KindOf(int status) {
  if (status == 404) {
    return ErrorKind::kNotFound;
  }
  return status >= 500 || status == 408 || status == 429 ? ErrorKind::kUnavailable
                                                         : ErrorKind::kBadRecord;
}

// What the registry says went wrong, in its words where it has some.
Error Refusal(const std::string& place, const http::Response& response) {
  const Json said = Json::parse(response.body, nullptr, false);
  const bool known = said.is_object() && said.contains("message") && said["message"].is_string();
  const std::string message = known ? said["message"].get<std::string>() : response.body;
  const bool numbered =
      known && said.contains("error_code") && said["error_code"].is_number_integer();
  const int code = numbered ? said["error_code"].get<int>() : response.status;
  return Error(KindOf(response.status), fmt::format("{}: {} (error {})", place, message, code))
      .WithNative(code);
}

// The code under which `rowhouse help` explains a server that is away or refuses us.
Error Named(Error error) {
  if (error.kind() == ErrorKind::kUnavailable) {
    return std::move(error).WithCode("E-REG-001");
  }
  if (error.kind() == ErrorKind::kAuth) {
    return std::move(error).WithCode("E-REG-002");
  }
  return error;
}

}  // namespace

Result<std::unique_ptr<Client>> Client::Open(
    http::ClientOptions options, milliseconds timeout, OnIncompatible on_incompatible
) {
  options.name = "schema registry";
  auto http = ROWHOUSE_TRY(http::Client::Open(std::move(options)));
  return std::unique_ptr<Client>(new Client(std::move(http), timeout, on_incompatible));
}

Result<std::string> Client::Ask(
    const std::string& method, const std::string& target, const std::string& body
) {
  http::ClientRequest request;
  request.method = method;
  request.target = target;
  request.body = body;
  request.deadline = Deadline::After(timeout_);
  request.headers.Add("Accept", std::string(kContentType));
  if (!body.empty()) {
    request.headers.Add("Content-Type", std::string(kContentType));
  }
  auto sent = http_->Send(request);
  if (!sent) {
    return Named(std::move(sent).error());
  }
  http::Response response = *std::move(sent);
  if (!response.ok()) {
    return Refusal(http_->place(), response);
  }
  return std::move(response.body);
}

// Sets the subject's level only once it stands in the way: most subjects never need it.
Result<std::string> Client::AskToRegister(const std::string& subject, const std::string& schema) {
  const std::string target = fmt::format("/subjects/{}/versions", http::PercentEncode(subject));
  const std::string body =
      Json({{"schema", schema}}).dump(-1, ' ', false, Json::error_handler_t::replace);
  auto answer = Ask("POST", target, body);
  // Some registries give 409 without more digits.
  constexpr int kConflict = 409;
  const bool refused = !answer.has_value() && (answer.error().native() == kIncompatible ||
                                               answer.error().native() == kConflict);
  if (!refused) {
    return answer;
  }
  if (on_incompatible_ == OnIncompatible::kRefuse) {
    return std::move(answer).error().WithHint(
        "set registry.on_incompatible: accept, or the subject's level to NONE (PUT /config/" +
        subject + "), then rowhouse resync the table"
    );
  }
  LogWarn(
      "the registry finds a table's new schema incompatible; its subject's level becomes NONE",
      answer.error(),
      {{"subject", subject}}
  );
  ROWHOUSE_TRY(SetLevel(subject, "NONE"));
  return Ask("POST", target, body);
}

Result<int32_t> Client::Register(const std::string& subject, const std::string& schema) {
  const std::pair key(subject, schema);
  {
    const MutexLock lock(mu_);
    if (const auto known = ids_.find(key); known != ids_.end()) {
      return known->second;
    }
  }
  auto answer = AskToRegister(subject, schema);
  if (!answer.has_value()) {
    return std::move(answer).error().Context("registering a schema of " + subject);
  }
  const Json json = Json::parse(*answer, nullptr, false);
  if (!json.is_object() || !json.contains("id") || !json["id"].is_number_integer()) {
    return Error(
               ErrorKind::kUnavailable,
               fmt::format("{}: gave no id but '{}'", http_->place(), *answer)
    )
        .WithHint("check that the URL is that of a schema registry");
  }
  const auto id = json["id"].get<int32_t>();
  const MutexLock lock(mu_);
  ids_.emplace(key, id);
  return id;
}

Result<std::string> Client::ById(int32_t id) {
  {
    const MutexLock lock(mu_);
    if (const auto known = schemas_.find(id); known != schemas_.end()) {
      return known->second;
    }
    for (const auto& [registered, known] : ids_) {
      if (known == id) {
        return registered.second;
      }
    }
  }
  auto answer = Ask("GET", fmt::format("/schemas/ids/{}", id), {});
  if (!answer.has_value()) {
    return std::move(answer).error().Context(fmt::format("fetching schema {}", id));
  }
  const Json json = Json::parse(*answer, nullptr, false);
  if (!json.is_object() || !json.contains("schema") || !json["schema"].is_string()) {
    return Error(ErrorKind::kUnavailable, fmt::format("{}: gave no schema {}", http_->place(), id))
        .WithHint("check that the URL is that of a schema registry");
  }
  auto text = json["schema"].get<std::string>();
  const MutexLock lock(mu_);
  schemas_.emplace(id, text);
  return text;
}

Status Client::SetLevel(const std::string& subject, const std::string& level) {
  const std::string body = Json({{"compatibility", level}}).dump();
  ROWHOUSE_TRY(Ask("PUT", "/config/" + http::PercentEncode(subject), body));
  return Ok();
}

Status Client::Ping() {
  ROWHOUSE_TRY(Ask("GET", "/subjects?limit=1", {}));
  return Ok();
}

}  // namespace rowhouse::registry
