#pragma once

#include <span>

#include "config/option.h"

namespace rowhouse::config {

// The parts of Options(): what is about the source and its records, all from Kafka on, and who is
// told of alerts.
std::span<const Option> SourceSideOptions();
std::span<const Option> TargetSideOptions();
std::span<const Option> AlertOptions();

}  // namespace rowhouse::config
