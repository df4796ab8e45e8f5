#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "http/message.h"

namespace rowhouse::http {

// Turns the bytes of one request into a Request and the bytes of its body.
//
// Boost.Beast's parser behind a door without Beast's types. Feed it the same
// unconsumed bytes again, with more behind them, until head_done(); then give a place
// for body bytes with BodyInto() before each Feed().
//
// Threads: one owner. One parser a request.
// Errors:  kBadRecord with the HTTP status to answer as native() (400, 413, 431, 505).
class RequestParser {
 public:
  RequestParser(size_t header_bytes_max, std::optional<uint64_t> body_bytes_max);
  ~RequestParser();

  // Bytes consumed; fewer than given means: more bytes, or more room, are needed.
  Result<size_t> Feed(std::string_view bytes);

  void BodyInto(char* into, size_t size);

  // Body bytes placed since BodyInto().
  size_t body_bytes() const;

  bool head_done() const;

  // The whole message has been fed.
  bool done() const;

  // By version and Connection header; valid once head_done().
  bool keep_alive() const;

  // The request's head without `remote` and `tls`; valid once head_done().
  Request TakeRequest();

 private:
  class Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace rowhouse::http
