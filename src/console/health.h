#pragma once

#include <functional>
#include <string>
#include <vector>

#include "console/routes.h"
#include "metrics/registry.h"

namespace rowhouse::console {

// One part of the process as /readyz tells it.
struct PartState {
  std::string name;  // "source"
  bool ready = false;
  std::string note = {};  // why not
  // Ready to take over, while another process does the work.
  bool standby = false;
};

// /healthz, /readyz and /metrics; they need no account.
//
// /healthz answers while the process lives. /readyz answers 200 once every part is
// ready and 503 with the parts that are not, one a line (all with ?verbose); lag does not
// flip it. A standby is ready; its answer begins with "standby" and says who is active. /metrics is
// Prometheus' text.
//
// Threads: `parts` is called on the server's workers; it and `metrics` outlive them.
void AddHealth(
    ConsoleRoutes& routes, metrics::Registry& metrics, std::function<std::vector<PartState>()> parts
);

}  // namespace rowhouse::console
