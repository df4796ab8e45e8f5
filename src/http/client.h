#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "http/message.h"

namespace rowhouse::http {

// Which server a Client talks to, and as whom.
struct ClientOptions {
  std::string name = "server";  // for error texts: "schema registry"
  std::string url;              // "http://127.0.0.1:8081", with a path prefix if there is one
  std::optional<Credentials> credentials;
  std::string ca_file;    // PEM; empty: the system's
  std::string cert_file;  // client certificate and key, PEM; empty: none
  std::string key_file;
  milliseconds connect_timeout{5000};
  size_t body_bytes_max = 64 << 20;  // of a response held in memory
};

// What a server answered.
struct Response {
  int status = 0;
  Headers headers;
  std::string body;  // empty where a sink took it

  bool ok() const { return status >= 200 && status < 300; }
};

// Gives the next bytes of a request's body; 0 at its end. An error ends the request with it.
using BodySource = std::function<Result<size_t>(char* into, size_t size)>;

// Takes the next bytes of a response's body. An error ends the request with it.
using BodySink = std::function<Status(std::string_view bytes)>;

// One request. `body` and the functions must live until Send() returns.
struct ClientRequest {
  std::string method = "GET";
  std::string target = "/";  // path and query behind the client's url, encoded
  Headers headers;
  std::string_view body;        // of POST and PUT
  BodySource source = nullptr;  // instead of `body`: sent chunked
  BodySink sink = nullptr;      // takes the body of a 2xx response; others come in Response::body
  Deadline deadline = Deadline::After(seconds(30));
  std::stop_token stop = {};  // noticed within a second
};

// An HTTP(S) client of one server over libcurl, which keeps connections for reuse.
//
// It goes straight to the server: proxies of the environment are not used, redirects
// not followed.
//
// Owns:     idle connections, at most 8.
// Threads:  any; each running request has a connection of its own.
// Blocking: Send until the response, the deadline or a stop request.
// Errors:   kUnavailable: not resolved, not reached, broken or late. kAuth: status 401 and
//           403. kConfig: a bad URL or TLS trust. kCancelled: stopped. Other
//           statuses are no errors: the caller reads Response::status.
class Client {
 public:
  static Result<std::unique_ptr<Client>> Open(ClientOptions options);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  Result<Response> Send(const ClientRequest& request);

  // "schema registry at http://127.0.0.1:8081", for error texts; without credentials.
  const std::string& place() const { return place_; }

 private:
  class Pool;
  explicit Client(ClientOptions options);

  const ClientOptions options_;
  std::string place_;
  std::unique_ptr<Pool> pool_;
};

}  // namespace rowhouse::http
