#include <algorithm>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/process_answers.h"
#include "http/message.h"

namespace rowhouse::cli {

namespace {

constexpr int64_t kLinesUsual = 100;
constexpr int64_t kLinesMax = 5000;

std::string LogTarget(const Context& context, int64_t lines) {
  const Arguments& args = context.args();
  std::string target = fmt::format(
      "/api/v1/services/{}/log?lines={}",
      http::PercentEncode(args.words.empty() ? "capture" : args.words.front()),
      lines
  );
  for (const char* name : {"search", "level"}) {
    if (args.Has(name)) {
      target += fmt::format("&{}={}", name, http::PercentEncode(args.Text(name)));
    }
  }
  return target;
}

void PrintLine(const Json& line, Format format) {
  Context::Print(
      format == Format::kJson
          ? line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n"
          : fmt::format(
                "{}  {:<5}  {}\n", CellOf(line, "at"), CellOf(line, "level"), CellOf(line, "text")
            )
  );
}

Result<ExitCode> Logs(Context& context) {
  const int64_t count = ROWHOUSE_TRY(context.args().Number("count", kLinesUsual, 1, kLinesMax));
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  const Json page = ROWHOUSE_TRY(AskForJson(config, "GET", LogTarget(context, count)));
  for (const Json& line : page.at("lines")) {
    PrintLine(line, context.format());
  }
  return ExitCode::kOk;
}

// What happened: schema changes, and alerts that fired and were resolved.
Result<std::vector<Json>> Happened(const config::Config& config) {
  std::vector<Json> events;
  const Json changes = ROWHOUSE_TRY(AskForJson(config, "GET", "/api/v1/schema-changes"));
  for (const Json& change : changes.at("items")) {
    events.push_back(
        {{"at", change.at("at")},
         {"kind", "schema-change"},
         {"table", change.at("table")},
         {"what", CellOf(change, "sql")},
         {"outcome", CellOf(change, "outcome")}}
    );
  }
  const Json alerts = ROWHOUSE_TRY(AskForJson(config, "GET", "/api/v1/alerts"));
  for (const Json& alert : alerts.at("history")) {
    Json event = {
        {"at", alert.at("fired_at")},
        {"kind", "alert"},
        {"table", alert.at("table")},
        {"what", alert.at("rule")},
        {"outcome", alert.at("resolved_at").is_null() ? "firing" : "fired"}};
    events.push_back(event);
    if (!alert.at("resolved_at").is_null()) {
      event["at"] = alert.at("resolved_at");
      event["outcome"] = "resolved";
      events.push_back(std::move(event));
    }
  }
  std::ranges::stable_sort(events, {}, [](const Json& event) { return CellOf(event, "at"); });
  return events;
}

Result<ExitCode> Events(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  auto events = ROWHOUSE_TRY(Happened(config));
  if (const auto& words = context.args().words; !words.empty()) {
    std::erase_if(events, [&](const Json& e) { return CellOf(e, "table") != words.front(); });
  }
  if (context.format() == Format::kJson) {
    Context::Print(WithSchema("events/v1", {{"events", events}}));
    return ExitCode::kOk;
  }
  std::vector<std::vector<std::string>> rows = {{"AT", "KIND", "TABLE", "OUTCOME", "WHAT"}};
  for (const Json& event : events) {
    std::string what = CellOf(event, "what");
    std::ranges::replace(what, '\n', ' ');
    rows.push_back(
        {CellOf(event, "at"),
         CellOf(event, "kind"),
         CellOf(event, "table"),
         CellOf(event, "outcome"),
         what}
    );
  }
  Context::Print(AlignColumns(rows));
  return ExitCode::kOk;
}

}  // namespace

Command LogsCommand() {
  return {
      .name = "logs",
      .group = "Learn",
      .summary = "the last lines of a service's log, from the running process",
      .examples =
          {"rowhouse logs -c rowhouse.yaml --level warn",
           "rowhouse logs clickhouse --search 'too many parts' -n 20"},
      .options =
          {{.name = "level",
            .value = "LEVEL",
            .doc = "this one and worse",
            .choices = "error|warn|info|debug"},
           {.name = "search", .value = "TEXT", .doc = "only lines with it, no case"},
           {.name = "count", .value = "N", .doc = "at most so many; 100", .letter = 'n'}},
      .words = "SERVICE",
      .words_count = Words::kOptional,
      .run = Logs};
}

Command EventsCommand() {
  return {
      .name = "events",
      .group = "Learn",
      .summary = "what happened: schema changes met in the stream, alerts fired and resolved",
      .examples = {"rowhouse events -c rowhouse.yaml", "rowhouse events shop.orders -o json"},
      .words = "TABLE",
      .words_count = Words::kOptional,
      .run = Events};
}

}  // namespace rowhouse::cli
