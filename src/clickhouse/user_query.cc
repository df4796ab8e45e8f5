#include "clickhouse/user_query.h"

#include <algorithm>
#include <charconv>
#include <set>

#include <fmt/format.h>

#include "clickhouse/exception.h"
#include "clickhouse/sql_guard.h"

namespace rowhouse::clickhouse {
namespace {

constexpr std::string_view kFormat = "TabSeparatedWithNamesAndTypes";
constexpr size_t kBytesMax = size_t{8} << 20;
constexpr seconds kLimit{15};
constexpr int kColumnsMax = 50'000;

Result<std::set<std::string>> TableFunctions(Client& client) {
  StatementOptions options;
  options.deadline = Deadline::After(kLimit);
  std::set<std::string> names;
  for (const Row& row :
       ROWHOUSE_TRY(client.Query("SELECT lower(name) FROM system.table_functions", options))) {
    names.insert(row[0].value_or(""));
  }
  return names;
}

std::string TargetOf(const Question& question) {
  const std::pair<std::string_view, std::string> settings[] = {
      {"max_execution_time", "10"},
      {"max_result_rows", std::to_string(question.rows_max + 1)},
      {"max_result_bytes", std::to_string(kBytesMax)},
      {"result_overflow_mode", "break"},
      {"max_memory_usage", std::to_string(size_t{1} << 30)},
      {"cancel_http_readonly_queries_on_client_close", "1"},
      {"stream_like_engine_allow_direct_select", "0"},
      {"allow_introspection_functions", "0"},
      {"allow_ddl", "0"},
      {"readonly", "1"}};
  // Waits for the end of the statement before the answer's head, so that an error has its status.
  std::string target = fmt::format("/?wait_end_of_query=1&default_format={}", kFormat);
  for (const auto& [name, value] : settings) {
    target += fmt::format("&{}={}", name, value);
  }
  if (!question.database.empty()) {
    target += "&database=" + http::PercentEncode(question.database);
  }
  return target;
}

// "read_rows":"12" of X-ClickHouse-Summary.
std::optional<uint64_t> NumberIn(std::string_view summary, std::string_view name) {
  const std::string key = fmt::format("\"{}\":\"", name);
  const size_t at = summary.find(key);
  uint64_t number = 0;
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const char* begin = summary.data() + at + key.size();
  std::from_chars(begin, summary.data() + summary.size(), number);
  return number;
}

// What ClickHouse says of the statement is the asker's to mend; what it says of us is not.
Error OfAsker(Error error) {
  const bool ours = error.native() == 0 || error.kind() == ErrorKind::kAuth ||
                    error.kind() == ErrorKind::kCancelled;
  if (ours) {
    return error;
  }
  return Error(ErrorKind::kBadRecord, error.message())
      .WithCode("E-CON-017")
      .WithNative(PositionIn(error.message()));
}

}  // namespace

int PositionIn(std::string_view message) {
  constexpr std::string_view kBefore = "failed at position ";
  const size_t at = message.find(kBefore);
  int position = 0;
  if (at != std::string_view::npos) {
    const char* begin = message.data() + at + kBefore.size();
    std::from_chars(begin, message.data() + message.size(), position);
  }
  return position;
}

Answered ParseAnswer(std::string_view text, uint32_t rows_max) {
  Answered answered;
  const size_t end = text.rfind('\n');
  Rows rows = ParseTabSeparated(text.substr(0, end == std::string_view::npos ? 0 : end + 1));
  if (rows.size() < 2) {
    return answered;
  }
  for (size_t i = 0; i < rows[0].size() && i < rows[1].size(); ++i) {
    answered.columns.emplace_back(rows[0][i].value_or(""), rows[1][i].value_or(""));
  }
  rows.erase(rows.begin(), rows.begin() + 2);
  if (rows.size() > rows_max) {
    rows.resize(rows_max);
    answered.truncated = true;
  }
  answered.rows = std::move(rows);
  return answered;
}

Result<std::unique_ptr<UserQueries>> UserQueries::Open(const ClientOptions& options) {
  auto client = ROWHOUSE_TRY(Client::Open(options));
  http::ClientOptions http;
  http.name = "ClickHouse";
  http.url = options.url;
  http.ca_file = options.ca_file;
  auto opened = ROWHOUSE_TRY(http::Client::Open(std::move(http)));
  return std::unique_ptr<UserQueries>(new UserQueries(options, std::move(opened), std::move(client))
  );
}

Result<http::Response> UserQueries::Send(
    const std::string& sql, const Question& question, const http::BodySink& sink
) {
  http::ClientRequest request;
  request.method = "POST";
  request.target = TargetOf(question);
  request.headers.Add("X-ClickHouse-User", options_.user);
  if (!options_.password.empty()) {
    request.headers.Add("X-ClickHouse-Key", options_.password);
  }
  request.body = sql;
  request.sink = sink;
  request.deadline = Deadline::After(kLimit);
  request.stop = question.stop;
  return http_->Send(request);
}

Result<Answered> UserQueries::Ask(const Question& question) {
  const auto began = Clock::Real().Now();
  const std::set<std::string> reaching = ROWHOUSE_TRY(TableFunctions(*client_));
  const std::string sql = ROWHOUSE_TRY(GuardReadOnly(question.sql, reaching));
  std::string body;
  bool cut = false;
  const auto sink = [&](std::string_view bytes) -> Status {
    if (body.size() + bytes.size() > kBytesMax) {
      cut = true;
      return Error(ErrorKind::kCancelled, "the answer is long enough");
    }
    body += bytes;
    return Ok();
  };
  const auto response = Send(sql, question, sink);
  if (!response && !cut) {
    return response.error();
  }
  if (response && !response->ok()) {
    return OfAsker(ExceptionOf(response->status, response->body));
  }
  if (response && response->headers.Get("X-ClickHouse-Format") != kFormat) {
    return Error(ErrorKind::kBadRecord, "the form of the answer is chosen here: leave FORMAT out")
        .WithCode("E-CON-016");
  }
  Answered answered = ParseAnswer(body, question.rows_max);
  answered.truncated |= cut;
  answered.elapsed = std::chrono::duration_cast<milliseconds>(Clock::Real().Now() - began);
  if (response) {
    const std::string_view summary = response->headers.Get("X-ClickHouse-Summary");
    answered.rows_read = NumberIn(summary, "read_rows");
    answered.bytes_read = NumberIn(summary, "read_bytes");
  }
  return answered;
}

Result<Rows> UserQueries::Columns(const std::vector<std::string>& databases) {
  std::vector<std::string> names;
  for (const std::string& database : databases) {
    names.push_back(QuoteText(database));
  }
  StatementOptions options;
  options.deadline = Deadline::After(kLimit);
  return client_->Query(
      fmt::format(
          "SELECT database, table, name, type FROM system.columns WHERE database IN ({}) ORDER BY "
          "database, table, position LIMIT {}",
          fmt::join(names, ", "),
          kColumnsMax
      ),
      options
  );
}

}  // namespace rowhouse::clickhouse
