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

Answer Skip(const OrdersAround& around, const Call& call) {
  const auto table = CapturedTable(call, around.wanted);
  if (!table) {
    return NoCapturedTable(call.path["table"]);
  }
  const std::string name = table->ToString();
  const std::string active = around.progress.standby();
  if (!active.empty()) {
    return Answer::Problem(
        409, "E-CON-022", "this process stands by for " + active, "ask the process that runs it"
    );
  }
  const capture::TableCounters now = around.progress.Table(*table);
  const Status may = MaySkip(*table, now.parked, now.left_out.has_value());
  if (!may) {
    return Answer::Problem(409, "E-CON-022", may.error().message(), may.error().hint());
  }
  auto refusal = Unconfirmed(
      call,
      name,
      fmt::format(
          "its changes from {} to now are left out; a comparison with repair mends its rows",
          now.left_out->from.ToString()
      )
  );
  if (refusal) {
    return *std::move(refusal);
  }
  around.requests.Skip(*table);
  const bool saved = around.requests.WaitSaved(*table, Deadline::After(kSaveLimit));
  const auto refused = around.requests.WhyNotSkipped(*table);
  if (refused) {
    return Answer::Problem(409, "E-CON-022", refused->message(), refused->hint());
  }
  return Asked(saved);
}

Answer Whole(const OrdersAround& around, const Call& call) {
  const auto table = CapturedTable(call, around.wanted);
  if (!table) {
    return NoCapturedTable(call.path["table"]);
  }
  const auto left = around.progress.Table(*table).left_out;
  if (!left || left->to.empty() || left->to.ToString() != call.Text("to")) {
    return Answer::Problem(
        409,
        "E-CON-022",
        fmt::format("{} was not skipped at '{}'", table->ToString(), call.Text("to")),
        "GET /api/v1/tables says what it lacks"
    );
  }
  around.requests.NoteWhole(*table, left->to);
  return Asked(false);
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
  if (around.progress.Table(*table).paused.has_value() != pause) {
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

Field Reason() {
  return {.name = "reason", .doc = "for people"};
}

Field Confirm() {
  return {.name = "confirm", .doc = "the name of what is changed"};
}

void AddOrdersOfOne(ConsoleRoutes& routes, const std::shared_ptr<const OrdersAround>& around) {
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/resync",
      {.summary = "Load a table again, whatever state it is in", .body = {Reason(), Confirm()}},
      [around](const Call& call) { return Resync(*around, call); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/pause",
      {.summary = "Hold a table back from ClickHouse; its changes wait in Kafka",
       .body = {Reason()}},
      [around](const Call& call) { return SetPause(*around, call, true); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/resume",
      {.summary = "Let ClickHouse read on where it was paused", .body = {Reason()}},
      [around](const Call& call) { return SetPause(*around, call, false); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/skip",
      {.summary = "Follow a parked table again, without its changes of before",
       .body = {Reason(), Confirm()}},
      [around](const Call& call) { return Skip(*around, call); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/whole",
      {.summary = "Say that a comparison found a table whole that had been skipped",
       .body = {{.name = "to", .doc = "FILE:POS up to which its changes were left out"}},
       .success = 202},
      [around](const Call& call) { return Whole(*around, call); }
  );
}

}  // namespace

void AddTableOrders(ConsoleRoutes& routes, OrdersAround given) {
  const auto around = std::make_shared<const OrdersAround>(std::move(given));
  AddOrdersOfOne(routes, around);
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/start-over",
      {.summary = "Give up the place in the source; load all tables again",
       .body = {Reason(), Confirm()}},
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
