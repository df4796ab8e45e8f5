#pragma once

#include <string>

namespace rowhouse::cli {

// "0.1.0", as the build was configured.
std::string Version();

}  // namespace rowhouse::cli
