#include "cli/demo_view.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr seconds kLinesEvery{5};

// More on its way than a live stream has.
constexpr uint64_t kCatchingUp = 1'000;

std::string Grouped(uint64_t number) {
  std::string text = std::to_string(number);
  for (auto at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(static_cast<size_t>(at), ",");
  }
  return text;
}

std::string Count(const std::optional<uint64_t>& number) {
  return number ? Grouped(*number) : "-";
}

std::string Fresh(const std::optional<double>& fresh) {
  return fresh ? fmt::format("{:.2f} s", *fresh) : "-";
}

std::string State(const TableCounts& t) {
  if (!t.clickhouse_rows) {
    return "no answer yet";
  }
  if (t.equal()) {
    return "equal";
  }
  return t.lag_messages.value_or(0) > kCatchingUp ? "catching up" : "in flow";
}

Json ToJson(const TableCounts& t) {
  const auto value = [](const auto& optional) { return optional ? Json(*optional) : Json(); };
  return {
      {"table", "shop." + t.table},
      {"mysql_rows", value(t.mysql_rows)},
      {"clickhouse_rows", value(t.clickhouse_rows)},
      {"fresh_seconds", value(t.fresh_seconds)},
      {"lag_messages", value(t.lag_messages)}};
}

void Line(const Json& json) {
  Context::Print(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace

DemoStyle ChooseStyle(Format format) {
  if (format == Format::kJson) {
    return DemoStyle::kJson;
  }
  const char* terminal = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): before any thread
  const bool dumb = terminal == nullptr || std::string_view(terminal) == "dumb";
  return ::isatty(STDOUT_FILENO) == 1 && !dumb ? DemoStyle::kLive : DemoStyle::kLines;
}

std::string RenderTables(const std::vector<TableCounts>& tables, uint64_t changes) {
  std::string text = fmt::format(
      "{:<18} {:>14} {:>14} {:>9} {:>8}  {}\n",
      "TABLE",
      "MYSQL ROWS",
      "CLICKHOUSE",
      "FRESH",
      "LAG",
      "STATE"
  );
  for (const TableCounts& t : tables) {
    text += fmt::format(
        "{:<18} {:>14} {:>14} {:>9} {:>8}  {}\n",
        "shop." + t.table,
        Count(t.mysql_rows),
        Count(t.clickhouse_rows),
        Fresh(t.fresh_seconds),
        Count(t.lag_messages),
        State(t)
    );
  }
  return text + fmt::format("{} changes made since the start; Ctrl-C ends\n", Grouped(changes));
}

double DemoView::Seconds() const {
  const std::chrono::duration<double> elapsed = Clock::Real().Now() - began_;
  return std::round(elapsed.count() * 1000) / 1000;
}

milliseconds DemoView::interval() const {
  return style_ == DemoStyle::kLive ? milliseconds(500) : milliseconds(1'000);
}

void DemoView::Erase() {
  if (painted_ > 0) {
    Context::Print(fmt::format("\x1b[{}A\x1b[J", painted_));
    painted_ = 0;
  }
}

void DemoView::Started(const std::string& part, const std::string& where) {
  if (style_ == DemoStyle::kJson) {
    Line(
        {{"schema", "demo/v1"},
         {"event", "started"},
         {"seconds", Seconds()},
         {"part", part},
         {"where", where}}
    );
    return;
  }
  Context::Print(fmt::format(" ok  {:<11} {:<44} {:>6.1f} s\n", part, where, Seconds()));
}

void DemoView::Say(const std::string& name, const std::string& text) {
  if (style_ == DemoStyle::kJson) {
    Line({{"schema", "demo/v1"}, {"event", name}, {"seconds", Seconds()}, {"text", text}});
    return;
  }
  Erase();
  Context::Print(text + "\n");
}

void DemoView::Next(const std::vector<std::pair<std::string, std::string>>& commands) {
  if (style_ == DemoStyle::kJson) {
    Json list = Json::array();
    for (const auto& [what, command] : commands) {
      list.push_back({{"what", what}, {"command", command}});
    }
    Line({{"schema", "demo/v1"}, {"event", "next"}, {"seconds", Seconds()}, {"commands", list}});
    return;
  }
  std::string text = "\nTry next, in another terminal:\n";
  for (const auto& [what, command] : commands) {
    text += fmt::format("\n  # {}\n  {}\n", what, command);
  }
  Say("next", text);
}

void DemoView::Tables(const std::vector<TableCounts>& tables, uint64_t changes, Which which) {
  if (style_ == DemoStyle::kJson) {
    Json list = Json::array();
    bool equal = true;
    for (const TableCounts& t : tables) {
      list.push_back(ToJson(t));
      equal = equal && t.equal();
    }
    Line(
        {{"schema", "demo/v1"},
         {"event", which == Which::kLast ? "last_tables" : "tables"},
         {"seconds", Seconds()},
         {"changes", changes},
         {"equal", equal},
         {"tables", list}}
    );
    return;
  }
  const auto now = Clock::Real().Now();
  if (style_ == DemoStyle::kLines && which != Which::kLast && now - last_lines_ < kLinesEvery) {
    return;
  }
  last_lines_ = now;
  const std::string text = RenderTables(tables, changes);
  Erase();
  Context::Print(text);
  if (style_ == DemoStyle::kLive && which != Which::kLast) {
    painted_ = static_cast<int>(std::count(text.begin(), text.end(), '\n'));
  }
}

}  // namespace rowhouse::cli
