#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "model/position.h"
#include "mysql/connection.h"
#include "mysql/snapshot.h"
#include "mysql/source_options.h"

namespace rowhouse::mysql {

// Opens snapshots on a replica, at places of its source's log (`source.read_endpoint`).
//
// Versions and windows speak of the source's log, of which a replica knows nothing: its own files
// are others. GTIDs are the same on both. So a place is asked of the source with the GTIDs before
// it, the replica is waited for until it has these, and only then the snapshot is opened: it shows
// every change before the place, and perhaps later ones too, whose own messages follow and say the
// same. The place is a low mark (SnapshotPlace::exact is false).
//
// That the server is a replica of this source shows itself on MySQL, where GTIDs name the server
// they come from. MariaDB's do not: there the place that the replica has read up to must mean the
// same GTIDs in the source's log.
//
// Place:    one a reader. Owns: the connection to the replica.
// Threads:  one owner.
// Blocking: until the replica has caught up, at most options.read_wait.
// Errors:   kUnavailable (E-MYSQL-033): it is late, stopped or away. kConfig (E-MYSQL-034): it is
//           no replica of this source, or has no GTIDs.
class ReplicaSnapshots {
 public:
  // `source` is a connection to the source.
  static Result<std::unique_ptr<ReplicaSnapshots>> Open(
      const SourceOptions& options, Connection& source
  );

  // A snapshot that shows every change before `seen`. Without a stream (`seen` has an epoch only)
  // it shows what the source had when this was first called; the place goes forward as the replica
  // does, without waiting, unless it has stood still for read_wait.
  Result<SnapshotPlace> OpenSnapshot(Connection& source, const SourcePosition& seen);

  // Waits until the replica has all that the source has now.
  Status CatchUp(Connection& source);

  // Where rows are read.
  Connection& rows() { return *replica_; }

 private:
  ReplicaSnapshots(const SourceOptions& options, std::unique_ptr<Connection> replica)
      : options_(options), replica_(std::move(replica)) {}

  Status CheckMySql(Connection& source);
  Status CheckMariaDb(Connection& source);
  Result<bool> Has(const std::string& gtids, milliseconds wait);
  Status WaitFor(const std::string& gtids);
  Error Late(const std::string& gtids);
  Result<SourcePosition> PlaceWithoutStream(Connection& source, uint16_t epoch);

  const SourceOptions options_;
  const std::unique_ptr<Connection> replica_;
  SourcePosition shown_;   // the replica has all before
  SourcePosition wanted_;  // asked later, not yet known to be there
  Deadline wanted_until_ = Deadline::Never();
};

// What a replica says of its replication: SHOW REPLICA STATUS.
struct ReplicaStatus {
  bool is_replica = false;
  bool io_runs = false;
  bool sql_runs = false;
  std::string source;  // "db1:3306"
  std::string error;   // why a thread has ended
  std::string seconds_behind;
  // MariaDB: how far it has read, by the source's file and by GTID.
  std::string by_gtid;  // "Slave_Pos", "Current_Pos", "No"
  BinlogPosition read;
  std::string read_gtids;
};

Result<ReplicaStatus> ReadReplicaStatus(Connection& connection);

// How it goes, for people: "2 s behind", "its SQL thread is stopped: ...".
std::string Describe(const ReplicaStatus& status);

// MariaDB: whether two positions are of the same log. In the middle of a transaction one of them
// may be a transaction further.
bool SameLog(const std::string& at_source, const std::string& at_replica);

}  // namespace rowhouse::mysql
