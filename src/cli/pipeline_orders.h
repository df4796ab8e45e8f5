#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/context.h"
#include "cli/source_tables.h"
#include "config/config.h"
#include "kafka/checkpoint_store.h"

namespace rowhouse::cli {

// What became of one table's request.
struct Asked {
  std::string table;
  std::string outcome;
};

// As lines, or as {"schema", "tables"}.
void PrintAsked(const Context& context, const std::string& schema, const std::vector<Asked>& asked);

// Posts an order to the running process; true: done, false: taken, and not saved yet. kUnavailable:
// none answers; kConfig: it refuses, and why.
Result<bool> OrderOfProcess(
    const config::Config& config, const std::string& path, const std::string& body
);

// The saved state of a pipeline that does not answer. Should it run elsewhere, it is shut out by
// this, and begins again with what is saved here.
Result<std::unique_ptr<kafka::KafkaCheckpointStore>> OpenSavedState(const config::Config& config);

// Leaves the queues of paused tables out of what is planned.
Status HaltPaused(const config::Config& config, PlannedTables& planned);

}  // namespace rowhouse::cli
