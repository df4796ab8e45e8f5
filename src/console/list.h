#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "console/routes.h"

namespace rowhouse::console {

// The query of a list: search, sort, limit, cursor.
std::vector<Field> ListFields();

// {"items", "next", "total"} of a list that is in memory: those whose `searched` fields hold the
// query's words (no case), in its order ("-field" the other way round; numbers in text count
// as numbers), from its cursor on.
Answer ListOf(
    std::vector<Json> items, const std::vector<std::string_view>& searched, const Call& call
);

}  // namespace rowhouse::console
