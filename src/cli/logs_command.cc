#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/log.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/process_answers.h"
#include "cli/signals.h"
#include "http/message.h"

namespace rowhouse::cli {

namespace {

constexpr int64_t kLinesUsual = 100;
constexpr int64_t kLinesMax = 5000;
constexpr milliseconds kLookAgain{1000};

// "/api/v1/services/capture/log?level=warn&lines=100".
std::string LogTarget(const Arguments& args, const char* route, std::string query) {
  for (const char* name : {"search", "level"}) {
    if (args.Has(name)) {
      query += fmt::format(
          "{}{}={}", query.empty() ? "" : "&", name, http::PercentEncode(args.Text(name))
      );
    }
  }
  return fmt::format(
      "/api/v1/services/{}/{}?{}",
      http::PercentEncode(args.words.empty() ? "capture" : args.words.front()),
      route,
      query
  );
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

// Prints what a log's page and then its live stream tell, each line once.
//
// The stream begins before the page's end, so that nothing is missing between them; lines are known
// by their places.
class LogPrinter {
 public:
  explicit LogPrinter(Format format) : format_(format) {}

  void Page(const Json& lines) {
    for (const Json& line : lines) {
      PrintLine(line, format_);
      last_ = line.at("n").get<uint64_t>();
    }
  }

  // kCancelled where nobody reads us any more.
  Status Hear(std::string_view name, const Json& data) {
    if (name == "skipped") {
      fmt::print(stderr, "some lines are left out: they came faster than they were read\n");
      return Ok();
    }
    for (const Json& line : data) {
      if (last_ && line.at("n").get<uint64_t>() <= *last_) {
        continue;
      }
      last_.reset();
      PrintLine(line, format_);
    }
    return std::ferror(stdout) == 0 ? Ok() : Status(Error(ErrorKind::kCancelled, "nobody reads"));
  }

  // Another process has another log.
  void BeginAnew() { last_.reset(); }

 private:
  const Format format_;
  std::optional<uint64_t> last_;  // of the page, while the stream has not passed it
};

// Until Ctrl-C; a process that goes away is waited for.
Result<ExitCode> Follow(
    const config::Config& config, const Arguments& args, LogPrinter& printer, std::stop_token stop
) {
  const std::string target = LogTarget(args, "log/live", "");
  while (!stop.stop_requested()) {
    const Status heard = HearEvents(
        config,
        target,
        [&printer](std::string_view name, const Json& data) { return printer.Hear(name, data); },
        stop
    );
    if (!heard && heard.error().kind() == ErrorKind::kCancelled) {
      break;
    }
    if (!heard && heard.error().kind() != ErrorKind::kUnavailable) {
      return heard.error();
    }
    LogInfo(
        "the log has ended; waiting for the process",
        {{"console", config.console.listen},
         {"err", heard ? "the process ended it" : heard.error().message()}}
    );
    printer.BeginAnew();
    const auto there = [&config] { return AskForJson(config, "GET", "/api/v1/services"); };
    while (WaitUnlessStopped(stop, kLookAgain) && !there()) {
    }
  }
  return ExitCode::kOk;
}

Result<ExitCode> Logs(Context& context) {
  const Arguments& args = context.args();
  const int64_t count = ROWHOUSE_TRY(args.Number("count", kLinesUsual, 1, kLinesMax));
  const auto config = ROWHOUSE_TRY(context.LoadConfig());
  std::unique_ptr<Signals> signals;
  if (args.Has("follow")) {
    signals = ROWHOUSE_TRY(Signals::Install());
  }
  const Json page =
      ROWHOUSE_TRY(AskForJson(config, "GET", LogTarget(args, "log", fmt::format("lines={}", count)))
      );
  LogPrinter printer(context.format());
  printer.Page(page.at("lines"));
  return signals == nullptr ? Result<ExitCode>(ExitCode::kOk)
                            : Follow(config, args, printer, signals->token());
}

// What the process's log tells of that nothing else keeps.
struct LoggedKind {
  const char* message;  // how the line begins
  const char* kind;
  const char* outcome;
};

constexpr LoggedKind kLoggedKinds[] = {
    {"rowhouse is starting", "process", "started"},
    {"capture interrupted; trying again", "restart", "again"},
    {"table parked; the others go on", "table", "parked"},
    {"table is loaded again", "table", "reload"},
    {"loading a table again", "table", "reload"},
    {"table is followed again without its changes of before", "table", "skipped"},
    {"a table that lacked changes was found whole", "table", "whole"},
    {"table paused", "table", "paused"},
    {"table resumed", "table", "resumed"},
};

// "shop.orders" of "... table=shop.orders why=..."; null where there is none.
Json TableIn(const std::string& fields) {
  constexpr std::string_view kField = " table=";
  const size_t at = fields.find(kField);
  if (at == std::string::npos) {
    return nullptr;
  }
  const size_t begin = at + kField.size();
  return fields.substr(begin, fields.find(' ', begin) - begin);
}

// As far back as the log goes.
Status AddLogged(const config::Config& config, std::vector<Json>& events) {
  for (const LoggedKind& logged : kLoggedKinds) {
    const Json page = ROWHOUSE_TRY(AskForJson(
        config,
        "GET",
        fmt::format(
            "/api/v1/services/capture/log?lines={}&search={}",
            kLinesMax,
            http::PercentEncode(logged.message)
        )
    ));
    for (const Json& line : page.at("lines")) {
      const std::string text = CellOf(line, "text");
      if (!text.starts_with(logged.message)) {
        continue;  // somebody else's words, such as the audit of this question
      }
      const std::string fields = text.substr(std::string_view(logged.message).size());
      events.push_back(
          {{"at", line.at("at")},
           {"kind", logged.kind},
           {"table", TableIn(fields)},
           {"what", fields.substr(std::min(fields.size(), size_t{1}))},
           {"outcome", logged.outcome}}
      );
    }
  }
  return Ok();
}

// What happened: schema changes, alerts that fired and were resolved, tables that were parked and
// loaded again, starts and interruptions.
Result<std::vector<Json>> Happened(const config::Config& config) {
  std::vector<Json> events;
  ROWHOUSE_TRY(AddLogged(config, events));
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
           "rowhouse logs clickhouse --search 'too many parts' -n 20",
           "rowhouse logs --follow -o json"},
      .options =
          {{.name = "level",
            .value = "LEVEL",
            .doc = "this one and worse",
            .choices = "error|warn|info|debug"},
           {.name = "search", .value = "TEXT", .doc = "only lines with it, no case"},
           {.name = "count", .value = "N", .doc = "at most so many; 100", .letter = 'n'},
           {.name = "follow",
            .value = "",
            .doc = "and what is written from now on, until Ctrl-C",
            .letter = 'f'}},
      .words = "SERVICE",
      .words_count = Words::kOptional,
      .run = Logs};
}

Command EventsCommand() {
  return {
      .name = "events",
      .group = "Learn",
      .summary = "what happened: schema changes, alerts, tables parked and loaded again, restarts",
      .examples = {"rowhouse events -c rowhouse.yaml", "rowhouse events shop.orders -o json"},
      .words = "TABLE",
      .words_count = Words::kOptional,
      .run = Events};
}

}  // namespace rowhouse::cli
