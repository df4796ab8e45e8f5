#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/process_answers.h"
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
    const config::Config& config, const std::string& path, const Json& order
);

// One order for each of some tables.
struct TableOrder {
  std::string verb;  // POST /api/v1/tables/TABLE/verb, and the schema of what is printed
  std::function<Json(const std::string& table)> body;
  std::function<std::string(const std::string& table, bool saved)> outcome;
  // Does it in the saved state, for the next start of a pipeline that does not run.
  std::function<Result<std::vector<Asked>>()> without_process;
};

// Gives the order to the running process, or does it in the saved state where none answers, and
// prints what became of it. What was done before an error stays done, and is printed.
Result<ExitCode> OrderTables(
    const Context& context,
    const config::Config& config,
    const std::vector<TableId>& tables,
    const TableOrder& order
);

// The saved state of a pipeline that does not answer. Should it run elsewhere, it is shut out by
// this, and begins again with what is saved here.
Result<std::unique_ptr<kafka::KafkaCheckpointStore>> OpenSavedState(const config::Config& config);

// Leaves the queues of paused tables out of what is planned.
Status HaltPaused(const config::Config& config, PlannedTables& planned);

}  // namespace rowhouse::cli
