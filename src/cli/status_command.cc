#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/backoff.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/signals.h"
#include "cli/status.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr seconds kWatchInterval{2};

std::string Shown(const std::optional<int64_t>& n) {
  return n ? std::to_string(*n) : "-";
}

std::string Seconds(const std::optional<double>& s) {
  return s ? fmt::format("{:.1f} s", *s) : "-";
}

// The last pass of verify.every; null where there is none.
Json VerifiedOf(const PipelineStatus& status) {
  const Json json = Json::parse(status.verified, nullptr, false);
  return json.is_object() ? json.value("pass", Json()) : Json();
}

// "verified 2026-01-31T10:00:00.000Z: shop.orders differs in 2 rows"; empty where there is no pass.
std::string VerifiedText(const PipelineStatus& status) {
  const Json last = VerifiedOf(status);
  if (!last.is_object()) {
    return "";
  }
  std::string text;
  for (const Json& table : last.at("tables")) {
    const auto state = table.at("state").get<std::string>();
    const auto name = table.at("table").get<std::string>();
    if (state == "different") {
      text += fmt::format(
          "{}{} differs in {} rows",
          text.empty() ? "" : ", ",
          name,
          table.at("differing").get<uint64_t>()
      );
    } else if (state != "equal") {
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", name, state);
    }
  }
  return fmt::format(
      "verified {}: {}\n",
      last.at("at").get<std::string>(),
      text.empty() ? fmt::format("{} tables are equal", last.at("tables").size()) : text
  );
}

std::string RenderText(const PipelineStatus& status) {
  std::string out = fmt::format(
      "{}  pipeline {}  process {}\n", status.Verdict(), status.pipeline, status.process
  );
  out += fmt::format(
      "position {}  source {}{}\n",
      status.position.empty() ? "none saved" : status.position,
      status.source_position.empty() ? "unknown" : status.source_position,
      status.behind_bytes ? fmt::format("  behind {} bytes", *status.behind_bytes) : ""
  );
  std::vector<std::vector<std::string>> rows = {
      {"TABLE", "STATE", "RECORDS", "MESSAGES", "BEHIND", "ERRORS", "LAST", "NOTE"}};
  for (const TableStatus& t : status.tables) {
    rows.push_back(
        {t.table,
         t.state,
         Shown(t.records),
         Shown(t.messages),
         Shown(t.behind),
         Shown(t.errors),
         Seconds(t.fresh_seconds),
         t.note}
    );
  }
  out += AlignColumns(rows);
  out += VerifiedText(status);
  for (const std::string& trouble : status.troubles) {
    out += "trouble: " + trouble + "\n";
  }
  return out;
}

Json LoadOf(const TableStatus& t) {
  if (!t.load) {
    return nullptr;
  }
  return {
      {"rows", t.load->rows},
      {"rows_estimated", t.load->rows_estimated},
      {"rows_per_second", t.load->rows_per_second},
      {"eta_seconds", t.load->eta_seconds ? Json(*t.load->eta_seconds) : Json(nullptr)},
      {"chunks", t.load->chunks}};
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Oldest first, as status/v1 has them; the console shows the newest first.
Json SchemaChangesOf(const PipelineStatus& status) {
  Json list = Json::array();
  const Json changes = Json::parse(status.schema_changes, nullptr, false);
  const Json items = changes.is_object() ? changes.value("items", Json::array()) : Json::array();
  for (auto item = items.rbegin(); item != items.rend(); ++item) {
    list.push_back(
        {{"at", item->at("position")},
         {"epoch", item->at("epoch")},
         {"gtid", item->at("gtid")},
         {"ts_us", item->at("ts_us")},
         {"database", item->at("database")},
         {"sql", item->at("sql")},
         {"tables", item->at("tables")},
         {"effects", item->at("steps")},
         {"outcome", item->at("outcome")}}
    );
  }
  return list;
}

std::string RenderJson(const PipelineStatus& status) {
  Json json = {
      {"schema", "status/v1"},
      {"verdict", status.Verdict()},
      {"pipeline", status.pipeline},
      {"process", status.process},
      {"position", status.position},
      {"gtid", status.gtid},
      {"source_position", status.source_position},
      {"behind_bytes", OrNull(status.behind_bytes)},
      {"tables", Json::array()},
      {"troubles", status.troubles}};
  json["schema_changes"] = SchemaChangesOf(status);
  json["verified"] = VerifiedOf(status);
  for (const TableStatus& t : status.tables) {
    json["tables"].push_back(
        {{"table", t.table},
         {"state", t.state},
         {"snapshot_rows", t.snapshot_rows},
         {"load", LoadOf(t)},
         {"records", OrNull(t.records)},
         {"messages", OrNull(t.messages)},
         {"behind", OrNull(t.behind)},
         {"errors", OrNull(t.errors)},
         {"last_seconds", OrNull(t.fresh_seconds)},
         {"note", t.note}}
    );
  }
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Result<ExitCode> Show(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const bool watch = context.args().Has("watch");
  const auto signals = watch ? ROWHOUSE_TRY(Signals::Install()) : nullptr;
  while (true) {
    const PipelineStatus status = ReadStatus(config);
    const bool json = context.format() == Format::kJson;
    // On a terminal each picture takes the place of the one before.
    const bool repaint = watch && !json && isatty(STDOUT_FILENO) == 1;
    Context::Print(
        (repaint ? "\033[H\033[2J" : "") + (json ? RenderJson(status) : RenderText(status))
    );
    const std::string verdict = status.Verdict();
    const bool healthy = verdict == "RUNNING" || verdict == "LOADING" || verdict == "STANDBY";
    if (!watch || !WaitUnlessStopped(signals->token(), kWatchInterval)) {
      return healthy ? ExitCode::kOk : ExitCode::kUnhealthy;
    }
  }
}

}  // namespace

Command StatusCommand() {
  return {
      .name = "status",
      .group = "Inspect",
      .summary = "one line of verdict, then each table; ends with 7 when not healthy",
      .examples =
          {"rowhouse status -c rowhouse.yaml",
           "rowhouse status --watch",
           "rowhouse status -o json"},
      .options = {{.name = "watch", .value = "", .doc = "show it again every 2 s until Ctrl-C"}},
      .run = Show};
}

}  // namespace rowhouse::cli
