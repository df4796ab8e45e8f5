#pragma once

#include "config/config.h"
#include "console/routes.h"

namespace rowhouse::cli {

// GET /api/v1/backfills, /backfills/ID and POST /backfills/ID/cancel: what the ledger in
// ClickHouse knows of copies, whichever process makes them. `config` outlives the routes.
void AddBackfills(console::ConsoleRoutes& routes, const config::Config& config);

}  // namespace rowhouse::cli
