#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "console/console.h"
#include "model/table.h"

namespace rowhouse::console {

// A backfill as it is asked for; what is empty or 0 is left to the one who does it.
struct BackfillOrder {
  TableId table;
  std::string from;  // dates
  std::string to;
  std::string column;  // the dates'
  std::string where;
  std::string mode = "missing";
  uint64_t chunk_rows = 0;
  int readers = 0;
  uint64_t rows_per_second = 0;
  uint64_t threads_running_max = 0;
  uint64_t replica_lag_s_max = 0;
};

// Who does them. Called from any of the server's workers.
struct BackfillWork {
  std::function<bool(const TableId&)> wanted;  // whether a table is captured
  // Counts what an order would do, for a few seconds at most, and writes nothing.
  std::function<Result<Json>(const BackfillOrder&)> look;
  std::function<Result<std::string>(const BackfillOrder&)> order;  // its id
  std::function<Result<Json>(const std::string& id)> cancel;
  std::function<Result<Json>(const std::string& id)> resume;
  // All that are known, the newest first; `id` alone if given. May ask servers.
  std::function<Result<std::vector<Json>>(const std::string& id)> list;
  // Those of this process that run or wait. Asks nobody.
  std::function<std::vector<Json>()> under_way;
};

// POST /api/v1/tables/DB.TABLE/backfill, GET /backfills, /backfills/ID, /backfills/live and
// POST /backfills/ID/cancel and /resume.
void AddBackfills(Console& console, BackfillWork work);

}  // namespace rowhouse::console
