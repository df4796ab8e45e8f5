#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/routes.h"
#include "http/server.h"
#include "metrics/registry.h"

namespace rowhouse::cli {

// One part of the process as /readyz tells it.
struct PartState {
  std::string name;  // "source"
  bool ready = false;
  std::string note;  // why not
  // Ready to take over, while another process does the work.
  bool standby = false;
};

// /healthz, /readyz, /metrics and /api/v1/loads.
//
// /healthz answers while the process lives. /readyz answers 200 once every part is
// ready and 503 with the parts that are not, one a line (all with ?verbose); lag does not
// flip it. A standby is ready; its answer begins with "standby" and says who is active. /metrics is
// Prometheus' text. /api/v1/loads is JSON: how the loads under way go.
//
// Owns:    its HTTP server. Threads: `parts` and `loads` are called on the server's workers.
// Errors:  Start: kConfig for a busy or wrong address.
class HealthServer {
 public:
  using Parts = std::function<std::vector<PartState>()>;
  using Loads = std::function<std::string()>;

  // `more` adds further routes before the server starts; may be null.
  using More = std::function<void(http::Routes&)>;

  static Result<std::unique_ptr<HealthServer>> Start(
      const std::string& listen,
      metrics::Registry& metrics,
      Parts parts,
      Loads loads,
      const More& more = {}
  );

  const std::string& url() const { return url_; }

 private:
  HealthServer() = default;

  http::Routes routes_;
  std::string url_;
  std::unique_ptr<http::Server> server_;
};

}  // namespace rowhouse::cli
