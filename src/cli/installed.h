#pragma once

#include <string>

namespace rowhouse::cli {

// The path of a part that tools/bootstrap has installed ("libchdb", "mariadb_client"), by
// its list $ROWHOUSE_DEPS/env.json; "" where it is not there.
std::string InstalledPart(const std::string& name);

}  // namespace rowhouse::cli
