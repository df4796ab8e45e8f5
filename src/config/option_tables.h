#pragma once

#include <span>

#include "config/option.h"

namespace rowhouse::config {

// The two parts of Options(): what is about the source and its records, and all from Kafka on.
std::span<const Option> SourceSideOptions();
std::span<const Option> TargetSideOptions();

}  // namespace rowhouse::config
