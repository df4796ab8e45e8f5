#pragma once

#include "cli/backfill_orders.h"
#include "config/config.h"
#include "console/console.h"

namespace rowhouse::cli {

// Orders that are carried out with the servers of `config`, which outlives them.
OrdersWorld OrdersWorldOf(const config::Config& config);

// The console's routes of backfills: what the ledger in ClickHouse knows of copies, whichever
// process makes them, and orders of new ones. All outlive the console.
void AddBackfills(console::Console& console, const config::Config& config, BackfillOrders& orders);

}  // namespace rowhouse::cli
