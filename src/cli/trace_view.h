#pragma once

#include "config/config.h"
#include "console/routes.h"
#include "trace/trace.h"

namespace rowhouse::cli {

// The servers of a configuration, as a row is followed through them.
trace::World TraceWorldOf(const config::Config& config);

// GET /api/v1/trace.
void AddTrace(console::ConsoleRoutes& routes, const config::Config& config);

}  // namespace rowhouse::cli
