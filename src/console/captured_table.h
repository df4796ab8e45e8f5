#pragma once

#include <functional>
#include <optional>
#include <string>

#include "console/routes.h"
#include "model/table.h"

namespace rowhouse::console {

// The table that the path of a call names; nullopt: there is none such among the captured ones,
// which NoCapturedTable tells.
std::optional<TableId> CapturedTable(
    const Call& call, const std::function<bool(const TableId&)>& wanted
);

// 404 E-CON-009.
Answer NoCapturedTable(const std::string& name);

}  // namespace rowhouse::console
