#include "console/captured_table.h"

#include <fmt/format.h>

#include "model/table_name.h"

namespace rowhouse::console {

std::optional<TableId> CapturedTable(
    const Call& call, const std::function<bool(const TableId&)>& wanted
) {
  auto table = ParseTableName(call.path["table"]);
  return table && wanted(*table) ? std::move(table) : std::nullopt;
}

Answer NoCapturedTable(const std::string& name) {
  return Answer::Problem(
      404,
      "E-CON-009",
      fmt::format("{} is no captured table", name),
      "GET /api/v1/tables lists them; source.tables says which are captured"
  );
}

}  // namespace rowhouse::console
