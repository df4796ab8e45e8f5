#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "console/access.h"
#include "console/front_end.h"
#include "console/live.h"
#include "console/routes.h"
#include "console/session_api.h"
#include "http/server.h"

namespace rowhouse::console {

// Where a Console listens, what it keeps and what it shows.
struct ConsoleOptions {
  std::string host;
  uint16_t port = 0;
  std::optional<http::TlsFiles> tls;
  std::string directory;  // of the state; empty: none can be had
  std::string files;      // of the pages; empty: those in this binary
  int live_views_max = 600;
  AccessOptions access;  // directory, url and port are filled in
  ServerFacts facts;
};

// The console: one port with health, metrics, the API and the pages.
//
// It never holds up the pipeline: its own threads, deadlines on all it asks, bounded answers. And
// it never keeps the pipeline from starting: where its state can't be had, health and metrics are
// served and the rest answers why.
//
// Place:    one a process. A feature adds its routes before Serve().
// Owns:     its server and its state.
// Threads:  one owner; handlers run on the server's workers.
// Errors:   Serve: kConfig for a busy or wrong address, and unusable TLS files. Open: kConfig for
//           a first account that can't be made.
class Console {
 public:
  static Result<std::unique_ptr<Console>> Open(ConsoleOptions options);
  ~Console();
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  ConsoleRoutes& routes() { return *routes_; }

  // Null where there is no state, and so nobody who could look.
  LiveFeeds* live() { return live_.get(); }

  Access* access() { return access_.get(); }

  // Begins to answer.
  Status Serve();

  // Ends what viewers see; what routes use may go after that.
  void Stop();

  // "http://127.0.0.1:8087"
  const std::string& url() const { return url_; }

 private:
  explicit Console(ConsoleOptions options);

  Status OpenState();
  void Answer(const http::Request& request, http::BodyReader& body, http::ResponseWriter& response)
      const;

  const ConsoleOptions options_;
  const FrontEnd front_end_;
  std::string url_;
  std::unique_ptr<Access> access_;
  std::unique_ptr<ConsoleRoutes> routes_;
  std::unique_ptr<LiveFeeds> live_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace rowhouse::console
