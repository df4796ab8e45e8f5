#pragma once

#include <functional>
#include <vector>

#include "cli/dead_letters.h"
#include "config/config.h"
#include "console/routes.h"
#include "model/table.h"

namespace rowhouse::cli {

// A dead letter as pages and commands tell it.
console::Json JsonOf(const DeadLetter& letter);

//   GET  /api/v1/dead-letters                   the tables that have some
//   GET  /api/v1/dead-letters/DB.TABLE          the newest of one table
//   POST /api/v1/dead-letters/DB.TABLE/retry    some or all, sent again
//   POST /api/v1/dead-letters/DB.TABLE/drop     to be confirmed with the table's name
//
// `tables` are those that are captured; `config` outlives the routes.
void AddDeadLetters(
    console::ConsoleRoutes& routes,
    const config::Config& config,
    const std::function<std::vector<TableId>()>& tables
);

}  // namespace rowhouse::cli
