#include "console/backfill_api.h"

#include <memory>
#include <utility>

#include "console/captured_table.h"
#include "console/list.h"

namespace rowhouse::console {

namespace {

constexpr milliseconds kEverySecond{1'000};

using WorkPtr = std::shared_ptr<const BackfillWork>;

std::vector<Field> OrderFields() {
  using Type = Field::Type;
  return {
      {.name = "from", .doc = "rows from this date on (UTC)"},
      {.name = "to", .doc = "rows before this date"},
      {.name = "column", .doc = "the dates' column; else updated_at, created_at, ..."},
      {.name = "where", .doc = "rows for which this holds; 1 for all"},
      {.name = "mode",
       .doc = "which rows are written: missing (as when left out), changed ones too, or all",
       .choices = {"missing", "changed", "all"}},
      {.name = "chunk",
       .type = Type::kInteger,
       .doc = "rows read at once",
       .min = 1,
       .max = 1'000'000},
      {.name = "readers", .type = Type::kInteger, .doc = "connections", .min = 1, .max = 8},
      {.name = "rate",
       .type = Type::kInteger,
       .doc = "rows a second",
       .min = 0,
       .max = 1'000'000'000},
      {.name = "max_threads_running",
       .type = Type::kInteger,
       .doc = "wait while the server has more threads at work",
       .min = 0,
       .max = 1'000'000},
      {.name = "max_replica_lag",
       .type = Type::kInteger,
       .doc = "wait while the replica is later than that, in seconds",
       .min = 0,
       .max = 1'000'000},
      {.name = "dry_run", .type = Type::kBoolean, .doc = "count for some seconds, write nothing"}};
}

uint64_t NumberAt(const Json& body, const char* name) {
  return body.contains(name) ? body[name].get<uint64_t>() : 0;
}

BackfillOrder OrderOf(const Call& call, TableId table) {
  BackfillOrder order;
  order.table = std::move(table);
  order.from = call.Text("from");
  order.to = call.Text("to");
  order.column = call.Text("column");
  order.where = call.Text("where");
  order.mode = call.body.value("mode", order.mode);
  order.chunk_rows = NumberAt(call.body, "chunk");
  order.readers = static_cast<int>(NumberAt(call.body, "readers"));
  order.rows_per_second = NumberAt(call.body, "rate");
  order.threads_running_max = NumberAt(call.body, "max_threads_running");
  order.replica_lag_s_max = NumberAt(call.body, "max_replica_lag");
  return order;
}

Answer Ordered(const BackfillWork& work, const Call& call) {
  auto table = CapturedTable(call, work.wanted);
  if (!table) {
    return NoCapturedTable(call.path["table"]);
  }
  const BackfillOrder order = OrderOf(call, *std::move(table));
  if (order.from.empty() && order.to.empty() && order.where.empty()) {
    return Answer::Problem(
        400,
        "E-CON-007",
        "from, to, where: which rows? None of them is given",
        "\"from\": \"2026-01-01\"; for all rows \"where\": \"1\""
    );
  }
  if (call.body.value("dry_run", false)) {
    return AnswerOf(work.look(order));
  }
  const auto id = work.order(order);
  return id ? Answer::Of({{"id", *id}}, 202) : Answer::Of(id.error());
}

void AddLooks(ConsoleRoutes& routes, const WorkPtr& work) {
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/backfills",
      {.summary = "Copies of rows past Kafka, the newest first", .query = ListFields()},
      [work](const Call& call) {
        auto items = work->list("");
        return items ? ListOf(*std::move(items), {"table", "id", "state"}, call)
                     : Answer::Of(items.error());
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/backfills/{id}",
      {.summary = "One of them"},
      [work](const Call& call) {
        const auto items = work->list(call.path["id"]);
        return items ? Answer::Of(items->front()) : Answer::Of(items.error());
      }
  );
}

}  // namespace

void AddBackfills(Console& console, BackfillWork given) {
  const auto work = std::make_shared<const BackfillWork>(std::move(given));
  ConsoleRoutes& routes = console.routes();
  if (LiveFeeds* live = console.live(); live != nullptr) {
    live->Add(
        routes,
        Role::kViewer,
        "/api/v1/backfills/live",
        "Those that this process runs, or that wait in it, each second",
        "backfills",
        kEverySecond,
        [work] { return Json(work->under_way()); }
    );
  }
  AddLooks(routes, work);
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/backfill",
      {.summary = "Copy rows that ClickHouse lacks, beside the stream; a dry run answers 200",
       .body = OrderFields(),
       .success = 202},
      [work](const Call& call) { return Ordered(*work, call); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/backfills/{id}/cancel",
      {.summary = "End one for good; what it has written stays"},
      [work](const Call& call) { return AnswerOf(work->cancel(call.path["id"])); }
  );
  routes.Add(
      Role::kOperator,
      "POST",
      "/api/v1/backfills/{id}/resume",
      {.summary = "Go on with one that failed, was stopped or broke off", .success = 202},
      [work](const Call& call) {
        auto resumed = work->resume(call.path["id"]);
        return resumed ? Answer::Of(*std::move(resumed), 202) : Answer::Of(resumed.error());
      }
  );
}

}  // namespace rowhouse::console
