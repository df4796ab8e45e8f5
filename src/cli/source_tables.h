#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "clickhouse/pipeline_sql.h"
#include "config/config.h"
#include "model/table.h"

namespace rowhouse::cli {

// Whether one of the words names the table: "orders", "shop.orders" or a glob; no words name all.
bool Named(const TableId& id, const std::vector<std::string>& words);

// The configured tables as the source has them now. `words` narrow them down. Errors: the
// catalog's; kNotFound (E-CLI-004) where nothing matches.
Result<std::vector<TableSchema>> ReadSourceTables(
    const config::Config& config, const std::vector<std::string>& words
);

// Their names alone.
Result<std::vector<TableId>> SourceTableIds(
    const config::Config& config, const std::vector<std::string>& words
);

// A table that has no place in ClickHouse, and why.
struct RefusedTable {
  TableId table;
  Error error;
};

// What each table needs in ClickHouse, and the tables that can't be carried.
struct PlannedTables {
  std::vector<clickhouse::TablePipeline> pipelines;
  std::vector<TableSchema> schemas;  // of the pipelines, in their order
  std::vector<RefusedTable> refused;
};

// Errors: kConfig where names collide.
Result<PlannedTables> PlanTables(const config::Config& config, std::vector<TableSchema> tables);

// `text` with every password of the configuration as ***.
std::string MaskSecrets(std::string text, const config::Config& config);

}  // namespace rowhouse::cli
