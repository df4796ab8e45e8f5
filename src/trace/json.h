#pragma once

#include <nlohmann/json_fwd.hpp>

#include "trace/trace.h"

namespace rowhouse::trace {

// As the API and `-o json` have it (docs/design/console.md).
nlohmann::ordered_json ToJson(const Trace& trace);

}  // namespace rowhouse::trace
