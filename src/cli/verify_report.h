#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "config/config.h"
#include "model/position.h"
#include "verify/verify_table.h"

namespace rowhouse::cli {

// A table that could not be verified.
struct VerifyFailure {
  TableId table;
  Error error;
};

// One pass of `verify` over the tables.
struct VerifyRun {
  verify::VerifyOptions options;
  std::vector<verify::TableReport> tables;
  std::vector<VerifyFailure> failures;
  double seconds = 0;

  // Nothing differs that has not been repaired, nothing is left open, and nothing failed.
  bool equal() const;
  bool different() const;
};

// The configured tables, or those that `words` name, one after the other; a table that
// can't be verified does not keep the others from it. Errors: what concerns all (no such table, a
// server that is away at the start), and kCancelled.
Result<VerifyRun> VerifyTables(
    const config::Config& config,
    const std::vector<std::string>& words,
    const verify::VerifyOptions& options
);

// VerifyTables within the process that runs the pipeline.
using VerifyPass = std::function<
    Result<VerifyRun>(const std::vector<std::string>& words, const verify::VerifyOptions&)>;

// Tables that lacked changes, with the place where each had been skipped.
using LackingTables = std::map<TableId, BinlogPosition>;

// Those of `lacking`, as it was when the pass began, that the pass proves whole: all rows and
// columns were compared, and nothing is left that differs or is undecided.
LackingTables FoundWhole(const VerifyRun& run, const LackingTables& lacking);

// "equal", "different", ...
std::string_view StateName(verify::TableReport::State state);

std::string VerifyText(const VerifyRun& run);
nlohmann::ordered_json VerifyJson(const VerifyRun& run);

}  // namespace rowhouse::cli
