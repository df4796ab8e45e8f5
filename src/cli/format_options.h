#pragma once

#include "base/result.h"
#include "config/config.h"
#include "types/format.h"

namespace rowhouse::cli {

// How rows are written. kConfig (E-CFG-016) names the entry of format.columns or
// format.key_columns that can't be read.
Result<types::Format> FormatOf(const config::Config& config);

}  // namespace rowhouse::cli
