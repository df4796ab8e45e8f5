#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bounded_queue.h"
#include "base/thread.h"
#include "capture/ack_tracker.h"
#include "capture/failure.h"
#include "capture/progress.h"
#include "capture/schema_gate.h"
#include "capture/side_topics.h"
#include "capture/table_encoder.h"
#include "model/ports.h"

namespace rowhouse::capture {

// Turns batches of changes into records and hands them to the log.
//
// Each worker sees every batch and encodes the tables that are its own: one table
// is always on one worker, so a row's changes stay in order, and a batch needs
// no splitting. Encoders are compiled once a schema; a new schema of a table
// (a DDL) makes its topic, registers its Avro schemas and passes the gate before its first record.
//
// Place:    between the source thread (Submit) and the log.
// Threads:  Submit and TakeUsed from the source thread; `encode-N` workers inside.
// Blocking: Submit waits while the queues are full (queue_bytes each).
// Errors:   what concerns one table parks it; a registry or broker that is away is waited
//           for; the rest goes to Failure.
class EncodePool {
 public:
  struct Options {
    int workers = 2;
    size_t queue_bytes = 32 << 20;  // a worker
    TableEncoderOptions encoder;
    SideTopicSpecs side_topics;
  };

  // What a batch brings besides its changes.
  struct Extras {
    SideRecords side;
    // New tables, whose topic and schemas are made although no row is there yet.
    std::vector<TableSchemaPtr> opened;
  };

  using Park = std::function<void(const TableId&, const Error&)>;

  // What it works with; all of it outlives the pool.
  struct Around {
    TopicMaker& topics;
    EventLog& log;
    SchemaStore& schemas;
    AckTracker& tracker;
    Progress& progress;
    Failure& failure;
    Park park;
    SchemaGate& gate;
  };

  EncodePool(Options options, Around around);
  ~EncodePool();

  int workers() const { return options_.workers; }

  // `token` was issued with workers() holds.
  Status Submit(
      ChangeBatchPtr batch, AckToken token, const std::stop_token& stop, Extras extras = {}
  );

  // Once the workers are through with all that was submitted before, one of them calls `action`,
  // and none goes on until it has returned. Its error ends the run.
  Status SubmitBarrier(std::function<Status()> action, const std::stop_token& stop);

  // Batches every worker is through with, for their memory to be used again.
  std::vector<ChangeBatchPtr> TakeUsed();

  // Lets the workers finish what is queued, then ends them.
  void Drain();

 private:
  class Barrier;

  struct InFlight {
    ChangeBatchPtr batch;  // null: a barrier
    AckToken token = 0;
    std::atomic<int> users{0};
    std::shared_ptr<Barrier> barrier{};
    Extras extras{};
  };

  // What a worker knows of a schema it has met.
  struct Known {
    TableSchemaPtr schema;                  // keeps the address from being reused
    std::unique_ptr<TableEncoder> encoder;  // null: another worker's, or parked
    const TableSchema** serving = nullptr;  // the schema its table's last record was of
  };

  class Worker;

  void GiveBack(InFlight& used);

  const Options options_;
  const Around around_;

  Mutex used_mu_;
  std::vector<ChangeBatchPtr> used_ GUARDED_BY(used_mu_);  // at most kUsedMax
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace rowhouse::capture
