#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "capture/ddl_rules.h"
#include "capture/progress.h"
#include "model/ports.h"
#include "types/schema_change.h"

namespace rowhouse::capture {

// What is to be done about the statements of one batch, once the batch itself goes on.
struct Followed {
  std::vector<std::pair<TableId, TableProgress>> ledger;       // true with the batch's milestone
  std::vector<TableId> forget;                                 // their loads are broken off
  std::vector<std::pair<TableSchemaPtr, std::string>> reload;  // and why
  std::vector<TableSchemaPtr> started;                         // topics to be made
  std::vector<TableSchemaPtr> altered;
  std::vector<types::SchemaChange> records;  // of the schema-change topic
  bool look = false;                         // other tables may be readable now
};

// Follows the statements of the stream: decides by DdlRules, looks at the tables concerned, puts
// op t records into the batch at their places, tells who listens.
//
// A table as the data dictionary has it may be newer than the stream: where it is
// not known to be older than a statement, only the statement's text says what it did.
//
// Place:   one a run, on the source thread.
// Owns:    a connection; the last schema of each captured table, by the log and by the
//          dictionary.
// Threads: one owner.
// Blocking: a statement about a captured table asks the dictionary about it.
// Errors:  kUnavailable: the source is away; the statement is read again by the next run.
class DdlFollower {
 public:
  struct Options {
    DdlRules::Wanted wanted;
    bool mariadb = false;
    bool reload = true;   // load tables again by itself; else only say that it is needed
    bool records = true;  // make records of the schema-change topic
    std::function<void(const ddl::DdlEvent&)> on_ddl;  // may be null
    // Hears what it did to the columns of a table; may be null.
    std::function<void(const ddl::TableEffect&, const ddl::DdlEvent&)> on_altered;
  };

  using OpenCatalog = std::function<Result<std::unique_ptr<SourceCatalog>>()>;

  DdlFollower(Options options, OpenCatalog open_catalog, Progress& progress);

  // Before the stream starts: a table as the dictionary has it.
  void Know(const TableSchemaPtr& table);

  bool Knows(const TableId& table) const { return rules_.Knows(table); }

  // A table that was dropped.
  void KnowGone(const TableId& table) { rules_.Know(table, false); }

  // The stream has reached what was the end of the log when the run began: dictionary schemas
  // read before are not newer than any statement to come.
  void CaughtUp() { caught_up_ = true; }

  // The next batch; its changes get op t records where its statements emptied tables.
  Result<Followed> Follow(ChangeBatch& batch);

  // The table as it is now, remembered; null where there is none.
  Result<TableSchemaPtr> Refresh(const TableId& table);

 private:
  Result<Followed> Carry(
      DdlOrders orders, const SourceNotice& notice, size_t& inserted, ChangeBatch& batch
  );
  Result<TableSchemaPtr> RefreshNew(const TableId& table, int64_t told_us);
  Result<TableSchemaPtr> Altered(
      const ddl::TableEffect& effect, const SourceNotice& notice, DdlOrders& orders
  );
  Status InsertTruncate(
      const TableId& table, const SourceNotice& notice, size_t at, ChangeBatch& batch
  );
  void Tell(const DdlOrders& orders);
  types::SchemaChange RecordOf(const ddl::DdlEvent& event) const;

  const Options options_;
  const OpenCatalog open_catalog_;
  std::unique_ptr<SourceCatalog> catalog_;  // null: opened when it is needed next
  Progress& progress_;
  DdlRules rules_;
  bool caught_up_ = false;
  std::map<TableId, TableSchemaPtr> dictionary_;
  std::map<TableId, TableSchemaPtr> seen_;  // in the log
};

}  // namespace rowhouse::capture
