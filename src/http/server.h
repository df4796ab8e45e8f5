#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/event_stream.h"
#include "http/message.h"

namespace rowhouse::http {

// The body of the request being handled, as a stream.
//
// Place:    given to a handler, valid until it returns; tests give their own.
// Threads:  the handler's thread.
// Blocking: Read waits for the client, at most ServerOptions::io_timeout.
// Errors:   kCancelled when the client is gone, kUnavailable when it is too slow,
//           kBadRecord for a malformed chunked body or one above body_bytes_max.
class BodyReader {
 public:
  virtual ~BodyReader() = default;

  // At least one byte and at most `size`; 0 at the end of the body. `size` must not be 0.
  virtual Result<size_t> Read(char* into, size_t size) = 0;

  // The rest of the body; kBadRecord when it is longer than `bytes_max`.
  Result<std::string> ReadAll(size_t bytes_max);
};

// The response to the request being handled.
//
// Either Send() once, or Write() any number of times: then the head goes out with
// the first Write and the body is chunked (for HTTP/1.0: ends with the connection).
// A handler that returns without either sends the head with an empty body.
//
// Place:    given to a handler, valid until it returns; tests give their own.
// Threads:  the handler's thread; ClientGone() from any thread while the handler runs.
// Blocking: Send and Write wait for a slow client, at most io_timeout without progress.
// Errors:   kCancelled: the client is gone or too slow, or the server is stopping past
//           its deadline; end the work, there is nobody to tell.
class ResponseWriter {
 public:
  virtual ~ResponseWriter() = default;

  // Before the first Send or Write. Status is 200 and there are no headers but
  // those the server adds (Date, Content-Length or Transfer-Encoding, Connection).
  virtual void SetStatus(int status) = 0;
  virtual void SetHeader(std::string name, std::string value) = 0;

  // The whole body at once, with its Content-Length.
  virtual Status Send(std::string_view body) = 0;

  // Some bytes of a body of unknown length; they are on their way when it returns. For
  // a HEAD request nothing but the head is sent. Give tens of KB a call: each is a chunk.
  virtual Status Write(std::string_view bytes) = 0;

  // The head has gone out: too late for another status.
  virtual bool started() const = 0;

  // Closes the connection after the handler without ending the body properly, so that
  // the client sees that it is cut. For failures after the head has gone out.
  virtual void Abort() = 0;

  // The client has closed its connection (or its sending half), or the server gave up
  // waiting for this handler: ask while a long query runs. One system call.
  virtual bool ClientGone() = 0;

  // Sends the head of a text/event-stream with the headers set before, instead of Send and Write,
  // and leaves the connection to the stream, which outlives the handler. kUnavailable where the
  // server has event_streams_max of them; then answer 503. A HEAD request gets a closed stream.
  virtual Result<std::shared_ptr<EventStream>> StartEvents(EventStreamOptions options);

  // Send() with status and content type.
  Status Reply(int status, std::string_view content_type, std::string_view body);
};

// What answers requests. Runs on a worker thread; several run at once.
using Handler =
    std::function<void(const Request& request, BodyReader& body, ResponseWriter& response)>;

// Certificate chain and private key as PEM files. TLS 1.2 and newer. Files that change are read
// again within an event_heartbeat, for clients that connect from then on; while they are unusable,
// or do not fit together, what was read before stays.
struct TlsFiles {
  std::string certificate;
  std::string key;
};

// Where and how a Server listens. The defaults suit a small API.
struct ServerOptions {
  std::string name = "http";  // for thread names and error texts
  std::string host = "127.0.0.1";
  uint16_t port = 0;  // 0: a free one, see Server::port()
  std::optional<TlsFiles> tls;
  int workers = 2;  // handlers that run at once
  int connections_max = 1024;
  size_t header_bytes_max = size_t{64} * 1024;  // request line and headers
  std::optional<uint64_t> body_bytes_max;       // none: no limit, handlers stream it
  milliseconds header_timeout{30'000};          // first byte to end of the head; TLS handshake
  milliseconds idle_timeout{75'000};            // kept-alive connection without a request
  milliseconds io_timeout{60'000};              // no progress while reading a body or writing
  std::optional<milliseconds> body_timeout;     // for a whole body to arrive; none: no limit
  int event_streams_max = 600;                  // of connections_max
  milliseconds event_heartbeat{15'000};         // a comment to streams without events
};

// An HTTP/1.1 server: one I/O thread for all connections, N workers for handlers.
//
// Connections cost a thread only while a handler runs: the I/O thread accepts, keeps the
// idle ones and reads the heads; a worker then has the connection for itself, with
// plain blocking reads and writes, and gives it back. So hundreds of idle
// clients need no threads, and a handler is straight-line code. A response of events goes back to
// the I/O thread, which writes it for as long as it lasts.
//
// Owns:    its threads and connections.
// Threads: Stop from any thread but a handler's.
// Errors:  Start: kConfig for an address in use or not ours, or unusable TLS files.
class Server {
 public:
  static Result<std::unique_ptr<Server>> Start(ServerOptions options, Handler handler);

  // Stops with a deadline of 5 s.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;

  // "http://127.0.0.1:8081".
  std::string url() const;

  // Stops accepting, closes idle connections, lets running handlers finish until the
  // deadline, then cuts their connections and waits for them to return.
  void Stop(Deadline deadline);

 private:
  class Impl;
  explicit Server(std::unique_ptr<Impl> impl);

  std::unique_ptr<Impl> impl_;
};

}  // namespace rowhouse::http
