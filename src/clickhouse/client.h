#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "http/client.h"

namespace rowhouse::clickhouse {

// Which server, and as whom.
struct ClientOptions {
  std::string url = "http://127.0.0.1:8123";
  std::string user = "default";
  std::string password;
  std::string ca_file;  // PEM; empty: the system's
};

// How one statement runs.
struct StatementOptions {
  std::vector<std::pair<std::string, std::string>> settings;
  std::vector<std::pair<std::string, std::string>> params;  // of {name:Type}, as plain text
  Deadline deadline = Deadline::After(seconds(30));
  std::stop_token stop = {};
};

// Cells as text; nullopt is NULL.
using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

// A ClickHouse server as the rest of rowhouse knows it: SQL over HTTP, nothing else. Any
// server of version 24.8 or newer, the embedded one included.
//
// Threads: any.
// Errors:  of the server: by exception code (exception.h), with the code as native();
//          of the way there: kUnavailable. All name the server.
class Client {
 public:
  static Result<std::unique_ptr<Client>> Open(const ClientOptions& options);

  // A statement without an answer.
  Status Execute(std::string_view sql, const StatementOptions& options = {});

  // The answer's rows, held in memory. `sql` names no FORMAT.
  Result<Rows> Query(std::string_view sql, const StatementOptions& options = {});

  // The answer in the format that `sql` names, once the statement has ended well; nullopt where it
  // is larger than `bytes_max`.
  Result<std::optional<std::string>> Fetch(
      std::string_view sql, size_t bytes_max, const StatementOptions& options = {}
  );

  // Streams the answer in the format that `sql` names.
  Status Stream(
      std::string_view sql, const http::BodySink& sink, const StatementOptions& options = {}
  );

  // "INSERT INTO t (a) FORMAT RowBinary", its rows from `source`.
  Status Insert(
      std::string_view sql, const http::BodySource& source, const StatementOptions& options = {}
  );

  // As above with rows at hand.
  Status Insert(std::string_view sql, std::string_view rows, const StatementOptions& options = {});

  // "26.7.2.1"
  Result<std::string> Version();

  // "ClickHouse at http://127.0.0.1:8123"
  const std::string& place() const { return http_->place(); }

 private:
  explicit Client(std::unique_ptr<http::Client> http, const ClientOptions& options);

  http::ClientRequest Request(
      std::string_view sql_in_url, const StatementOptions& options, std::string_view format
  ) const;
  Result<std::string> Send(const http::ClientRequest& request);

  const std::string user_;
  const std::string password_;
  const std::unique_ptr<http::Client> http_;
};

// Rows of format TabSeparated.
Rows ParseTabSeparated(std::string_view text);

// `name` as an identifier and `text` as a string literal of ClickHouse's SQL.
std::string QuoteName(std::string_view name);
std::string QuoteText(std::string_view text);

}  // namespace rowhouse::clickhouse
