#pragma once

#include <vector>

#include "base/result.h"
#include "cli/calm_gate.h"
#include "cli/command.h"
#include "cli/context.h"
#include "cli/copy_plan.h"
#include "cli/exit_code.h"
#include "config/config.h"

namespace rowhouse::cli {

// Options that say how fast rows are read; load, backfill and verify have them, and who goes on
// with one.
std::vector<OptionSpec> PaceOptionSpecs();

// Options that load and backfill share, those too.
std::vector<OptionSpec> CopyOptionSpecs();

// How busy the server may be, as those options say.
Result<CalmLimits> ReadCalmLimits(const Arguments& args);

// Fill in what those options say; what is not said stays.
Status ReadPaceOptions(const Arguments& args, CopyPlan& plan);
Status ReadCopyOptions(const Arguments& args, CopyPlan& plan);

// Copies table after table, shows how it goes and what became of it.
//
// A table that fails is told, and the others go on: kSomeTables then, as where rows were refused.
// With one table its error is the result. One that was stopped or cancelled is not done: kFailure.
Result<ExitCode> RunCopies(Context& context, const config::Config& config, const CopyPlan& plan);

}  // namespace rowhouse::cli
