#pragma once

#include <functional>

#include "capture/progress.h"
#include "capture/table_requests.h"
#include "http/routes.h"
#include "model/table.h"

namespace rowhouse::cli {

// The part of the console's API that concerns captured tables:
//   POST /api/v1/tables/DB.TABLE/resync   200: the table will be loaded again, whatever happens;
//                                         202: so too, but a crash in this moment may forget it
//   POST /api/v1/start-over               as above, for all tables, from the source's place now
//   GET  /api/v1/schema-changes           the last statements met in the stream
// Orders are taken only from this machine (a loopback peer), whatever console.listen is.
//
// Threads: handlers run on the server's workers; `requests` and `progress` outlive them.
void AddTableApi(
    http::Routes& routes,
    capture::TableRequests& requests,
    const capture::Progress& progress,
    std::function<bool(const TableId&)> wanted
);

}  // namespace rowhouse::cli
