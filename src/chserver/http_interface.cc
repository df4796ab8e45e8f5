#include "chserver/http_interface.h"

#include <algorithm>

#include <fmt/format.h>

#include "chserver/answer.h"
#include "chserver/query_body.h"
#include "chserver/statement.h"
#include "chserver/stream_format.h"

namespace rowhouse::chserver {
namespace {

constexpr seconds kSessionLife{60};
constexpr size_t kRememberedMax = 64;
constexpr std::string_view kText = "text/html; charset=UTF-8";

// A failed write means the client is gone; there is nobody left to tell.
void Ignore(const Status&) {}

Error Exception(int code, std::string_view name, std::string_view what) {
  return Error(
             ErrorKind::kBadRecord,
             fmt::format("Code: {}. DB::Exception: {} ({})", code, what, name)
  )
      .WithNative(code);
}

bool IsSetOrUse(std::string_view sql) {
  const size_t at = sql.find_first_not_of(" \t\r\n");
  if (at == std::string_view::npos) {
    return false;
  }
  const std::string_view word = sql.substr(at, sql.find_first_of(" \t\r\n", at) - at);
  return http::EqualsIgnoringCase(word, "SET") || http::EqualsIgnoringCase(word, "USE");
}

}  // namespace

HttpInterface::HttpInterface(const Engine& engine, HttpInterfaceOptions options)
    : engine_(engine), options_(std::move(options)) {}

bool HttpInterface::Allowed(const http::Request& request) const {
  const http::Credentials given = CredentialsOf(request);
  return given.user == options_.user &&
         (options_.password.empty() || http::SameSecret(given.password, options_.password));
}

void HttpInterface::Handle(
    const http::Request& request, http::BodyReader& body, http::ResponseWriter& response
) {
  if (request.path == "/ping" || request.path == "/replicas_status") {
    Ignore(response.Reply(200, kText, "Ok.\n"));
    return;
  }
  if (request.path != "/") {
    Ignore(response.Reply(
        404,
        kText,
        fmt::format("There is no handle {}\n\nUse / or /ping for health checks.\n", request.path)
    ));
    return;
  }
  if (request.method != "GET" && request.method != "POST" && request.method != "HEAD") {
    Ignore(response.Reply(501, kText, "Use GET or POST.\n"));
    return;
  }
  Result<QueryRequest> query = ReadQueryRequest(request);
  Answer answer(engine_, query ? *query : QueryRequest{}, response);
  if (!query) {
    answer.Fail(query.error());
    return;
  }
  if (!Allowed(request)) {
    answer.Fail(Exception(
        516,
        "AUTHENTICATION_FAILED",
        fmt::format(
            "{}: Authentication failed: password is incorrect, or there is no user with such name.",
            CredentialsOf(request).user
        )
    ));
    return;
  }
  if (request.method != "POST" && query->query.empty()) {
    Ignore(response.Reply(200, kText, "Ok.\n"));
    return;
  }
  Result<StatementTotals> totals = Query(*query, body, answer);
  if (totals) {
    Ignore(answer.Finish(*totals));
  } else {
    answer.Fail(totals.error());
  }
}

Result<StatementTotals> HttpInterface::Query(
    const QueryRequest& request, http::BodyReader& body, Answer& answer
) {
  QueryBody input(request, body);
  ROWHOUSE_TRY(input.ReadStatementText());
  const Statement& statement = input.statement();
  if (statement.kind == Statement::Kind::kEmpty) {
    return Exception(62, "SYNTAX_ERROR", "Syntax error: Empty query.");
  }
  if (statement.kind == Statement::Kind::kSeveral) {
    return Exception(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed).");
  }
  if (statement.kind == Statement::Kind::kInsertInput) {
    return Exception(
        48,
        "NOT_IMPLEMENTED",
        "The embedded engine can't read rows through the table function input(): insert into a "
        "table of engine Null that has a materialized view, or insert the rows as they are."
    );
  }
  auto session = ROWHOUSE_TRY(OpenSession(request));
  if (statement.kind != Statement::Kind::kInsertRows) {
    const std::string format = !statement.format.empty() ? statement.format
                               : !request.format.empty() ? request.format
                                                         : "TabSeparated";
    answer.SetFormat(format);
    const auto out = [&](std::string_view bytes) { return answer.Write(bytes); };
    PieceJoiner joiner(format);
    if (statement.kind == Statement::Kind::kSelect && joiner.streamable()) {
      const auto join = [&](std::string_view piece) { return answer.Write(joiner.Next(piece)); };
      return session->Stream(input.text(), format, request.params, join);
    }
    auto totals = ROWHOUSE_TRY(session->Run(input.text(), format, request.params, out));
    Remember(request, input.text());
    return totals;
  }
  const std::string format = !statement.format.empty() ? statement.format
                             : !request.format.empty() ? request.format
                                                       : "Values";
  const auto totals = ROWHOUSE_TRY(session->Insert(input.InsertHead(), format, request.params, [&] {
    return input.NextRows();
  }));
  return totals;
}

Result<std::unique_ptr<EngineSession>> HttpInterface::OpenSession(const QueryRequest& request) {
  auto session = ROWHOUSE_TRY(engine_.Connect());
  const auto nothing = [](std::string_view) { return Ok(); };
  if (!request.session_id.empty()) {
    std::vector<std::string> statements;
    {
      MutexLock lock(mu_);
      const auto known = sessions_.find(request.session_id);
      if (known != sessions_.end()) {
        known->second.last_used = Clock::Real().Now();
        statements = known->second.statements;
      }
    }
    for (const auto& sql : statements) {
      ROWHOUSE_TRY(session->Run(sql, "Null", {}, nothing));
    }
  }
  if (!request.database.empty()) {
    ROWHOUSE_TRY(session->Use(request.database));
  }
  NameValues settings = request.settings;
  const bool sets_readonly = std::any_of(settings.begin(), settings.end(), [](const auto& s) {
    return s.first == "readonly";
  });
  if (request.read_only && !sets_readonly) {
    settings.emplace_back("readonly", "2");
  }
  ROWHOUSE_TRY(session->Set(settings));
  return session;
}

void HttpInterface::Remember(const QueryRequest& request, const std::string& sql) {
  if (request.session_id.empty() || !IsSetOrUse(sql)) {
    return;
  }
  MutexLock lock(mu_);
  const auto now = Clock::Real().Now();
  std::erase_if(sessions_, [&](const auto& s) { return now - s.second.last_used > kSessionLife; });
  if (sessions_.size() >= options_.sessions_max && !sessions_.contains(request.session_id)) {
    return;
  }
  Remembered& session = sessions_[request.session_id];
  session.last_used = now;
  std::erase(session.statements, sql);
  if (session.statements.size() < kRememberedMax) {
    session.statements.push_back(sql);
  }
}

}  // namespace rowhouse::chserver
