#pragma once

#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "capture/ack_tracker.h"
#include "model/change.h"
#include "model/ports.h"
#include "model/schema_change.h"

namespace rowhouse::capture {

// Lets a table's records of a new schema into the log once what reads the log is ready for them.
//
// ClickHouse's queues read by the column types they were made with; a record that comes before
// its column is there would lose the value, without a word. So the first record of each new
// schema waits here for the SchemaFollower. Which schema it is ready for is part of the
// checkpoint: after a restart records of a schema that is known pass though ClickHouse is away.
//
// Place:    one a run, between the encode workers (Pass) and the follower; told of statements by
//           the source thread.
// Owns:     the state of each table, its copy in the checkpoint's schemas.
// Threads:  any.
// Blocking: Pass waits for the follower, as long as it takes; one table on one worker.
// Errors:   kCancelled at a stop.
class SchemaGate {
 public:
  // Waits until all batches before the token's are acknowledged and checkpointed.
  using Settle = std::function<Status(AckToken, const std::stop_token&)>;
  // Hears that the log does not tell of all rows of a table as they are now; the ledger in the
  // frontier says so already.
  using Reload = std::function<void(const TableSchemaPtr&, const std::string& why)>;

  // `follower` null: all pass. `known` as the checkpoint has it.
  SchemaGate(
      SchemaFollower* follower,
      std::map<TableId, FollowedSchema> known,
      AckTracker& tracker,
      Settle settle,
      Reload reload
  );

  // A table whose topic is there.
  void Want(const TableSchemaPtr& table);

  // The source thread has met a statement; before any later row is handed on.
  void Altered(const TableId& table, TableAltered statement);

  // Comes back when `first`, the first of its table under `schema`, may be appended. `token` is
  // its batch's.
  Status Pass(
      const TableSchemaPtr& schema, const Change& first, AckToken token, const std::stop_token& stop
  );

 private:
  void Passed(
      FollowedSchema& followed,
      const std::string& fingerprint,
      const TableSchema& schema,
      const Change& first
  ) REQUIRES(mu_);

  SchemaFollower* const follower_;
  AckTracker& tracker_;
  const Settle settle_;
  const Reload reload_;

  Mutex mu_;
  std::map<TableId, FollowedSchema> tables_ GUARDED_BY(mu_);
};

// All of a schema that decides how its records look, as text: equal exactly when that is.
std::string Fingerprint(const TableSchema& table);

// What statements, in order, came to: renames from the first name to the last, and columns
// dropped and made anew, of those that `schema` has.
SchemaChange Summarize(const TableSchemaPtr& schema, const std::vector<TableAltered>& statements);

}  // namespace rowhouse::capture
