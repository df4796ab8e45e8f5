#pragma once

#include <string>

#include "base/result.h"
#include "chserver/engine.h"
#include "http/message.h"

namespace rowhouse::chserver {

// What one HTTP request asks of the engine, apart from its body: ClickHouse's URL
// parameters and X-ClickHouse-* headers, read once.
struct QueryRequest {
  std::string query;     // of ?query=; more may follow in the body
  std::string query_id;  // the client's, or a new UUID
  std::string database;  // empty: "default"
  std::string format;    // for statements that name none; empty: not said
  std::string session_id;
  NameValues settings;
  NameValues params;            // of {name:Type}
  std::string accept_encoding;  // empty unless enable_http_compression is on
  std::string content_encoding;
  bool native_output = false;  // compress=1: ClickHouse's own compressed blocks
  bool native_input = false;   // decompress=1
  bool read_only = false;      // GET and HEAD
};

// Credentials of a request: X-ClickHouse-User and -Key, basic auth or ?user=&password=,
// in this order; user "default" where none are given.
http::Credentials CredentialsOf(const http::Request& request);

// kBadRecord with ClickHouse's text and code for a name that is no setting's.
Result<QueryRequest> ReadQueryRequest(const http::Request& request);

}  // namespace rowhouse::chserver
