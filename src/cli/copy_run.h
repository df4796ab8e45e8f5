#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backfill/copy.h"
#include "backfill/ledger.h"
#include "base/result.h"
#include "cli/calm_gate.h"
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
  CalmLimits limits;         // of the server that is read
  std::string schema;        // of the summary in JSON: "load/v1"
};

// Options that say how fast rows are read; load and backfill have them, and who goes on with one.
std::vector<OptionSpec> PaceOptionSpecs();

// Options that load and backfill share, those too.
std::vector<OptionSpec> CopyOptionSpecs();

// Fill in what those options say; what is not said stays.
Status ReadPaceOptions(const Arguments& args, CopyPlan& plan);
Status ReadCopyOptions(const Arguments& args, CopyPlan& plan);

// Copies table after table, shows how it goes and what became of it.
//
// A table that fails is told, and the others go on: kSomeTables then, as where rows were refused.
// With one table its error is the result. One that was stopped or cancelled is not done: kFailure.
Result<ExitCode> RunCopies(Context& context, const config::Config& config, const CopyPlan& plan);

}  // namespace rowhouse::cli
