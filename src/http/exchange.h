#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/server.h"
#include "http/server_parser.h"
#include "http/stream_queue.h"
#include "http/transport.h"

namespace rowhouse::http {

// What an Exchange needs of the connection it works on.
struct ExchangeParts {
  Transport& transport;
  RequestParser& parser;
  std::string& unparsed;  // bytes received beyond what the parser has used
  const Request& request;
  const std::atomic<bool>& cut;  // the server has given up on this connection
  const std::atomic<bool>& stopping;
  milliseconds io_timeout;
  std::optional<milliseconds> body_timeout;
  // Makes the connection's stream; kUnavailable where there are enough.
  std::function<Result<std::shared_ptr<StreamQueue>>(EventStreamOptions)> open_stream;
};

// One request and its response on a worker: the body's reader and the response's writer.
//
// Place:   made by the server for each request, handed to the handler, then Finish().
// Threads: the worker; ClientGone() from any.
class Exchange final : public BodyReader, public ResponseWriter {
 public:
  explicit Exchange(const ExchangeParts& parts);

  Result<size_t> Read(char* into, size_t size) override;

  void SetStatus(int status) override { status_ = status; }

  void SetHeader(std::string name, std::string value) override {
    headers_.Set(std::move(name), std::move(value));
  }

  Status Send(std::string_view body) override;
  Status Write(std::string_view bytes) override;

  bool started() const override { return started_; }

  void Abort() override { aborted_ = true; }

  bool ClientGone() override;

  Result<std::shared_ptr<EventStream>> StartEvents(EventStreamOptions options) override;

  // The response has become a stream that goes on: the connection is the I/O thread's again.
  bool streaming() const { return streaming_ && !aborted_ && !broken_; }

  // Answers a request that could not be parsed, after which the connection closes.
  void Refuse(int status);

  // Ends the response and passes over what is left of the request's body. True when
  // the connection can serve another request; else it is to be closed.
  bool Finish();

 private:
  enum class Framing { kLength, kChunked, kToEnd };

  bool BodylessStatus() const { return status_ == 204 || status_ == 304 || status_ < 200; }

  std::string Head(Framing framing, size_t length) const;
  Status Put(std::string_view bytes);
  Status PutChunk(std::string head, std::string_view bytes);
  bool DrainBody();
  void Linger();

  ExchangeParts parts_;
  Headers headers_;
  int status_ = 200;
  bool head_only_;
  bool keep_alive_;
  bool awaits_continue_;
  bool started_ = false;
  bool aborted_ = false;
  bool broken_ = false;
  bool refused_ = false;
  bool streaming_ = false;
  Deadline body_deadline_;
  Framing framing_ = Framing::kLength;
};

}  // namespace rowhouse::http
