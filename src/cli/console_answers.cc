#include "cli/console_answers.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/error_pages.h"
#include "cli/wiring.h"
#include "clickhouse/user_query.h"
#include "config/show.h"
#include "console/sql_api.h"

namespace rowhouse::cli {

namespace {

using console::Answer;
using console::Call;
using console::Json;
using console::Role;

Answer HelpOn(const Call& call) {
  std::string code = call.path["code"];
  std::ranges::transform(code, code.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  const auto pages = ErrorPages();
  const auto page = std::ranges::find(pages, code, &ErrorPage::code);
  if (page == pages.end()) {
    return Answer::Problem(
        404,
        "E-CON-009",
        fmt::format("there is no page on {}", code),
        "docs/manual/errors.md has all"
    );
  }
  return Answer::Of(
      {{"code", page->code},
       {"title", page->title},
       {"text", fmt::format("{}\n\nWhat to do: {}", page->why, page->fix)},
       {"why", page->why},
       {"fix", page->fix}}
  );
}

// One item an option: {"key","value","origin"}, as text.
Json SettingsOf(const config::Loaded& loaded) {
  const Json shown = Json::parse(config::ShowJson(loaded));
  Json items = Json::array();
  for (const auto& [key, setting] : shown.at("values").items()) {
    const Json& value = setting.at("value");
    items.push_back(
        {{"key", key},
         {"value", value.is_string() ? value : Json(value.dump())},
         {"origin", setting.at("origin")}}
    );
  }
  const size_t total = items.size();
  return {{"items", std::move(items)}, {"next", nullptr}, {"total", total}};
}

Status AddQuestions(console::ConsoleRoutes& routes, const config::Config& config) {
  const std::shared_ptr<clickhouse::UserQueries> queries =
      ROWHOUSE_TRY(clickhouse::UserQueries::Open(ClickHouseOptionsOf(config)));
  const std::set<std::string> databases = {
      config.sink.current_database, config.sink.history_database};
  console::AddSql(
      routes,
      {[queries, database = config.sink.current_database](clickhouse::Question question) {
         question.database = database;
         return queries->Ask(question);
       },
       [queries, names = std::vector<std::string>(databases.begin(), databases.end())] {
         return queries->Columns(names);
       }}
  );
  return Ok();
}

}  // namespace

Status AddAnswers(
    console::ConsoleRoutes& routes,
    const config::Config& config,
    const std::shared_ptr<const config::Loaded>& loaded
) {
  routes.Add(
      Role::kViewer, "GET", "/api/v1/help/{code}", {.summary = "What an error code means"}, HelpOn
  );
  if (loaded != nullptr) {
    routes.Add(
        Role::kViewer,
        "GET",
        "/api/v1/settings",
        {.summary = "The configuration, secrets masked, each option with its origin"},
        [loaded](const Call&) { return Answer::Of(SettingsOf(*loaded)); }
    );
  }
  return config.sink.url.empty() ? Ok() : AddQuestions(routes, config);
}

}  // namespace rowhouse::cli
