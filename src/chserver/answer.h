#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "chserver/codec.h"
#include "chserver/engine.h"
#include "chserver/http_request.h"
#include "http/server.h"

namespace rowhouse::chserver {

// The answer to one query, as ClickHouse gives it over HTTP.
//
// Holds the first piece of output back: an answer that fits into it goes out
// with Content-Length and its true X-ClickHouse-Summary, and a query that fails before has
// its status. A query that fails later ends with the error's text and a cut connection,
// so that no client takes the half for the whole.
//
// Threads: the handler's.
class Answer {
 public:
  Answer(const Engine& engine, const QueryRequest& request, http::ResponseWriter& response);

  // Before the first Write.
  void SetFormat(std::string_view format);

  Status Write(std::string_view bytes);

  Status Finish(const StatementTotals& totals);

  // Code and text of a ClickHouse exception, or what went wrong with the client.
  void Fail(const Error& error);

 private:
  Status Begin(const StatementTotals* totals);
  Status Flush();
  void SetSummary(const StatementTotals& totals);

  const Engine& engine_;
  http::ResponseWriter& response_;
  const Clock::TimePoint start_;
  std::string encoding_;
  std::unique_ptr<Codec> codec_;
  std::string held_;    // output not yet handed to the codec
  std::string packed_;  // output of the codec not yet sent
  bool begun_ = false;
};

}  // namespace rowhouse::chserver
