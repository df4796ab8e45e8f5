#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "clickhouse/pipeline_sql.h"
#include "clickhouse/setup.h"
#include "model/table.h"

namespace rowhouse::sink {

// What the upkeep does to ClickHouse; the real one is clickhouse::Setup.
class Objects {
 public:
  virtual ~Objects() = default;

  // Fits the options to what the server knows.
  virtual Status Adapt(clickhouse::PipelineOptions& options) = 0;

  virtual Result<std::vector<clickhouse::SetupAction>> Apply(
      const std::vector<clickhouse::TablePipeline>& pipelines
  ) = 0;
};

// Makes and keeps the ClickHouse objects by which its Kafka engine consumes.
//
// Tables are told of by the capture as their topics come to be, and again with each new
// schema; the upkeep thread applies what was told, in one go. ClickHouse may be away:
// it tries again with backoff, says so once in a while, and the capture goes on meanwhile
// (Kafka keeps the messages).
//
// Place:    one a pipeline, beside the capture's Runner.
// Owns:     its thread and the newest schema of each table.
// Threads:  Want from any; State() from any; the `sink` thread inside.
// Errors:   none come out: a table whose objects can't be made is named in State() and in the
//           log, the others go on.
class KafkaEngineUpkeep {
 public:
  // Opens a connection to ClickHouse; asked again after a failure.
  using OpenObjects = std::function<Result<std::unique_ptr<Objects>>()>;

  // What stands between the upkeep and readiness, for /readyz and status.
  struct State {
    bool ready = false;                      // everything told of so far stands in ClickHouse
    std::string problem;                     // why not; empty while there is just work to do
    std::map<TableId, std::string> refused;  // tables whose objects can't be made, and why
  };

  KafkaEngineUpkeep(clickhouse::PipelineOptions options, OpenObjects open);
  ~KafkaEngineUpkeep();

  // The table, as this schema has it, is wanted in ClickHouse. Returns at once.
  void Want(const TableSchemaPtr& table);

  State state() const;

  void Stop();

 private:
  void Run(const std::stop_token& stop);
  std::vector<TableSchemaPtr> TakeWork(const std::stop_token& stop);
  Status ApplyWork(const std::vector<TableSchemaPtr>& work);
  void Refuse(const TableId& table, const Error& error);

  const clickhouse::PipelineOptions options_;
  const OpenObjects open_;

  mutable Mutex mu_;
  CondVar told_;
  std::map<TableId, TableSchemaPtr> wanted_ GUARDED_BY(mu_);   // newest schema of each table
  std::map<TableId, TableSchemaPtr> pending_ GUARDED_BY(mu_);  // of these, not applied yet
  State state_ GUARDED_BY(mu_);
  Thread thread_;
};

// Objects over clickhouse::Setup and a client of its own.
Result<std::unique_ptr<Objects>> OpenClickHouse(const clickhouse::ClientOptions& options);

}  // namespace rowhouse::sink
