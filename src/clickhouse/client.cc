#include "clickhouse/client.h"

#include <fmt/format.h>

#include "clickhouse/exception.h"

namespace rowhouse::clickhouse {
namespace {

// Parameter values travel in TabSeparated's escaping.
std::string EscapeParameter(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\\':
        out += "\\\\";
        break;
      case '\t':
        out += "\\t";
        break;
      case '\n':
        out += "\\n";
        break;
      default:
        out += c;
    }
  }
  return out;
}

char Unescaped(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case '0':
      return '\0';
    default:
      return c;
  }
}

std::optional<std::string> ParseCell(std::string_view cell) {
  if (cell == "\\N") {
    return std::nullopt;
  }
  std::string out;
  for (size_t i = 0; i < cell.size(); ++i) {
    const bool escape = cell[i] == '\\' && i + 1 < cell.size();
    out += escape ? Unescaped(cell[++i]) : cell[i];
  }
  return out;
}

std::string Quote(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + quote;
}

// The code under which `rowhouse help` explains a server that is away or refuses us.
Error Named(Error error) {
  if (error.kind() == ErrorKind::kUnavailable) {
    return std::move(error).WithCode("E-CH-001");
  }
  if (error.kind() == ErrorKind::kAuth) {
    return std::move(error).WithCode("E-CH-002");
  }
  return error;
}

}  // namespace

Rows ParseTabSeparated(std::string_view text) {
  Rows rows;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    Row& row = rows.emplace_back();
    while (true) {
      const size_t tab = line.find('\t');
      row.push_back(ParseCell(line.substr(0, tab)));
      if (tab == std::string_view::npos) {
        break;
      }
      line.remove_prefix(tab + 1);
    }
  }
  return rows;
}

std::string QuoteName(std::string_view name) {
  return Quote(name, '`');
}

std::string QuoteText(std::string_view text) {
  return Quote(text, '\'');
}

Client::Client(std::unique_ptr<http::Client> http, const ClientOptions& options)
    : user_(options.user), password_(options.password), http_(std::move(http)) {}

Result<std::unique_ptr<Client>> Client::Open(const ClientOptions& options) {
  http::ClientOptions http;
  http.name = "ClickHouse";
  http.url = options.url;
  http.ca_file = options.ca_file;
  auto opened = ROWHOUSE_TRY(http::Client::Open(std::move(http)));
  return std::unique_ptr<Client>(new Client(std::move(opened), options));
}

http::ClientRequest Client::Request(
    std::string_view sql_in_url, const StatementOptions& options, std::string_view format
) const {
  http::ClientRequest request;
  request.method = "POST";
  // Waits for the end of the statement before the answer's head, so that an error has its status.
  request.target = "/?wait_end_of_query=1";
  if (!sql_in_url.empty()) {
    request.target += "&query=" + http::PercentEncode(sql_in_url);
  }
  if (!format.empty()) {
    request.target += fmt::format("&default_format={}", format);
  }
  for (const auto& [name, value] : options.settings) {
    request.target += fmt::format("&{}={}", name, http::PercentEncode(value));
  }
  for (const auto& [name, value] : options.params) {
    request.target +=
        fmt::format("&param_{}={}", name, http::PercentEncode(EscapeParameter(value)));
  }
  request.headers.Add("X-ClickHouse-User", user_);
  if (!password_.empty()) {
    request.headers.Add("X-ClickHouse-Key", password_);
  }
  request.deadline = options.deadline;
  request.stop = options.stop;
  return request;
}

Result<std::string> Client::Send(const http::ClientRequest& request) {
  auto sent = http_->Send(request);
  if (!sent) {
    return Named(std::move(sent).error());
  }
  http::Response response = *std::move(sent);
  if (!response.ok()) {
    return ExceptionOf(response.status, response.body).Context(place());
  }
  return std::move(response.body);
}

Status Client::Execute(std::string_view sql, const StatementOptions& options) {
  http::ClientRequest request = Request({}, options, {});
  request.body = sql;
  ROWHOUSE_TRY(Send(request));
  return Ok();
}

Result<Rows> Client::Query(std::string_view sql, const StatementOptions& options) {
  http::ClientRequest request = Request({}, options, "TabSeparated");
  request.body = sql;
  return ParseTabSeparated(ROWHOUSE_TRY(Send(request)));
}

Result<std::optional<std::string>> Client::Fetch(
    std::string_view sql, size_t bytes_max, const StatementOptions& options
) {
  http::ClientRequest request = Request({}, options, {});
  request.body = sql;
  std::string all;
  bool too_large = false;
  request.sink = [&](std::string_view bytes) -> Status {
    too_large = all.size() + bytes.size() > bytes_max;
    if (too_large) {
      return Error(ErrorKind::kBadRecord, "the answer is larger than was expected");
    }
    all += bytes;
    return Ok();
  };
  const auto sent = Send(request);
  if (too_large) {
    return std::optional<std::string>();
  }
  ROWHOUSE_TRY(sent);
  return std::optional(std::move(all));
}

Status Client::Stream(
    std::string_view sql, const http::BodySink& sink, const StatementOptions& options
) {
  http::ClientRequest request = Request({}, options, {});
  // The answer begins before the statement ends.
  request.target = "/?wait_end_of_query=0" + request.target.substr(request.target.find('=') + 2);
  request.body = sql;
  request.sink = sink;
  ROWHOUSE_TRY(Send(request));
  return Ok();
}

Status Client::Insert(
    std::string_view sql, const http::BodySource& source, const StatementOptions& options
) {
  http::ClientRequest request = Request(sql, options, {});
  request.source = source;
  ROWHOUSE_TRY(Send(request));
  return Ok();
}

Status Client::Insert(
    std::string_view sql, std::string_view rows, const StatementOptions& options
) {
  http::ClientRequest request = Request(sql, options, {});
  request.body = rows;
  ROWHOUSE_TRY(Send(request));
  return Ok();
}

Result<std::string> Client::Version() {
  const Rows rows = ROWHOUSE_TRY(Query("SELECT version()"));
  if (rows.empty() || rows[0].empty() || !rows[0][0]) {
    return Error(
        ErrorKind::kConfig, fmt::format("{} answers, but not as ClickHouse does", place())
    );
  }
  return *rows[0][0];
}

}  // namespace rowhouse::clickhouse
