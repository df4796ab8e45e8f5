#include "console/table_orders.h"

#include <utility>

#include <fmt/format.h>

#include "console/pipeline_api.h"

namespace rowhouse::console {

namespace {

constexpr seconds kSaveLimit{4};

Answer Asked(bool saved) {
  return Answer::Of({{"state", saved ? "saved" : "asked"}}, saved ? 200 : 202);
}

Answer Resync(
    capture::TableRequests& requests,
    const std::function<bool(const TableId&)>& wanted,
    const Call& call
) {
  const std::string& name = call.path["table"];
  const size_t dot = name.find('.');
  const TableId table{name.substr(0, dot), dot == std::string::npos ? "" : name.substr(dot + 1)};
  if (dot == std::string::npos || !wanted(table)) {
    return Answer::Problem(
        404,
        "E-CON-009",
        fmt::format("{} is no captured table", name),
        "GET /api/v1/tables lists them; source.tables says which are captured"
    );
  }
  const std::string reason = call.Text("reason");
  requests.Reload(
      table,
      fmt::format("asked for by {}{}{}", call.caller.name, reason.empty() ? "" : ": ", reason)
  );
  return Asked(requests.WaitSaved(table, Deadline::After(kSaveLimit)));
}

}  // namespace

void AddTableOrders(
    ConsoleRoutes& routes,
    capture::TableRequests& requests,
    const capture::Progress& progress,
    std::function<bool(const TableId&)> wanted,
    const std::string& pipeline
) {
  const Field reason{.name = "reason", .doc = "for people"};
  const Field confirm{.name = "confirm", .doc = "the name of what is changed"};
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/resync",
      {.summary = "Load a table again, whatever state it is in", .body = {reason, confirm}},
      [&requests, wanted = std::move(wanted)](const Call& call) {
        return Resync(requests, wanted, call);
      }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/start-over",
      {.summary = "Give up the place in the source; load all tables again",
       .body = {reason, confirm}},
      [&requests, pipeline](const Call& call) {
        auto refusal = Unconfirmed(
            call,
            pipeline,
            "the place in the source is given up: changes between it and now are not read, and all "
            "tables are loaded again"
        );
        if (refusal) {
          return *std::move(refusal);
        }
        requests.StartOver();
        return Asked(requests.WaitStartedOver(Deadline::After(kSaveLimit)));
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/schema-changes",
      {.summary = "The last statements met in the stream that concern captured tables"},
      [&progress](const Call&) {
        Json items = Json::array();
        const auto statements = progress.Statements();
        for (auto at = statements.rbegin(); at != statements.rend(); ++at) {
          items.push_back(JsonOf(*at));
        }
        const size_t total = items.size();
        return Answer::Of({{"items", std::move(items)}, {"next", nullptr}, {"total", total}});
      }
  );
}

}  // namespace rowhouse::console
