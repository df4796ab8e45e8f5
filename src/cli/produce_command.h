#pragma once

#include "cli/command.h"

namespace rowhouse::cli {

// `rowhouse produce`.
Command ProduceCommand();

}  // namespace rowhouse::cli
