#pragma once

#include <optional>
#include <string>
#include <vector>

#include "backfill/copy.h"
#include "backfill/ledger.h"
#include "base/result.h"
#include "cli/calm_gate.h"
#include "config/config.h"
#include "model/table.h"

namespace rowhouse::cli {

// What is asked for: some tables, each copied by itself.
struct CopyPlan {
  struct Table {
    TableSchema schema;
    backfill::AskedRows rows = {};
    // A run to go on with, or one that waits; nullopt: a new one.
    std::optional<backfill::RunEntry> earlier = {};
  };

  std::vector<Table> tables;
  backfill::CopyOptions options;
  bool make_tables = false;  // in ClickHouse, where they are missing
  CalmLimits limits;         // of the server that is read
  std::string schema;        // of the summary in JSON: "load/v1"
};

// Adds the tables that `words` choose, and of each the rows that `rows` says; its column is
// found where none is named and there is a date.
//
// Errors: kBadRecord (E-CLI-003): no date; kConfig (E-FILL-003): no column of dates; of the source.
Status AddTables(
    const config::Config& config,
    const std::vector<std::string>& words,
    const backfill::AskedRows& rows,
    CopyPlan& plan
);

// Goes on with `entry`, as fast as it was to be.
//
// Errors: kConfig (E-FILL-007) where it runs, unless `force`, or is over for good.
Result<CopyPlan> PlanResume(const config::Config& config, backfill::RunEntry entry, bool force);

// The entry of a run that has not begun.
backfill::RunEntry NewEntry(const CopyPlan& plan, const CopyPlan::Table& table);

// "broken off" for one that is only said to run.
std::string_view ShownState(const backfill::RunEntry& entry);

// kNotFound (E-FILL-004).
Error NoSuchRun(const std::string& id);

}  // namespace rowhouse::cli
