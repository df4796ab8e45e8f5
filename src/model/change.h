#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "model/arena.h"
#include "model/cell.h"
#include "model/position.h"
#include "model/table.h"

namespace rowhouse {

// What happened to a row; Debezium's letters r, c, u, d, t.
enum class Op : uint8_t { kRead, kCreate, kUpdate, kDelete, kTruncate };

char OpLetter(Op op);

// What all rows of one rows event (or of one snapshot chunk) share. Lives in its batch.
struct EventOrigin {
  int64_t ts_us = 0;       // commit time at the source, microseconds since the epoch
  uint32_t server_id = 0;  // who wrote it; 0 in a snapshot
  uint64_t thread_id = 0;  // MySQL's session; 0: unknown
  uint16_t epoch = 0;
  uint32_t file_number = 0;  // of `file`, for the version
  uint64_t pos = 0;          // start of the rows event; snapshot: the read position
  uint8_t before = 0;        // the version stands so many bytes before `pos`
  std::string_view file;     // in the batch's arena
  std::string_view gtid;     // of its transaction; empty: none
  std::string_view query;    // the statement, where it is logged and wanted
};

// One changed row. `before` and `after` are arrays of table->columns.size()
// cells, or null where the operation has none.
struct Change {
  Op op = Op::kCreate;
  uint32_t row = 0;  // index within its rows event
  // Number of the row at origin->pos, from 1; snapshot 0 (tables without key: from 1).
  uint32_t ordinal = 0;
  const TableSchema* table = nullptr;
  const EventOrigin* origin = nullptr;
  const Cell* before = nullptr;
  const Cell* after = nullptr;

  RowVersion Version() const {
    return RowVersion::Make(
        origin->epoch, origin->file_number, origin->pos - origin->before, ordinal
    );
  }
};

// Something of the stream that is not a row, at its place among the changes.
struct SourceNotice {
  enum class Kind {
    kDdl,  // `text` is the statement, `table.db` its default database
    // `error` says why `table` can't be followed from here on. An empty table name stands for all
    // captured tables of the database, an empty database for all of them.
    kTableParked,
    kWarning,  // `error` is to be logged once
  };

  Kind kind = Kind::kWarning;
  size_t before_change = 0;  // index in `changes` it comes before
  TableId table;
  std::string text;
  BinlogPosition at;
  int64_t ts_us = 0;
  Error error = Error(ErrorKind::kInternal, "");
  // kDdl
  std::string gtid;  // empty: none
  uint32_t server_id = 0;
  uint64_t sql_mode = 0;    // of the session, as the log has it
  bool fold_names = false;  // the server keeps names in small letters
};

// Where a transaction of the source begins or ends among the changes of a batch.
struct TransactionMark {
  enum class Kind : uint8_t { kBegin, kEnd };

  Kind kind = Kind::kBegin;
  size_t before_change = 0;  // index in `changes` it comes before
  int64_t ts_us = 0;         // of its event in the log, which counts seconds
  std::string id;            // the GTID, or "file=F,pos=P" of its begin
};

// A change's place in its transaction, counted from 1.
struct TransactionPlace {
  std::string_view id;  // in the batch's arena; empty: it is part of none
  int64_t total_order = 0;
  int64_t table_order = 0;
};

// Changes in commit order, with the memory they lie in.
//
// Owns:    cells, bytes and origins (arena, origins), and a share of each schema named.
// Threads: one owner at a time, moved from stage to stage; const once shared.
struct ChangeBatch {
  Arena arena;
  std::vector<Change> changes;
  std::vector<SourceNotice> notices;
  std::vector<TransactionMark> transactions;  // in order; where the source was asked for them
  std::vector<TransactionPlace> places;       // one a change, or none at all
  std::deque<EventOrigin> origins;
  std::vector<TableSchemaPtr> tables;
  // Where reading can start again once everything up to the end of this batch is
  // acknowledged: the last transaction boundary in or before it. Empty
  // while none has been seen since the source was opened.
  SourcePosition resume;
  // The stream's place after this batch; equals resume.binlog at a boundary.
  BinlogPosition end;
  bool at_boundary = true;
  // The source had nothing more at once when the batch ended; else it was full.
  bool drained = true;

  // Keeps the memory for the next batch.
  void Clear();

  size_t bytes() const {
    return arena.bytes() + changes.size() * sizeof(Change) +
           places.size() * sizeof(TransactionPlace);
  }
};

using ChangeBatchPtr = std::unique_ptr<ChangeBatch>;

}  // namespace rowhouse
