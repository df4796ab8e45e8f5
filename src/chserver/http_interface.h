#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "chserver/engine.h"
#include "chserver/http_request.h"
#include "http/server.h"

namespace rowhouse::chserver {

class Answer;

// Who may ask, and how much is remembered.
struct HttpInterfaceOptions {
  std::string user = "default";
  std::string password;  // empty: none is asked for
  size_t sessions_max = 256;
};

// ClickHouse's HTTP interface over the engine: what curl, clickhouse-connect, JDBC
// and Grafana speak.
//
// GET and POST / run a query of ?query= and the body; /ping and /replicas_status
// answer "Ok."; all else is 404. Each request has an engine session of its own, so
// settings never leak. A session_id remembers its SET and USE statements and gives them to
// its next request; temporary tables do not outlive their request.
//
// SELECTs and INSERTs stream, in formats whose pieces can be joined (see PieceJoiner).
// In others, such as JSON and Parquet, an answer is held in memory.
//
// Owns:    the named sessions, at most sessions_max, each for 60 s after its last use.
// Threads: Handle from any.
class HttpInterface {
 public:
  HttpInterface(const Engine& engine, HttpInterfaceOptions options);

  void Handle(const http::Request& request, http::BodyReader& body, http::ResponseWriter& response);

 private:
  struct Remembered {
    std::vector<std::string> statements;  // SET and USE, in order; at most 64
    Clock::TimePoint last_used;
  };

  bool Allowed(const http::Request& request) const;
  Result<StatementTotals> Query(
      const QueryRequest& request, http::BodyReader& body, Answer& answer
  );
  Result<StatementTotals> RunStatement(
      EngineSession& session, const QueryRequest& request, const std::string& sql, Answer& answer
  );
  Result<std::unique_ptr<EngineSession>> OpenSession(const QueryRequest& request);
  void Remember(const QueryRequest& request, const std::string& sql);

  const Engine& engine_;
  const HttpInterfaceOptions options_;

  Mutex mu_;
  std::map<std::string, Remembered> sessions_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::chserver
