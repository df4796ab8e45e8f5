#pragma once

#include "capture/runner.h"
#include "config/config.h"

// The capture's ports filled with the real adapters: MySQL, Kafka, the registry.
namespace rowhouse::cli {

// Everything but schemas and checkpoints, which the caller owns and sets.
capture::World CaptureWorldOf(const config::Config& config);

capture::RunnerOptions RunnerOptionsOf(const config::Config& config);

// Connections that read tables during a first load.
int SnapshotReaders(const config::Capture& capture);

}  // namespace rowhouse::cli
