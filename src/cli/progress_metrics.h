#pragma once

#include "capture/progress.h"
#include "metrics/registry.h"

namespace rowhouse::cli {

// Shows a capture's progress as metrics, read at each scrape. `progress` must outlive
// the registry's last scrape.
void ExportProgress(metrics::Registry& registry, const capture::Progress& progress);

}  // namespace rowhouse::cli
