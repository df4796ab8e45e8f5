#pragma once

#include <memory>
#include <optional>

#include "model/ports.h"
#include "mysql/read_way.h"
#include "mysql/source_options.h"

namespace rowhouse::mysql {

// Reads tables by key range on one connection, each chunk in a consistent snapshot of its own.
//
// Where a chunk stands in the stream: MariaDB and Percona Server tell the snapshot's own log
// position, which is exact; one that is not yet at `seen` is opened again. MySQL has no such thing:
// once all of `seen` is visible the snapshot is opened (low mark), and the end of the log after the
// last row is the high mark. A table without key can't be merged by key, so there MySQL's snapshot
// is opened under LOCK TABLES ... READ, held on a second connection just for that moment.
//
// With a read endpoint rows come from a replica, and the place and its GTIDs from the source
// (replica_snapshots.h); tables without key are read from the source even so.
//
// Place:    several a pipeline, one a loader; each has its own connection.
// Owns:     one connection (two for a moment, or with a read endpoint); of rows only the batch
//           under way.
// Threads:  one owner. A cursor is used up or destroyed before the next Open.
// Blocking: Open until `seen` is visible, at most 30 s; Next() by the server.
// Errors:   as TableReader. kUnsupported names table, column and type.
class ChunkReader {
 public:
  // Chunks that are asked for by the condition of `way` are looked up by its index, and sorted.
  static Result<std::unique_ptr<TableReader>> Open(
      const SourceOptions& options, std::optional<ReadWay> way = std::nullopt
  );
};

}  // namespace rowhouse::mysql
