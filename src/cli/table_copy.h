#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "backfill/clickhouse_target.h"
#include "backfill/copy.h"
#include "backfill/ledger.h"
#include "base/mutex.h"
#include "base/result.h"
#include "cli/calm_gate.h"
#include "cli/copy_plan.h"
#include "clickhouse/client.h"
#include "clickhouse/direct_table.h"
#include "config/config.h"
#include "mysql/read_way.h"

namespace rowhouse::cli {

// How far a copy is, for who shows it.
struct CopySight {
  backfill::CopyTotals totals;
  uint64_t rows_estimated = 0;  // to be read in all; 0: not known
  double rows_per_second = 0;   // read, since this process copies
  std::string waiting;          // for what; empty: it does not
  std::vector<std::string> differences;

  std::optional<int> percent() const;
  std::optional<int64_t> seconds_left() const;
};

// What a copy under way is told, and whom it tells.
struct CopyControl {
  std::stop_token stop;                             // for now: it can be gone on with
  std::stop_token cancel = {};                      // for good
  std::function<void(const CopySight&)> show = {};  // twice a second, from a thread of the copy's
};

// One table's copy with its entry in the ledger, from its plan to its end. Commands and orders
// by API both run it.
//
// Owns:    a thread that shows and keeps the ledger's entry fresh while it runs. What is given
//          outlives it; a null ledger is for dry runs.
// Threads: one.
class TableCopy {
 public:
  TableCopy(
      const config::Config& config,
      const CopyPlan& plan,
      const CopyPlan::Table& table,
      clickhouse::Client& client,
      backfill::Ledger* ledger
  );

  // How it ended is in entry() too; one that was cancelled or stopped gives kCancelled.
  Status Run(const CopyControl& control);

  const backfill::RunEntry& entry() const { return entry_; }

  const std::vector<std::string>& differences() const { return direct_.differences; }

  double seconds_taken() const;

  // How the source finds the rows, for people.
  std::string way() const;

 private:
  Status Prepare();
  Result<clickhouse::Catalog> ReadCatalog(const clickhouse::PipelineOptions& options);
  Status MakeTable(const clickhouse::PipelineOptions& options);
  Status DropStale(const clickhouse::PipelineOptions& options);
  void EstimateAsked();
  Status Copy(const CopyControl& control);
  backfill::CopyWorld World();
  Status Save(const TableProgress& progress, const backfill::CopyTotals& totals);
  Status Keep(int64_t every_us) REQUIRES(saving_);
  Status SaveNow();
  Status CountFailed();
  Status CleanUp();
  void Note(const Status& ended);
  void Watch(const CopyControl& control, const backfill::Copy& copy, const std::stop_token& end);
  CopySight Sight(const backfill::Copy& copy, const backfill::CopyTotals& before) const;

  const config::Config& config_;
  const CopyPlan& plan_;
  const TableSchemaPtr schema_;
  clickhouse::Client& client_;
  backfill::Ledger* const ledger_;
  clickhouse::DirectTable direct_;
  std::optional<mysql::ReadWay> way_;             // none: in the order of the key
  backfill::ClickHouseTarget::NewestRow newest_;  // at the start
  int64_t began_us_ = 0;
  bool asked_is_all_ = true;  // of the table's rows
  std::stop_source cancelled_;
  std::stop_source ending_;
  Mutex saving_;
  backfill::RunEntry entry_;  // while readers are at work, under saving_
  CalmGate gate_;
};

// Runs `plan`, which is of one table, with connections of its own.
//
// Errors: as TableCopy; a dry run that is stopped gives kCancelled, and what it has seen was shown.
Status RunCopy(const config::Config& config, const CopyPlan& plan, const CopyControl& control);

}  // namespace rowhouse::cli
