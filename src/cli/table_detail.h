#pragma once

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "config/config.h"
#include "model/table.h"

namespace rowhouse::cli {

// A table's columns in MySQL, Avro and ClickHouse, and the statements of its objects, passwords
// masked: {"key", "columns", "objects"}. `schema`: as the stream has it; null: the source is asked.
// Null where there is no such table.
Result<nlohmann::ordered_json> TableDetailOf(
    const config::Config& config, const TableId& table, const TableSchemaPtr& schema
);

}  // namespace rowhouse::cli
