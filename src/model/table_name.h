#pragma once

#include <optional>
#include <string_view>

#include "model/table.h"

namespace rowhouse {

// The table that people name as TableId::ToString writes it: "shop.orders", cut at the first dot;
// nullopt where there is none.
inline std::optional<TableId> ParseTableName(std::string_view name) {
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) {
    return std::nullopt;
  }
  return TableId{std::string(name.substr(0, dot)), std::string(name.substr(dot + 1))};
}

}  // namespace rowhouse
