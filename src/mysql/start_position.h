#pragma once

#include <string>

#include "base/result.h"
#include "model/position.h"
#include "mysql/connection.h"
#include "mysql/given_already.h"

namespace rowhouse::mysql {

// Where a dump starts, checked against what the server has.
struct DumpStart {
  // Its server_uuid and epoch are those that hold from here on. The file is empty when starting by
  // GTID: the server then finds the place.
  SourcePosition at;

  // Where the dump itself begins: earlier than `at` while an XA transaction waits for its outcome.
  SourcePosition begin() const { return BeginOf(at); }

  bool by_gtid() const { return begin().binlog.empty(); }
};

// Decides how to go on from `from` on this server, and refuses in words what would fail or lose
// changes.
//
// On the same server by file and offset (exact, nothing to search), on another one by
// GTID with the next epoch, since file names start anew there. An empty `from` starts now.
//
// Errors: kConfig: the file or GTIDs are purged (which, and what the server has), or the server
//         lacks what was read already (restored, RESET, or the wrong server).
Result<DumpStart> ResolveStart(Connection& connection, const SourcePosition& from);

// A place from which the stream shows every transaction not yet visible now.
//
// MariaDB: the position of a fresh consistent snapshot. MySQL: gtid_executed with an empty
// file, since a file position may already include transactions that are not visible yet.
Result<SourcePosition> CurrentPosition(Connection& connection);

// CurrentPosition for a pipeline that has none yet. Returns once every XA transaction that was
// prepared before it has its outcome: its rows are in the log before the position, so a first
// load that begins after this call shows them, and the stream does not.
//
// Errors: kUnavailable when they take more than 5 s; asking again is right.
Result<SourcePosition> FirstPosition(Connection& connection);

// MySQL's server_uuid; MariaDB's "server_uid:…" where it has one, else "server_id:N".
Result<std::string> ServerIdentity(Connection& connection);

// The end of the log as it is written now: SHOW BINARY LOG STATUS or its older name.
Result<BinlogPosition> LogEnd(Connection& connection);

// In the open transaction begun WITH CONSISTENT SNAPSHOT: its exact position, on MariaDB and
// Percona Server; empty elsewhere.
Result<BinlogPosition> SnapshotPosition(Connection& connection);

}  // namespace rowhouse::mysql
