#pragma once

#include <functional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "capture/progress.h"
#include "capture/table_requests.h"
#include "console/routes.h"
#include "model/table.h"

namespace rowhouse::console {

// What may be ordered of a running capture, and the statements it met:
//   POST /api/v1/tables/DB.TABLE/resync   200: the table will be loaded again, whatever happens;
//                                         202: so too, but a crash in this moment may forget it
//   POST /api/v1/tables/DB.TABLE/pause    200: ClickHouse reads no more of the table, and no crash
//                                         forgets it; 202: asked, and not all of that yet.
//   POST /api/v1/tables/DB.TABLE/resume   The capture goes on; the messages wait in Kafka
//   POST /api/v1/tables/DB.TABLE/skip     as resync: the parked table is followed again without its
//                                         changes of before; to be confirmed with its name
//   POST /api/v1/tables/DB.TABLE/whole    {"to": "FILE:POS"}: a comparison found it so that began
//                                         when the table had been skipped there
//   POST /api/v1/start-over               as above, for all tables, from the source's place now;
//                                         to be confirmed with the pipeline's name
//   GET  /api/v1/schema-changes           the last statements met in the stream
//
// Threads: handlers run on the server's workers; what `around` names outlives them.
struct OrdersAround {
  capture::TableRequests& requests;
  const capture::Progress& progress;
  std::function<bool(const TableId&)> wanted;
  std::string pipeline;
  // Why a table can't be paused now; null: nothing is delivered anywhere.
  std::function<Status(const TableId&)> may_pause;
  // Waits until ClickHouse's side is as was asked.
  std::function<bool(const TableId&, Deadline)> settled;
};

void AddTableOrders(ConsoleRoutes& routes, OrdersAround around);

}  // namespace rowhouse::console
