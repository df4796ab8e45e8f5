#include "console/table_orders.h"

#include <memory>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "console/captured_table.h"
#include "console/pipeline_api.h"

namespace rowhouse::console {

namespace {

constexpr seconds kSaveLimit{4};

Answer Asked(bool saved) {
  return Answer::Of({{"state", saved ? "saved" : "asked"}}, saved ? 200 : 202);
}

Answer Resync(const OrdersAround& around, const Call& call) {
  const auto table = CapturedTable(call, around.wanted);
  if (!table) {
    return NoCapturedTable(call.path["table"]);
  }
  const std::string reason = call.Text("reason");
  around.requests.Reload(
      *table,
      fmt::format("asked for by {}{}{}", call.caller.name, reason.empty() ? "" : ": ", reason)
  );
  return Asked(around.requests.WaitSaved(*table, Deadline::After(kSaveLimit)));
}

bool IsPaused(const OrdersAround& around, const TableId& table) {
  const auto tables = around.progress.Tables();
  const auto known = tables.find(table);
  return known != tables.end() && known->second.paused;
}

// What is so already stays as it is, with who asked for it first.
Answer SetPause(const OrdersAround& around, const Call& call, bool pause) {
  const auto table = CapturedTable(call, around.wanted);
  if (!table) {
    return NoCapturedTable(call.path["table"]);
  }
  if (!around.may_pause) {
    return Answer::Problem(
        409,
        "E-CON-021",
        fmt::format(
            "{} is not delivered anywhere that it could be held back from", table->ToString()
        ),
        "the messages in Kafka are what this pipeline makes: sink.mode is none"
    );
  }
  if (pause) {
    const Status may = around.may_pause(*table);
    if (!may) {
      return Answer::Of(may.error());
    }
  }
  if (IsPaused(around, *table) != pause) {
    std::optional<Pause> asked;
    if (pause) {
      asked = Pause{call.caller.name, call.Text("reason"), Clock::Real().WallMicros()};
    }
    around.requests.SetPause(*table, std::move(asked));
  }
  const bool saved = around.requests.WaitPauseSaved(*table, Deadline::After(kSaveLimit));
  const bool done = saved && around.settled(*table, Deadline::After(kSaveLimit));
  const char* const state = pause ? "paused" : "running";
  return Answer::Of({{"state", done ? state : "asked"}}, done ? 200 : 202);
}

}  // namespace

void AddTableOrders(ConsoleRoutes& routes, OrdersAround given) {
  const auto around = std::make_shared<const OrdersAround>(std::move(given));
  const Field reason{.name = "reason", .doc = "for people"};
  const Field confirm{.name = "confirm", .doc = "the name of what is changed"};
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/resync",
      {.summary = "Load a table again, whatever state it is in", .body = {reason, confirm}},
      [around](const Call& call) { return Resync(*around, call); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/pause",
      {.summary = "Hold a table back from ClickHouse; its changes wait in Kafka", .body = {reason}},
      [around](const Call& call) { return SetPause(*around, call, true); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/resume",
      {.summary = "Let ClickHouse read on where it was paused", .body = {reason}},
      [around](const Call& call) { return SetPause(*around, call, false); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/start-over",
      {.summary = "Give up the place in the source; load all tables again",
       .body = {reason, confirm}},
      [around](const Call& call) {
        auto refusal = Unconfirmed(
            call,
            around->pipeline,
            "the place in the source is given up: changes between it and now are not read, and all "
            "tables are loaded again"
        );
        if (refusal) {
          return *std::move(refusal);
        }
        around->requests.StartOver();
        return Asked(around->requests.WaitStartedOver(Deadline::After(kSaveLimit)));
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/schema-changes",
      {.summary = "The last statements met in the stream that concern captured tables"},
      [around](const Call&) {
        Json items = Json::array();
        const auto statements = around->progress.Statements();
        for (auto at = statements.rbegin(); at != statements.rend(); ++at) {
          items.push_back(JsonOf(*at));
        }
        const size_t total = items.size();
        return Answer::Of({{"items", std::move(items)}, {"next", nullptr}, {"total", total}});
      }
  );
}

}  // namespace rowhouse::console
