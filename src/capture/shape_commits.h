#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "model/change.h"
#include "model/table.h"

namespace rowhouse::capture {

// Tells where a commit has to come between two shapes of a table, exactly once.
//
// Rows of another shape may wait in the SchemaGate until ClickHouse has read all before them, and
// it reads what is committed. Behind a statement a commit is asked for anyway; a shape can also
// change without one in the log (ALTER with sql_log_bin=0).
//
// Threads: one owner.
class ShapeCommits {
 public:
  // Rows of the table are to follow: whether a commit has to be asked for first. `asked` counts
  // those asked for so far.
  bool NeedsCommit(const TableSchemaPtr& table, uint64_t asked);

  // They have been handed over.
  void Handed(const TableSchemaPtr& table, uint64_t asked);

 private:
  struct Last {
    TableSchemaPtr schema;  // held, so that its address is not another's
    std::string fingerprint;
    uint64_t asked = 0;  // commits at its last rows
  };

  std::map<TableId, Last> tables_;
};

// Tells whether a commit behind the last batch holds whole transactions of the source only: it ends
// between two, or inside one of which no row has been handed over.
class CutPlace {
 public:
  void Pass(const ChangeBatch& batch);

  bool may_cut() const { return may_cut_; }

 private:
  BinlogPosition boundary_;
  bool may_cut_ = true;
};

}  // namespace rowhouse::capture
