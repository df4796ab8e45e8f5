#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "clickhouse/catalog.h"
#include "clickhouse/pipeline_sql.h"
#include "model/schema_change.h"

namespace rowhouse::clickhouse {

// How far to go.
enum class HowFar {
  // Only what needs no order with the messages: the tables stay as they are, but for what is
  // missing altogether.
  kKeep,
  // New columns too: queues read old and new messages side by side.
  kAdd,
  // All: types, renames, drops, keys. The caller sees to it that every message of before is
  // consumed, where needs_drain says so.
  kAll,
};

// A schema, and how far its table's objects are to be brought to it now.
struct PlannedChange {
  SchemaChange change;
  HowFar how_far = HowFar::kKeep;
};

// A reason to read a table's rows from MySQL again, and the rows it holds for.
struct Recheck {
  std::string reason;     // "MySQL rounded `price`"
  std::string condition;  // over the current rows as they were; empty: if there is any row
};

// What leads from the objects as they are to the objects for a schema.
struct Evolution {
  TablePipeline pipeline;  // as it shall be

  // Names in both tables that hold rows, before and after.
  std::vector<std::pair<std::string, std::string>> renames;
  std::vector<std::string> drops;  // from the table of current rows
  bool rebuild_current = false;    // its key changes
  bool refill = true;              // rebuild_current: its rows can be carried over
  // No one queue reads the messages before and after.
  bool needs_drain = false;
  std::vector<Recheck> rechecks;
  std::vector<std::string> steps;  // "new column `note`", for people

  bool changes_rows() const { return !renames.empty() || !drops.empty() || rebuild_current; }
};

// Fits a table's objects to a schema, keeping every column and every value there is.
//
//   new column          added at its place; rows from before read MySQL's default
//   dropped             stays, Nullable, no longer shown (or leaves the current table, by option)
//   renamed             renamed
//   type                the least type that holds both (or a new column, by option)
//   key                 the current table is made anew from its rows
//
// Errors: those of BuildPipeline; kUnsupported where the objects there are not ours.
Result<Evolution> Evolve(
    const SchemaChange& change,
    const PipelineOptions& options,
    const Catalog& catalog,
    HowFar how_far
);

}  // namespace rowhouse::clickhouse
