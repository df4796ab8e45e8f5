#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "clickhouse/pipeline_sql.h"
#include "clickhouse/setup.h"
#include "ddl/event.h"
#include "model/ports.h"
#include "model/schema_change.h"
#include "model/table.h"

namespace rowhouse::sink {

// A Kafka engine table as its consumers say.
struct QueueSight {
  std::string name;
  // All have failed for good: librdkafka gives such a consumer up, and ClickHouse keeps it.
  bool dead = false;
  std::string trouble;  // what one of them failed by within the last minute
};

// What the upkeep does to ClickHouse; the real one is clickhouse::Setup.
class Objects {
 public:
  virtual ~Objects() = default;

  // Fits the options to what the server knows.
  virtual Status Adapt(clickhouse::PipelineOptions& options) = 0;

  virtual Result<std::vector<Result<clickhouse::Evolution>>> Plan(
      const std::vector<clickhouse::PlannedChange>& changes,
      const clickhouse::PipelineOptions& options
  ) = 0;

  virtual Result<std::vector<clickhouse::SetupAction>> Apply(
      const std::vector<clickhouse::TablePipeline>& pipelines
  ) = 0;

  virtual Result<std::string> WhyReload(const clickhouse::Evolution& evolution) = 0;

  // Ended by `stop`, which is no harm: the next one begins anew.
  virtual Result<std::vector<clickhouse::SetupAction>> Follow(
      const clickhouse::Evolution& evolution, RowVersion at, const std::stop_token& stop
  ) = 0;

  // Statements of the last Follow that changed tables that hold rows.
  virtual std::vector<std::string> Rewrites() const = 0;

  virtual Status Log(
      const clickhouse::PipelineOptions& options, const std::vector<clickhouse::DdlLogRow>& rows
  ) = 0;

  // All of a table that MySQL has dropped, but for its history.
  virtual Status Drop(const clickhouse::TablePipeline& pipeline) = 0;

  // The table's messages stay in Kafka from here on.
  virtual Status DropQueue(const clickhouse::PipelineOptions& options, const TableId& table) = 0;

  // Those that have consumers; others are not told of.
  virtual Result<std::vector<QueueSight>> Queues(const std::string& database) = 0;
};

// Makes and keeps the ClickHouse objects by which its Kafka engine consumes, and leads them from
// one schema of a table to the next.
//
// Tables are told of by the capture as their topics come to be; the upkeep thread applies what
// was told, in one go. ClickHouse may be away: it tries again with backoff, says so once in a
// while, and the capture goes on meanwhile (Kafka keeps the messages).
//
// A table's *new* schema is followed on the caller's thread, before its first record: where one
// queue can't read the messages before and after, every one of before is consumed first.
// While ClickHouse is away that table waits; nothing is lost.
//
// A consumer can fail for good: with a static membership by a broker that stood still for longer
// than its session. ClickHouse would never read that table's topic again, so the upkeep looks for
// such queues and makes them anew; the group's offsets say where they go on.
//
// Place:    one a pipeline, beside the capture's Runner.
// Owns:     its thread and the newest schema of each table.
// Threads:  Want, Follow, Hold, state() from any; the `sink` thread inside. What is done to one
//           table is done one after the other.
// Errors:   none come out but kCancelled: a table whose objects can't be made is named in state()
//           and in the log, the others go on.
class KafkaEngineUpkeep : public SchemaFollower {
 public:
  // Opens a connection to ClickHouse; asked again after a failure.
  using OpenObjects = std::function<Result<std::unique_ptr<Objects>>()>;
  // Records of a topic that the group has not consumed yet.
  using Unconsumed =
      std::function<Result<uint64_t>(const std::string& topic, const std::string& group)>;

  // What stands between the upkeep and readiness, for /readyz and status.
  struct State {
    bool ready = false;                      // everything told of so far stands in ClickHouse
    std::string problem;                     // why not; empty while there is just work to do
    std::map<TableId, std::string> refused;  // tables whose objects can't be made, and why
    std::map<TableId, std::string> unread;   // tables whose topics ClickHouse can't read, and why
    uint64_t queue_restarts = 0;             // queues made anew because their consumers had failed
  };

