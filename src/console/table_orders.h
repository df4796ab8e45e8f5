#pragma once

#include <functional>
#include <string>

#include "capture/progress.h"
#include "capture/table_requests.h"
#include "console/routes.h"
#include "model/table.h"

namespace rowhouse::console {

// What may be ordered of a running capture, and the statements it met:
//   POST /api/v1/tables/DB.TABLE/resync   200: the table will be loaded again, whatever happens;
//                                         202: so too, but a crash in this moment may forget it
//   POST /api/v1/start-over               as above, for all tables, from the source's place now;
//                                         to be confirmed with the pipeline's name
//   GET  /api/v1/schema-changes           the last statements met in the stream
//
// Threads: handlers run on the server's workers; `requests` and `progress` outlive them.
void AddTableOrders(
    ConsoleRoutes& routes,
    capture::TableRequests& requests,
    const capture::Progress& progress,
    std::function<bool(const TableId&)> wanted,
    const std::string& pipeline
);

}  // namespace rowhouse::console
