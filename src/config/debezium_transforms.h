#pragma once

#include <map>
#include <string>
#include <vector>

#include "config/debezium.h"

namespace rowhouse::config {

// Adds a line to what has no equivalent for each of the connector's transforms, by its class where
// `options` say it: why it is not needed, or can't be had.
void TellTransforms(
    const std::vector<std::string>& names,
    const std::map<std::string, std::string>& options,
    Translation& out
);

}  // namespace rowhouse::config
