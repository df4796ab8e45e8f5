#pragma once

#include <functional>

#include "base/result.h"
#include "clickhouse/user_query.h"
#include "console/routes.h"

namespace rowhouse::console {

// Who answers questions in SQL; both may block, and are called on the server's workers.
struct SqlAnswerer {
  std::function<Result<clickhouse::Answered>(const clickhouse::Question&)> ask;
  // Rows of database, table, column, type, in this order; only so many as one wants to see.
  std::function<Result<clickhouse::Rows>()> columns;
};

// POST /api/v1/sql and GET /api/v1/sql/tables.
//
// A question ends when its client goes, and at most three run at once: they must not take the
// workers of those who look at the pipeline.
void AddSql(ConsoleRoutes& routes, SqlAnswerer answerer);

}  // namespace rowhouse::console
