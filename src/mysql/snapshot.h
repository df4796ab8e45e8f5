#pragma once

#include "base/result.h"
#include "model/position.h"
#include "model/table.h"
#include "mysql/connection.h"
#include "mysql/source_options.h"

namespace rowhouse::mysql {

// Where an open snapshot stands in the stream.
struct SnapshotPlace {
  SourcePosition read_at;
  // False: read_at is the low mark, and the log's end after the last row the high one.
  bool exact = true;
};

// Opens a consistent snapshot on `connection` that shows every change before `seen`.
//
// Without a stream (`seen` has an epoch only) the place is found here. The transaction stays open;
// the caller ends it with COMMIT. See chunk_reader.h for how the place is found on each server, and
// when a second connection is made with `options`.
//
// Blocking: until `seen` is visible, at most 30 s, then kUnavailable.
Result<SnapshotPlace> OpenSnapshot(
    Connection& connection,
    const SourceOptions& options,
    const TableSchema& table,
    const SourcePosition& seen
);

// Session settings under which a SELECT gives what the binary log has.
Status PrepareForReading(Connection& connection, const SourceOptions& options);

}  // namespace rowhouse::mysql
