#include "cli/verify_orders.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "console/captured_table.h"

namespace rowhouse::cli {

namespace {

using console::Answer;
using console::Call;
using console::Field;
using console::Json;

constexpr size_t kCellBytes = 2'000;

std::string_view ModeName(verify::Mode mode) {
  switch (mode) {
    case verify::Mode::kCount:
      return "count";
    case verify::Mode::kChecksum:
      return "checksum";
    case verify::Mode::kRows:
      return "rows";
  }
  return "?";
}

Json Cut(const Json& cell) {
  if (!cell.is_string() || cell.get_ref<const std::string&>().size() <= kCellBytes) {
    return cell;
  }
  return cell.get_ref<const std::string&>().substr(0, kCellBytes) + "…";
}

std::string KeyText(const Json& key) {
  std::string text;
  for (const auto& [column, value] : key.items()) {
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", column, value.get<std::string>());
  }
  return text.empty() ? "a row without key" : text;
}

Json RowOf(const Json& row) {
  Json cells = Json::array();
  if (row.contains("cells")) {
    for (const Json& cell : row["cells"]) {
      cells.push_back(
          {{"column", cell.at("column")},
           {"source", Cut(cell.at("mysql"))},
           {"target", Cut(cell.at("clickhouse"))}}
      );
    }
  }
  const bool keyed = row.contains("key");
  return {
      {"key", KeyText(keyed ? row["key"] : row.value("row", Json::object()))},
      {"kind", row.at("kind")},
      {"cells", std::move(cells)}};
}

Result<verify::VerifyOptions> OptionsOf(const Call& call) {
  verify::VerifyOptions options;
  options.mode = *verify::ParseMode(call.body.value("mode", "checksum"));
  options.from = call.Text("from");
  options.to = call.Text("to");
  options.sample = call.body.value("sample", 100.0) / 100;
  options.repair = call.body.value("repair", false);
  if (!(options.sample > 0) || options.sample > 1) {
    return Error(ErrorKind::kBadRecord, "sample: no percentage")
        .WithHint("a number above 0 and up to 100");
  }
  return options;
}

}  // namespace

Json VerifyResultOf(const Json& table, size_t rows_most) {
  Json first = Json::array();
  for (const Json& row : table.at("differences")) {
    if (first.size() < rows_most) {
      first.push_back(RowOf(row));
    }
  }
  return {
      {"table", table.at("table")},
      {"state", table.at("state")},
      {"note", table.at("note")},
      {"source_rows", std::to_string(table.at("rows_mysql").get<uint64_t>())},
      {"target_rows", std::to_string(table.at("rows_clickhouse").get<uint64_t>())},
      {"differing", std::to_string(table.at("differing").get<uint64_t>())},
      {"undecided", std::to_string(table.at("undecided").get<uint64_t>())},
      {"repaired", std::to_string(table.at("repaired").get<uint64_t>())},
      {"error", ""},
      {"first", std::move(first)}};
}

void VerifyOrders::Start() {
  thread_ = Thread("verify-orders", [this](const std::stop_token& stop) { Run(stop); });
}

Result<std::string> VerifyOrders::Order(
    const TableId& table, const verify::VerifyOptions& options
) {
  MutexLock lock(mu_);
  if (std::ranges::find(orders_, table, &One::table) != orders_.end()) {
    return Error(
        ErrorKind::kConfig, fmt::format("{} is being compared or waits for it", table.ToString())
    );
  }
  if (orders_.size() > kWaitingMax) {
    return Error(ErrorKind::kConfig, fmt::format("{} comparisons wait already", kWaitingMax))
        .WithHint("order it when one of them is done, or run rowhouse verify");
  }
  One& order = orders_.emplace_back();
  order.id = fmt::format("v{}", ++last_id_);
  order.table = table;
  order.options = options;
  ordered_.NotifyAll();
  return order.id;
}

void VerifyOrders::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    One order;
    {
      MutexLock lock(mu_);
      ordered_.WaitFor(mu_, stop, Deadline::After(seconds(60)), [this]() REQUIRES(mu_) {
        return !orders_.empty();
      });
      if (orders_.empty() || stop.stop_requested()) {
        continue;
      }
      orders_.front().started_us = Clock::Real().WallMicros();
      order = orders_.front();
    }
    order.options.stop = stop;
    order.options.progress = [this](uint64_t rows) {
      MutexLock lock(mu_);
      orders_.front().rows = rows;
    };
    const auto run = pass_({order.table.ToString()}, order.options);
    Keep(order, run);
  }
}

void VerifyOrders::Keep(const One& order, const Result<VerifyRun>& run) {
  const int64_t now = Clock::Real().WallMicros();
  Json result = {
      {"table", order.table.ToString()},
      {"state", "failed"},
      {"source_rows", nullptr},
      {"target_rows", nullptr},
      {"differing", "0"},
      {"error", ""},
      {"first", Json::array()}};
  if (run && !run->tables.empty()) {
    result = VerifyResultOf(VerifyJson(*run).at("tables").at(0), kFirstRows);
  } else {
    const bool failed = run && !run->failures.empty();
    result["error"] = failed ? run->failures.front().error.ToString()
                             : (run ? "there is no such table" : run.error().ToString());
  }
  result["mode"] = ModeName(order.options.mode);
  result["at"] = console::TimeOf(now);
  result["seconds"] = static_cast<double>(now - order.started_us) / 1e6;
  MutexLock lock(mu_);
  orders_.pop_front();
  last_[order.table.ToString()] = std::move(result);
}

Json VerifyOrders::Running() const {
  Json running = Json::array();
  MutexLock lock(mu_);
  for (const One& order : orders_) {
    running.push_back(
        {{"id", order.id},
         {"table", order.table.ToString()},
         {"mode", ModeName(order.options.mode)},
         {"percent", nullptr},
         {"rows", std::to_string(order.rows)},
         {"started_at", order.started_us == 0 ? Json() : console::TimeOf(order.started_us)}}
    );
  }
  return running;
}

std::map<std::string, Json> VerifyOrders::Last() const {
  MutexLock lock(mu_);
  return last_;
}

void VerifyOrders::AddRoute(
    console::ConsoleRoutes& routes, std::function<bool(const TableId&)> wanted
) {
  routes.Add(
      console::Role::kOperator,
      "POST",
      "/api/v1/tables/{table}/verify",
      {.summary = "Compare both sides of a table; GET /verify says what came out",
       .body =
           {{.name = "mode", .choices = {"count", "checksum", "rows"}},
            {.name = "from", .doc = "2026-01-31, by the table's column of dates"},
            {.name = "to", .doc = "before which"},
            {.name = "sample", .type = Field::Type::kNumber, .doc = "percent of the ranges"},
            {.name = "repair", .type = Field::Type::kBoolean, .doc = "mend rows that differ"}},
       .success = 202},
      [this, wanted = std::move(wanted)](const Call& call) {
        const auto table = console::CapturedTable(call, wanted);
        if (!table) {
          return console::NoCapturedTable(call.path["table"]);
        }
        const auto options = OptionsOf(call);
        const auto id = options ? Order(*table, *options) : Result<std::string>(options.error());
        return id ? Answer::Of({{"id", *id}}, 202) : Answer::Of(id.error());
      }
  );
}

}  // namespace rowhouse::cli
