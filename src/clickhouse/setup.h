#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "clickhouse/catalog.h"
#include "clickhouse/client.h"
#include "clickhouse/pipeline_sql.h"

namespace rowhouse::clickhouse {

// How one object of a pipeline stands in ClickHouse.
struct ObjectState {
  enum class State {
    kReady,
    kMissing,
    kOutdated,   // ours, of another statement: will be replaced
    kGrows,      // a table with rows that lacks columns: they will be added
    kConflicts,  // differs in what can't be changed without touching rows: left alone
  };

  State state = State::kMissing;
  std::string detail;                  // "column `a` is Int32, wanted Int64"
  std::vector<std::string> additions;  // kGrows: ALTER statements
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
// it at, the next Apply ends it.
//
// Threads: one owner. Errors: the client's; kConflicts are no errors, they are reported.
class Setup {
 public:
  explicit Setup(Client& client) : client_(client) {}

  Result<std::vector<PipelineState>> Compare(const std::vector<TablePipeline>& pipelines);

  // What was done; empty when all was there.
  Result<std::vector<SetupAction>> Apply(const std::vector<TablePipeline>& pipelines);

 private:
  Status ApplyOne(
      const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
  );
  Status ApplyData(
      const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
  );
  Status Rewire(
      const TablePipeline& pipeline, const PipelineState& state, std::vector<SetupAction>& done
  );
  Status Run(const std::string& sql);

  Client& client_;
};

}  // namespace rowhouse::clickhouse
