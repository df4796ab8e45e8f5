#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "clickhouse/pipeline_sql.h"
#include "model/position.h"
#include "model/table.h"

namespace rowhouse::clickhouse {

// A statement of the source, or what followed from one in ClickHouse: a row of `rowhouse_ddl` in
// the history's database.
struct DdlLogRow {
  RowVersion version;    // its place, as rows have it
  std::string position;  // "binlog.000007:4711"; empty: of the rows that came under it
  std::string gtid;
  int64_t ts_us = 0;  // by the source's clock; 0: unknown
  TableId table;
  std::string sql;
  std::string effect;                   // "ALTER shop.orders: add note"
  std::vector<std::string> statements;  // run in ClickHouse
};

// The table, and one INSERT of rows. A row that is told again replaces itself.
std::string DdlLogSql(const PipelineOptions& options);
std::string InsertDdlSql(const PipelineOptions& options, const std::vector<DdlLogRow>& rows);

}  // namespace rowhouse::clickhouse
