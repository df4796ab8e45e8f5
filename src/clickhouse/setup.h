#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "clickhouse/catalog.h"
#include "clickhouse/client.h"
#include "clickhouse/ddl_log.h"
#include "clickhouse/evolve.h"
#include "clickhouse/pipeline_sql.h"
#include "model/position.h"

namespace rowhouse::clickhouse {

// How one object of a pipeline stands in ClickHouse.
struct ObjectState {
  enum class State {
    kReady,
    kMissing,
    kOutdated,   // ours, of another statement: will be replaced
    kGrows,      // a table with rows: columns will be added, widened, noted
    kConflicts,  // differs in what can't be changed without touching rows: left alone
  };

  State state = State::kMissing;
  std::string detail;                // "column `a` is Int32, wanted Int64"
  std::vector<std::string> changes;  // kGrows: parts of one ALTER TABLE
};

// What exists, is missing or differs, object by object as in `pipeline.objects`.
struct PipelineState {
  std::vector<ObjectState> objects;

  // Nothing is missing, outdated or growing.
  bool complete() const;
};

// Something Setup::Apply did, for people: "created", "`kafka_tables`.`orders`".
struct SetupAction {
  std::string verb;  // created, replaced, altered, conflict
  std::string object;
  std::string detail;
};

// Sets what `options` may use by what the server knows; older ones lack some settings.
Status AdaptTo(Client& client, PipelineOptions& options);

// Brings ClickHouse to hold the objects of pipelines, and keeps it so.
//
// Never drops a table that holds rows. When a queue or a view behind it changes, the
// queue is dropped first and made last: nothing is consumed in between, and its group's
// offsets in Kafka say where it goes on. Whatever step a crash leaves
// it at, the next Apply ends it. A pipeline that is halted has all but the queue.
//
// Threads: one owner. Errors: the client's; kConflicts are no errors, they are reported.
class Setup {
 public:
  explicit Setup(Client& client) : client_(client) {}

  Result<std::vector<PipelineState>> Compare(const std::vector<TablePipeline>& pipelines);

  // What was done; empty when all was there.
  Result<std::vector<SetupAction>> Apply(const std::vector<TablePipeline>& pipelines);

  // How to come from what there is to each schema, in their order; the inner errors concern one
  // table each.
  Result<std::vector<Result<Evolution>>> Plan(
      const std::vector<PlannedChange>& changes, const PipelineOptions& options
  );

  // Why rows have to be read from MySQL again once `evolution` is applied; empty: they need not.
  // To be asked before that, with every message of before consumed.
  Result<std::string> WhyReload(const Evolution& evolution);

  // Does it, the queue standing still meanwhile. `at` is a version above every row there is
  // and below every one to come, with an ordinal of 1.
  Result<std::vector<SetupAction>> Follow(const Evolution& evolution, RowVersion at);

  // Statements of the last Follow that changed tables that hold rows.
  const std::vector<std::string>& rewrites() const { return rewrites_; }

  Status Log(const PipelineOptions& options, const std::vector<DdlLogRow>& rows);

  // Drops what a table that MySQL has dropped had, but for its history.
  Status Drop(const TablePipeline& pipeline);

  // Stops a table's consumption; its messages stay in Kafka.
  Status DropQueue(const PipelineOptions& options, const TableId& table);

  // For statements that may take as long as rewriting a column does; ended by `stop`.
  void StopWith(std::stop_token stop) { stop_ = std::move(stop); }

 private:
  Status DropQueue(const PipelineObject& queue);
  Status ApplyOne(
      const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
  );
  Status ApplyData(
      const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
  );
  Status Rewire(
      const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
  );
  Status RewriteRows(const Evolution& evolution, RowVersion at, std::vector<SetupAction>& done);
  Status Run(const std::string& sql);
  Status Rewrite(const std::string& sql);
  Result<Catalog> ReadCatalog(const std::vector<TablePipeline>& pipelines);

  Client& client_;
  std::stop_token stop_;
  std::vector<std::string> rewrites_;
};

}  // namespace rowhouse::clickhouse
