#pragma once

#include <string>
#include <vector>

namespace rowhouse::cli {

// The whole program: parses, runs the command, prints its error, gives the exit code.
int Main(const std::vector<std::string>& args);

}  // namespace rowhouse::cli
