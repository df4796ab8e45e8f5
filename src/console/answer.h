#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/result.h"

namespace rowhouse::console {

using Json = nlohmann::ordered_json;

// What a handler of the API answers.
struct Answer {
  int status = 200;
  Json body;          // null: none
  bool sent = false;  // the handler has answered by itself: a file, a stream of events

  static Answer Of(Json body, int status = 200) { return {status, std::move(body), false}; }

  static Answer Nothing() { return {204, nullptr, false}; }

  static Answer Sent() { return {200, nullptr, true}; }

  // {"error":{"code","message","fix"}}.
  static Answer Problem(
      int status, std::string_view code, std::string_view message, std::string_view fix
  );

  // The status by the error's kind: 400 for kBadRecord, 404, 409 for kConfig, 422, 503, 500.
  static Answer Of(const Error& error);
};

// The value as Answer, or the error as such.
Answer AnswerOf(Result<Json> result);

// A field that is text; empty where it is not there, or something else.
std::string TextAt(const Json& object, const char* name);

// As text for the wire; what is no UTF-8 is replaced.
std::string TextOf(const Json& json);

// RFC 3339 in UTC with milliseconds; null for nothing.
Json TimeOf(std::optional<int64_t> wall_us);

// Microseconds of such a time; nullopt for anything else.
std::optional<int64_t> MicrosOf(std::string_view time);

}  // namespace rowhouse::console
