#include "console/pipeline_api.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "console/captured_table.h"
#include "console/list.h"
#include "ddl/hint.h"
#include "model/table_name.h"

namespace rowhouse::console {

namespace {

constexpr milliseconds kEverySecond{1000};
constexpr std::array<std::pair<std::string_view, seconds>, 5> kRanges = {{
    {"5m", seconds{300}},
    {"15m", seconds{900}},
    {"1h", seconds{3600}},
    {"6h", seconds{6 * 3600}},
    {"24h", seconds{24 * 3600}},
}};

int64_t Now() {
  return Clock::Real().WallMicros();
}

Answer SeriesAnswer(const PipelineView& view, const Call& call) {
  const std::string wanted = call.Query("range").empty() ? "15m" : call.Query("range");
  const auto range = std::ranges::find(kRanges, wanted, [](const auto& r) { return r.first; });
  if (range == kRanges.end()) {
    return Answer::Problem(400, "E-CON-004", "range: '" + wanted + "' is none", "5m 15m 1h 6h 24h");
  }
  return AnswerOf(view.Series(call.Query("names"), range->second, Now()));
}

// The items that are not as they were told last.
class Changes {
 public:
  explicit Changes(const PipelineView& view) : view_(view) {}

  Json Next() {
    Json changed = Json::array();
    std::unordered_map<std::string, size_t> seen;
    for (Json& item : view_.Tables(Now())) {
      const std::string name = item["table"];
      const size_t now = std::hash<std::string>()(TextOf(item));
      const auto before = told_.find(name);
      if (before == told_.end() || before->second != now) {
        changed.push_back(std::move(item));
      }
      seen[name] = now;
    }
    told_ = std::move(seen);
    return changed.empty() ? Json(nullptr) : changed;
  }

 private:
  const PipelineView& view_;
  std::unordered_map<std::string, size_t> told_;  // hash by table; of the feeds' thread
};

Answer TableAnswer(
    const PipelineView& view,
    const capture::Progress& progress,
    const TableDetail& detail,
    const Call& call
) {
  const std::string& name = call.path["table"];
  const TableId id = ParseTableName(name).value_or(TableId{name, ""});
  Json item = view.Table(name, Now());
  auto more = detail(id);
  if (item.is_null() && (!more || more->is_null())) {
    return NoCapturedTable(name);
  }
  if (item.is_null()) {
    item = {{"table", name}, {"state", "new"}, {"note", ""}, {"code", ""}};
  }
  item["errors"] = Json::array();
  if (more && !more->is_null()) {
    item.update(*more);
  } else {
    item.update({{"key", Json::array()}, {"columns", Json::array()}, {"objects", Json::array()}});
  }
  const auto trouble = [&](const std::string& code, const std::string& message) {
    item["errors"].push_back({{"at", TimeOf(Now())}, {"code", code}, {"message", message}});
  };
  if (!more) {
    trouble(more.error().code(), more.error().ToString());
  }
  if (item["note"] != "") {
    trouble(item["code"], item["note"]);
  }
  Json changes = Json::array();
  const auto statements = progress.Statements();
  for (auto at = statements.rbegin(); at != statements.rend(); ++at) {
    const bool concerned = std::ranges::any_of(at->effects, [&](const ddl::TableEffect& effect) {
      return effect.table == id;
    });
    if (concerned) {
      changes.push_back(JsonOf(*at));
    }
  }
  item["ddl"] = std::move(changes);
  return Answer::Of(std::move(item));
}

}  // namespace

Json JsonOf(const ddl::DdlEvent& event) {
  Json tables = Json::array();
  Json steps = Json::array();
  for (const ddl::TableEffect& effect : event.effects) {
    tables.push_back(effect.table.ToString());
    steps.push_back(ddl::Describe(effect));
  }
  return {
      {"at", TimeOf(event.ts_us)},
      {"ts_us", event.ts_us},
      {"table", tables.empty() ? Json(nullptr) : tables.front()},
      {"tables", tables},
      {"position", event.at.binlog.ToString()},
      {"epoch", event.at.epoch},
      {"gtid", event.gtid},
      {"database", event.db},
      {"sql", event.sql},
      {"outcome", event.outcome},
      {"steps", std::move(steps)},
      {"note", ""}};
}

void AddPipelineViews(
    Console& console, PipelineView& view, const capture::Progress& progress, TableDetail detail
) {
  ConsoleRoutes& routes = console.routes();
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/overview",
      {.summary = "The pipeline in one sentence, its parts, rates and busiest tables"},
      [&view](const Call&) { return Answer::Of(view.Overview(Now())); }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/series",
      {.summary = "Rates and delays of the last minutes or hours",
       .query =
           {{.name = "names", .doc = "with commas between", .required = true},
            {.name = "range", .choices = {"5m", "15m", "1h", "6h", "24h"}}}},
      [&view](const Call& call) { return SeriesAnswer(view, call); }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/tables",
      {.summary = "All tables: state, rows on both sides, lag", .query = ListFields()},
      [&view](const Call& call) {
        return ListOf(view.Tables(Now()), {"table", "topic", "state", "note"}, call);
      }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/tables/{table}",
      {.summary = "One table: its columns on the way, its objects in ClickHouse, its changes"},
      [&view, &progress, detail = std::move(detail)](const Call& call) {
        return TableAnswer(view, progress, detail, call);
      }
  );
  if (LiveFeeds* live = console.live(); live != nullptr) {
    live->Add(
        routes,
        Role::kViewer,
        "/api/v1/overview/live",
        "The overview, each second",
        "overview",
        kEverySecond,
        [&view] { return view.Overview(Now()); }
    );
    const auto changes = std::make_shared<Changes>(view);
    live->Add(
        routes,
        Role::kViewer,
        "/api/v1/tables/live",
        "The tables that changed, each second",
        "tables",
        kEverySecond,
        [changes] { return changes->Next(); },
        LiveFeeds::First::kNothing
    );
  }
}

}  // namespace rowhouse::console
