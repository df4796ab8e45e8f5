#include "console/answer.h"

#include <charconv>
#include <chrono>
#include <ctime>

#include "base/clock.h"

namespace rowhouse::console {
namespace {

int StatusOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kBadRecord:
      return 400;
    case ErrorKind::kAuth:
      return 403;
    case ErrorKind::kNotFound:
      return 404;
    case ErrorKind::kConfig:
      return 409;
    case ErrorKind::kUnsupported:
      return 422;
    case ErrorKind::kUnavailable:
    case ErrorKind::kSchemaChanged:
    case ErrorKind::kCancelled:
      return 503;
    case ErrorKind::kInternal:
      return 500;
  }
  return 500;
}

std::string_view CodeOf(int status) {
  switch (status) {
    case 400:
      return "E-CON-007";
    case 404:
      return "E-CON-009";
    default:
      return "E-CON-012";
  }
}

}  // namespace

Answer Answer::Problem(
    int status, std::string_view code, std::string_view message, std::string_view fix
) {
  Json error = {{"code", code}, {"message", message}};
  if (!fix.empty()) {
    error["fix"] = fix;
  }
  return {status, {{"error", std::move(error)}}, false};
}

Answer Answer::Of(const Error& error) {
  const int status = StatusOf(error.kind());
  const std::string_view code = error.code().empty() ? CodeOf(status) : error.code();
  return Problem(status, code, error.message(), error.hint());
}

Answer AnswerOf(Result<Json> result) {
  return result ? Answer::Of(*std::move(result)) : Answer::Of(result.error());
}

std::string TextAt(const Json& object, const char* name) {
  const auto at = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

std::string TextOf(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json TimeOf(std::optional<int64_t> wall_us) {
  return wall_us && *wall_us > 0 ? Json(FormatUtc(*wall_us)) : Json(nullptr);
}

std::optional<int64_t> MicrosOf(std::string_view time) {
  // "2026-01-31T10:00:00" with perhaps ".123", and "Z".
  std::tm parts{};
  const std::string text(time);
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) {
    return std::nullopt;
  }
  int64_t us = static_cast<int64_t>(::timegm(&parts)) * 1'000'000;
  if (*rest == '.') {
    int64_t unit = 100'000;
    for (++rest; *rest >= '0' && *rest <= '9'; ++rest) {
      us += (*rest - '0') * unit;
      unit /= 10;
    }
  }
  return std::string_view(rest) == "Z" ? std::optional(us) : std::nullopt;
}

}  // namespace rowhouse::console
