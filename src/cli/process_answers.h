#pragma once

#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/result.h"
#include "config/config.h"
#include "http/client.h"
#include "model/table.h"

namespace rowhouse::cli {

using Json = nlohmann::ordered_json;

// Asks the running process for what its console shows, or to do what its pages do: a command is
// then the same as the page, with the same checks and in the same audit. `order` null: no body.
// Null is given where the answer has none.
//
// Errors: as AskConsole; a refusal keeps its code and fix, and kNotFound, kBadRecord or kConfig by
// its status.
Result<Json> AskForJson(
    const config::Config& config,
    const std::string& method,
    const std::string& target,
    const Json& order = nullptr
);

// Why the process refuses: its words, with its code and fix where it has them.
Error RefusalOf(const config::Config& config, const http::Response& response, ErrorKind kind);

// What becomes of one event that the process tells: its name, and its data.
using HearEvent = std::function<Status(std::string_view name, const Json& data)>;

// Hears the events of `target`, a live route, until the process ends them. kCancelled at a stop
// request; other errors as above, and hear's.
Status HearEvents(
    const config::Config& config,
    const std::string& target,
    const HearEvent& hear,
    const std::stop_token& stop
);

// All items of a list, page by page.
Result<std::vector<Json>> AskForItems(const config::Config& config, const std::string& target);

// The table that an item of /api/v1/tables is of.
TableId IdOf(const Json& item);

// "-" for null; text as it is, anything else as JSON.
std::string CellOf(const Json& object, const char* name);

// What is printed with -o json: `answer`'s fields behind its schema's name.
std::string WithSchema(const char* schema, const Json& answer);

}  // namespace rowhouse::cli
