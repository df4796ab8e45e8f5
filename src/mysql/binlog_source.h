#pragma once

#include <functional>
#include <memory>

#include "model/ports.h"
#include "mysql/binlog_decoder.h"
#include "mysql/source_options.h"

namespace rowhouse::mysql {

// What BinlogSource gives its decoder; both may be null (all tables; the log's schema alone).
struct BinlogFilter {
  std::function<bool(const TableId&)> wanted;
  std::function<bool(std::string_view db)> wanted_db;
  // Usually Catalog::Complete.
  std::function<Result<TableSchemaPtr>(TableSchema from_log)> complete;
};

// The changes of a MySQL or MariaDB server, read from its binary log as a replica would.
//
// A batch ends at about 1 MB of events, or as soon as rows are in hand and the socket has no
// more: rows never wait for others. While there are none it waits up to the deadline.
//
// Place:    the one ChangeSource of a pipeline; made anew by the runner after each kUnavailable.
// Owns:     one connection, the decoder, a pool of at most 4 recycled batches.
// Threads:  Next from one; Recycle and Close from any.
// Blocking: Open: connect_timeout and a few queries. Next: the deadline.
// Errors:   as ChangeSource; after an error the source is spent.
class BinlogSource {
 public:
  // An empty `from` starts now. See start_position.h for how another server or a lost file is met.
  static Result<std::unique_ptr<ChangeSource>> Open(
      const SourceOptions& options, const SourcePosition& from, BinlogFilter filter
  );
};

}  // namespace rowhouse::mysql