  KafkaEngineUpkeep(
      clickhouse::PipelineOptions options,
      OpenObjects open,
      Unconsumed unconsumed,
      milliseconds look_every = milliseconds(10'000)
  );
  ~KafkaEngineUpkeep() override;

  // The table is wanted in ClickHouse. What is there already is kept as it is; kFirst: but for new
  // columns.
  void Want(const TableSchemaPtr& table, Told told) override;

  Result<std::string> Follow(
      const SchemaChange& change, const Settle& settle, const std::stop_token& stop
  ) override;

  // Their queues are taken away, those of others made again, by the upkeep thread. A schema change
  // of such a table is followed all the same, so that it does not hold up the capture; where no
  // queue could read what waits together with what comes, what waits is consumed first. So it is
  // where the table is dropped: nothing else would make its queue again.
  void Hold(const std::set<TableId>& tables) override;

  // Waits until a table's objects are as was told last; false at the deadline.
  bool WaitFitted(const TableId& table, Deadline deadline) const;

  // A statement of the source, at its place: it goes into ClickHouse's log of them, and a table
  // that it drops is dropped there where the options say so. Returns at once.
  void Tell(const ddl::DdlEvent& event);

  State state() const;

  // The newest schema of a table that is wanted; null: it is not.
  TableSchemaPtr Schema(const TableId& table) const;

  void Stop();

 private:
  // Nobody else works on the table while this lives.
  class Claim;

  // What the upkeep thread has to do.
  struct Work {
    std::vector<clickhouse::PlannedChange> tables;
    std::vector<clickhouse::DdlLogRow> log;
    std::set<TableId> dropped;

    bool empty() const { return tables.empty() && log.empty() && dropped.empty(); }
  };

  void Run(const std::stop_token& stop);
  Work TakeWork(const std::stop_token& stop);
  void LookAtQueues();
  void NoteTroubles(const std::vector<QueueSight>& queues);
  TableSchemaPtr ClaimTableOf(const std::string& queue);
  Status RestartQueue(const TableSchemaPtr& table);
  void PutBack(Work work) REQUIRES(mu_);
  Status Do(Work& work);
  Status ApplyWork(
      Objects& objects,
      const clickhouse::PipelineOptions& options,
      const std::vector<clickhouse::PlannedChange>& work
  );
  Status DropTables(
      Objects& objects, const clickhouse::PipelineOptions& options, std::set<TableId>& tables
  );
  Result<std::string> FollowOnce(
      const SchemaChange& change, const Settle& settle, const std::stop_token& stop
  );
  enum class Queue { kRuns, kHalted };
  Status KeepUp(
      Objects& objects, const clickhouse::PipelineOptions& options, const TableId& id, Queue queue
  );
  Status WaitConsumed(const clickhouse::TablePipeline& pipeline, const std::stop_token& stop);
  void PlanRefits() REQUIRES(mu_);
  void NoteGone(const ddl::TableEffect& effect) REQUIRES(mu_);
  bool IsHeld(const TableId& table) const REQUIRES(mu_);
  bool Held(const TableId& table) const;
  Status HaltQueue(const TableSchemaPtr& table);
  void Refuse(const TableId& table, const Error& error);
  void UpdateReady() REQUIRES(mu_);
  void NoteDropped(const ddl::TableEffect& effect) REQUIRES(mu_);

  const clickhouse::PipelineOptions options_;
  const OpenObjects open_;
  const Unconsumed unconsumed_;
  const milliseconds look_every_;  // at queues

  mutable Mutex mu_;
  mutable CondVar told_;
  std::map<TableId, TableSchemaPtr> wanted_ GUARDED_BY(mu_);  // newest schema of each table
  // Not applied yet.
  std::map<TableId, clickhouse::PlannedChange> pending_ GUARDED_BY(mu_);
  std::vector<clickhouse::DdlLogRow> log_ GUARDED_BY(mu_);  // at most kLogRowsMax
  std::set<TableId> dropped_ GUARDED_BY(mu_);               // in MySQL, not yet here
  std::set<TableId> dropping_ GUARDED_BY(mu_);              // of these, what the thread works on
  std::set<TableId> claimed_ GUARDED_BY(mu_);
  std::set<TableId> held_ GUARDED_BY(mu_);   // paused: their queues are away on purpose
  std::set<TableId> gone_ GUARDED_BY(mu_);   // of wanted_, dropped or renamed in MySQL
  std::set<TableId> refit_ GUARDED_BY(mu_);  // paused or resumed, and not in pending_ yet
  std::map<TableId, std::string> waiting_ GUARDED_BY(mu_);  // in Follow, and for what
  State state_ GUARDED_BY(mu_);
  Thread thread_;
};

// Objects over clickhouse::Setup and a client of its own.
Result<std::unique_ptr<Objects>> OpenClickHouse(const clickhouse::ClientOptions& options);

}  // namespace rowhouse::sink
