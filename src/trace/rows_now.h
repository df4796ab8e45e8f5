#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "browse/node.h"
#include "trace/trace.h"

namespace rowhouse::trace {

// One row as both sides have it now; a column that can't be compared is left out.
struct RowsNow {
  std::optional<browse::Node> source;
  std::optional<browse::Node> target;
  std::optional<bool> equal;  // none: ClickHouse did not answer
  std::string trouble;        // why
};

// Errors: the source's, and of TypedKey.
Result<RowsNow> ReadRowsNow(
    const World& world, const PlannedTable& table, const std::vector<std::string>& key
);

}  // namespace rowhouse::trace
