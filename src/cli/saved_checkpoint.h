#pragma once

#include <optional>

#include "base/result.h"
#include "config/config.h"
#include "model/checkpoint.h"

namespace rowhouse::cli {

// What the pipeline has saved, looked at without taking the pipeline over; none where it never ran.
//
// Blocking: up to 5 s each of asking for the topic and reading it. Errors: Kafka's; kBadRecord for
// what can't be read.
Result<std::optional<Checkpoint>> LookAtCheckpoint(const config::Config& config);

}  // namespace rowhouse::cli
