#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "chserver/codec.h"
#include "chserver/http_request.h"
#include "chserver/statement.h"
#include "http/server.h"

namespace rowhouse::chserver {

// The statement and the rows of one request, wherever they are.
//
// A client sends the statement in ?query=, in the body, or begun in the one and
// ended in the other (with a line end between them), and an INSERT's rows after it. The
// body may be compressed. Only the statement is held in memory, never the rows.
//
// Threads: the handler's.
// Errors:  of the body; kBadRecord with code 62 where a statement in the body is above 64 MB.
class QueryBody {
 public:
  QueryBody(const QueryRequest& request, http::BodyReader& body);

  // Reads until the statement is complete; call it once, first.
  Status ReadStatementText();

  const Statement& statement() const { return statement_; }

  const std::string& text() const { return text_; }

  // "INSERT INTO t (a)" without FORMAT and rows.
  std::string_view InsertHead() const {
    return std::string_view(text_).substr(0, statement_.head_end);
  }

  // The next rows' bytes, empty at the end; good until the next call.
  Result<std::string_view> NextRows();

 private:
  // The next bytes of the body, decompressed; empty at the end.
  Result<std::string_view> NextBody();

  http::BodyReader& body_;
  std::unique_ptr<Codec> codec_;
  Status unknown_encoding_;
  std::string raw_;
  std::string plain_;
  bool ended_ = false;
  bool codec_begun_ = false;
  bool joined_ = false;  // the line end between ?query= and body is in

  std::string text_;  // the statement, and rows that came with it
  Statement statement_;
  bool rows_begun_ = false;
};

}  // namespace rowhouse::chserver
