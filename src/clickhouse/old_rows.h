#pragma once

#include <optional>
#include <string>

#include "model/table.h"

namespace rowhouse::clickhouse {

// What rows from before a new column have in it, as MySQL fills them: "DEFAULT CAST('5' AS Int32)",
// empty where ClickHouse's own default is the same, nullopt where only MySQL knows (an
// expression, a generated column): such rows have to be read again.
//
// `type`: the column's in ClickHouse.
std::optional<std::string> OldRowsDefault(const Column& column, const std::string& type);

}  // namespace rowhouse::clickhouse
