#include "cli/table_api.h"

#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "ddl/hint.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kJson = "application/json";
constexpr seconds kSaveLimit{6};

std::string Text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Answer(const http::Routes::Call& call, int status, const Json& json) {
  (void)call.response.Reply(status, kJson, Text(json));
}

bool FromThisMachine(const http::Request& request) {
  return request.remote.starts_with("127.") || request.remote.starts_with("[::1]") ||
         request.remote.starts_with("[::ffff:127.") || request.remote.starts_with("::1");
}

Json JsonOf(const ddl::DdlEvent& event) {
  Json json = {
      {"at", event.at.binlog.ToString()},
      {"epoch", event.at.epoch},
      {"gtid", event.gtid},
      {"ts_us", event.ts_us},
      {"database", event.db},
      {"sql", event.sql},
      {"tables", Json::array()},
      {"effects", Json::array()},
      {"outcome", event.outcome}};
  for (const ddl::TableEffect& effect : event.effects) {
    json["tables"].push_back(effect.table.ToString());
    json["effects"].push_back(ddl::Describe(effect));
  }
  return json;
}

}  // namespace

void AddTableApi(
    http::Routes& routes,
    capture::TableRequests& requests,
    const capture::Progress& progress,
    std::function<bool(const TableId&)> wanted
) {
  routes.Add(
      "POST",
      "/api/v1/tables/{table}/resync",
      [&requests, wanted = std::move(wanted)](const http::Routes::Call& call) {
        if (!FromThisMachine(call.request)) {
          Answer(call, 403, {{"error", "orders are taken from this machine only"}});
          return;
        }
        const std::string& name = call.path["table"];
        const size_t dot = name.find('.');
        const TableId table{
            name.substr(0, dot), dot == std::string::npos ? "" : name.substr(dot + 1)};
        if (dot == std::string::npos || !wanted(table)) {
          Answer(call, 404, {{"error", fmt::format("{} is no captured table", name)}});
          return;
        }
        requests.Reload(table, "asked for");
        const bool saved = requests.WaitSaved(table, Deadline::After(kSaveLimit));
        Answer(call, saved ? 200 : 202, {{"table", name}, {"state", saved ? "saved" : "asked"}});
      }
  );
  routes.Add("POST", "/api/v1/start-over", [&requests](const http::Routes::Call& call) {
    if (!FromThisMachine(call.request)) {
      Answer(call, 403, {{"error", "orders are taken from this machine only"}});
      return;
    }
    requests.StartOver();
    const bool saved = requests.WaitStartedOver(Deadline::After(kSaveLimit));
    Answer(call, saved ? 200 : 202, {{"state", saved ? "saved" : "asked"}});
  });
  routes.Add("GET", "/api/v1/schema-changes", [&progress](const http::Routes::Call& call) {
    Json list = Json::array();
    for (const ddl::DdlEvent& event : progress.Statements()) {
      list.push_back(JsonOf(event));
    }
    Answer(call, 200, {{"schema", "schema-changes/v1"}, {"schema_changes", std::move(list)}});
  });
}

}  // namespace rowhouse::cli
