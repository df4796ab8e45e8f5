#include "cli/process_answers.h"

#include <utility>

#include <fmt/format.h>

#include "cli/console_client.h"
#include "http/event_reader.h"
#include "model/table_name.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kAskLimit{30};

ErrorKind KindOf(int status) {
  switch (status) {
    case 400:
    case 422:
      return ErrorKind::kBadRecord;
    case 404:
      return ErrorKind::kNotFound;
    case 409:
      return ErrorKind::kConfig;
    default:
      return ErrorKind::kUnavailable;
  }
}

std::string TextIn(const Json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

}  // namespace

Error RefusalOf(const config::Config& config, const http::Response& response, ErrorKind kind) {
  const Json said = Json::parse(response.body, nullptr, false);
  const bool told = said.is_object() && said.contains("error") && said["error"].is_object();
  const std::string why = told ? TextIn(said["error"], "message") : response.body;
  Error error(
      kind,
      fmt::format("the process at {} answers {}: {}", config.console.listen, response.status, why)
  );
  if (!told) {
    return std::move(error).WithNative(response.status);
  }
  return std::move(error)
      .WithNative(response.status)
      .WithCode(TextIn(said["error"], "code"))
      .WithHint(TextIn(said["error"], "fix"));
}

Result<Json> AskForJson(
    const config::Config& config,
    const std::string& method,
    const std::string& target,
    const Json& order
) {
  const std::string body =
      order.is_null() ? "" : order.dump(-1, ' ', false, Json::error_handler_t::replace);
  const http::Response response =
      ROWHOUSE_TRY(AskConsole(config, method, target, body, Deadline::After(kAskLimit)));
  if (!response.ok()) {
    return RefusalOf(config, response, KindOf(response.status));
  }
  if (response.body.empty()) {
    return Json(nullptr);
  }
  Json said = Json::parse(response.body, nullptr, false);
  if (said.is_discarded()) {
    return Error(
        ErrorKind::kUnavailable,
        fmt::format(
            "what answers at {} is no console: its answer is no JSON", config.console.listen
        )
    );
  }
  return said;
}

Status HearEvents(
    const config::Config& config,
    const std::string& target,
    const HearEvent& hear,
    const std::stop_token& stop
) {
  http::EventReader reader([&hear](const http::Event& event) -> Status {
    const Json data = Json::parse(event.data, nullptr, false);
    if (data.is_discarded()) {
      return Error(
          ErrorKind::kBadRecord, fmt::format("event '{}' of the process is no JSON", event.name)
      );
    }
    return hear(event.name, data);
  });
  const http::Response response = ROWHOUSE_TRY(HearConsole(
      config, target, [&reader](std::string_view bytes) { return reader.Feed(bytes); }, stop
  ));
  return response.ok() ? Ok() : Status(RefusalOf(config, response, KindOf(response.status)));
}

Result<std::vector<Json>> AskForItems(const config::Config& config, const std::string& target) {
  std::vector<Json> items;
  for (std::string from;;) {
    Json page = ROWHOUSE_TRY(AskForJson(config, "GET", target + from));
    for (Json& item : page.at("items")) {
      items.push_back(std::move(item));
    }
    if (page.at("next").is_null()) {
      return items;
    }
    from = "?cursor=" + page.at("next").get<std::string>();
  }
}

TableId IdOf(const Json& item) {
  return ParseTableName(item.at("table").get<std::string>()).value_or(TableId{});
}

std::string CellOf(const Json& object, const char* name) {
  const auto at = object.find(name);
  if (at == object.end() || at->is_null()) {
    return "-";
  }
  return at->is_string() ? at->get<std::string>()
                         : at->dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string WithSchema(const char* schema, const Json& answer) {
  Json json = {{"schema", schema}};
  json.update(answer);
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rowhouse::cli
