#include "console/sql_api.h"

#include <atomic>
#include <memory>
#include <stop_token>
#include <utility>

#include "base/backoff.h"
#include "base/thread.h"
#include "console/slot.h"

namespace rowhouse::console {
namespace {

constexpr int kAtOnce = 3;
constexpr int64_t kRowsMax = 10'000;
constexpr int64_t kRowsUsual = 1'000;
constexpr milliseconds kLookAtClient{200};

Json TextOrNull(const std::optional<uint64_t>& number) {
  return number ? Json(std::to_string(*number)) : Json(nullptr);
}

Json JsonOf(const clickhouse::Answered& answered) {
  Json columns = Json::array();
  for (const auto& [name, type] : answered.columns) {
    columns.push_back({{"name", name}, {"type", type}});
  }
  Json rows = Json::array();
  for (const clickhouse::Row& row : answered.rows) {
    Json cells = Json::array();
    for (const auto& cell : row) {
      cells.push_back(cell ? Json(*cell) : Json(nullptr));
    }
    rows.push_back(std::move(cells));
  }
  return {
      {"columns", std::move(columns)},
      {"rows", std::move(rows)},
      {"rows_read", TextOrNull(answered.rows_read)},
      {"bytes_read", TextOrNull(answered.bytes_read)},
      {"elapsed_ms", answered.elapsed.count()},
      {"truncated", answered.truncated}};
}

Answer AnswerOf(const Error& error) {
  const bool asker = error.code() == "E-CON-016" || error.code() == "E-CON-017";
  if (!asker) {
    return Answer::Of(error);
  }
  Answer answer = Answer::Problem(422, error.code(), error.message(), error.hint());
  if (error.native() > 0) {
    answer.body["error"]["position"] = error.native();
  }
  return answer;
}

// Asks while somebody waits for the answer.
Answer Ask(const SqlAnswerer& answerer, const Call& call) {
  clickhouse::Question question;
  question.sql = call.Text("sql");
  question.rows_max = static_cast<uint32_t>(call.body.value("limit", kRowsUsual));
  std::stop_source gone;
  question.stop = gone.get_token();
  const Thread watch("console-sql", [&call, &gone](const std::stop_token& stop) {
    while (WaitUnlessStopped(stop, kLookAtClient)) {
      if (call.response.ClientGone()) {
        gone.request_stop();
        return;
      }
    }
  });
  const auto answered = answerer.ask(question);
  return answered ? Answer::Of(JsonOf(*answered)) : AnswerOf(answered.error());
}

Answer AskOneOfFew(std::atomic<int>& running, const SqlAnswerer& answerer, const Call& call) {
  const Slot slot(running, kAtOnce);
  if (!slot.free()) {
    Answer answer = Answer::Problem(
        429, "E-CON-018", "three questions are being answered already", "ask again in a moment"
    );
    answer.body["error"]["retry_after_s"] = 1;
    return answer;
  }
  return Ask(answerer, call);
}

Json TablesOf(const clickhouse::Rows& rows) {
  Json tables = Json::array();
  for (const clickhouse::Row& row : rows) {
    if (row.size() < 4) {
      continue;
    }
    const auto& database = row[0].value_or("");
    const auto& table = row[1].value_or("");
    if (tables.empty() || tables.back()["database"] != database ||
        tables.back()["table"] != table) {
      tables.push_back({{"database", database}, {"table", table}, {"columns", Json::array()}});
    }
    tables.back()["columns"].push_back(
        {{"name", row[2].value_or("")}, {"type", row[3].value_or("")}}
    );
  }
  return tables;
}

}  // namespace

void AddSql(ConsoleRoutes& routes, SqlAnswerer answerer) {
  const auto shared = std::make_shared<const SqlAnswerer>(std::move(answerer));
  const auto running = std::make_shared<std::atomic<int>>(0);
  routes.Add(
      Role::kViewer,
      "POST",
      "/api/v1/sql",
      {.summary = "Ask ClickHouse: read only, 10 seconds, as text",
       .body =
           {{.name = "sql", .doc = "one SELECT, without FORMAT", .required = true},
            {.name = "limit",
             .type = Field::Type::kInteger,
             .doc = "rows at most; 1000",
             .min = 1,
             .max = kRowsMax}},
       .target = "sql"},
      [shared, running](const Call& call) { return AskOneOfFew(*running, *shared, call); }
  );
  routes.Add(
      Role::kViewer,
      "GET",
      "/api/v1/sql/tables",
      {.summary = "Tables and columns of ClickHouse that one may ask for"},
      [shared](const Call&) {
        const auto rows = shared->columns();
        return rows ? Answer::Of(TablesOf(*rows)) : Answer::Of(rows.error());
      }
  );
}

}  // namespace rowhouse::console
