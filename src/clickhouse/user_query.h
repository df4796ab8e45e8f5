#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "clickhouse/client.h"
#include "http/client.h"

namespace rowhouse::clickhouse {

// A question somebody has typed.
struct Question {
  std::string sql;
  uint32_t rows_max = 1000;
  std::string database;  // of names without one
  std::stop_token stop = {};
};

// What ClickHouse answered, cells as text.
struct Answered {
  std::vector<std::pair<std::string, std::string>> columns;  // name, type
  Rows rows;
  std::optional<uint64_t> rows_read;
  std::optional<uint64_t> bytes_read;
  milliseconds elapsed{0};
  bool truncated = false;  // there was more than rows_max, or 8 MiB
};

// Asks ClickHouse what a person wants to know: read only (sql_guard.h), 10 s, 1 GiB of memory.
//
// Threads:  any.
// Blocking: Ask up to 15 s, or a second after the stop.
// Errors:   kBadRecord: E-CON-016 refused by the guard, E-CON-017 by ClickHouse, in its words; the
//           place in the statement, counted from 1, as native() where it is known. kCancelled:
//           stopped. kUnavailable, kAuth: as Client.
class UserQueries {
 public:
  static Result<std::unique_ptr<UserQueries>> Open(const ClientOptions& options);

  Result<Answered> Ask(const Question& question);

  // Database, table, column and type of what `databases` hold, in this order; so many columns as
  // one wants to see.
  Result<Rows> Columns(const std::vector<std::string>& databases);

 private:
  UserQueries(
      ClientOptions options, std::unique_ptr<http::Client> http, std::unique_ptr<Client> client
  )
      : options_(std::move(options)), http_(std::move(http)), client_(std::move(client)) {}

  Result<http::Response> Send(
      const std::string& sql, const Question& question, const http::BodySink& sink
  );

  const ClientOptions options_;
  const std::unique_ptr<http::Client> http_;
  const std::unique_ptr<Client> client_;
};

// The answer in TabSeparatedWithNamesAndTypes; what follows the last whole line is left out.
Answered ParseAnswer(std::string_view text, uint32_t rows_max);

// 7 of "Syntax error: failed at position 7 (x)"; 0 where there is none.
int PositionIn(std::string_view message);

}  // namespace rowhouse::clickhouse
