#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backfill/copy.h"
#include "backfill/ledger.h"
#include "base/result.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/exit_code.h"
#include "clickhouse/client.h"
#include "config/config.h"
#include "model/table.h"

namespace rowhouse::cli {

// What a command asks for: some tables, each copied by itself.
struct CopyPlan {
  struct Table {
    TableSchema schema;
    std::string where;
    // A run to go on with; nullopt: a new one.
    std::optional<backfill::RunEntry> earlier;
  };

  std::vector<Table> tables;
  backfill::CopyOptions options;
  bool make_tables = false;  // in ClickHouse, where they are missing
  // The source is left in peace above these; 0: no limit.
  uint64_t threads_running_max = 0;
  uint64_t replica_lag_max_s = 0;
  std::string schema;  // of the summary in JSON: "load/v1"
};

// Options that load and backfill share.
std::vector<OptionSpec> CopyOptionSpecs();

// Fills in what those options say.
Status ReadCopyOptions(const Arguments& args, CopyPlan& plan);

// Copies table after table, shows how it goes and what became of it.
//
// A table that fails is told, and the others go on: kSomeTables then, as where rows were refused.
// With one table its error is the result.
Result<ExitCode> RunCopies(Context& context, const config::Config& config, const CopyPlan& plan);

}  // namespace rowhouse::cli
