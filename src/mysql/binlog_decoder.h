#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "base/bytes.h"
#include "base/result.h"
#include "model/change.h"
#include "model/position.h"
#include "model/table.h"
#include "mysql/flavor.h"
#include "mysql/gtid_set.h"

namespace rowhouse::mysql {

// What a decoder is told by its source.
struct DecoderOptions {
  Flavor flavor = Flavor::kMySql;
  uint16_t epoch = 0;
  bool verify_checksum = true;

  // The server keeps names of databases and tables in small letters (lower_case_table_names = 1).
  bool fold_names = false;

  // Origins carry the statement that changed the rows, where the server logs it (MySQL:
  // binlog_rows_query_log_events, MariaDB: binlog_annotate_row_events).
  bool with_query = false;

  // Batches say where the log's transactions begin and end (ChangeBatch::transactions).
  bool with_transactions = false;

  // A batch takes no more events once its arena holds so much; see more().
  size_t batch_bytes = size_t{1024} * 1024;

  // Captured tables. Asked once for each new shape of a table.
  std::function<bool(const TableId&)> wanted;

  // Databases that may hold captured tables: statement-format DML there is an error.
  // Null: all but the server's own.
  std::function<bool(std::string_view db)> wanted_db;

  // Called once for each new shape of a captured table, and again after a DDL statement
  // that names it: adds what only the data dictionary knows (defaults, comments, generated,
  // MariaDB's JSON, UUID, INET4, INET6 in place of LONGTEXT and BINARY). Column order, names and
  // the wire types must stay. An error of kind kUnsupported parks the table, any other ends the
  // stream. Null: the schema stays as the log tells it.
  std::function<Result<TableSchemaPtr>(TableSchema from_log)> complete;
};

// Turns the events of one binary log stream into changes.
//
// Bytes in, model out: no socket, no query of its own. Cells point into the event
// bytes, which must lie in the batch's arena; text that is not UTF-8 already, decimals and cut
// BINARY values are written into the arena. The shape of each table comes from its TABLE_MAP
// (binlog_row_metadata=FULL) and is kept by that event's bytes, so a repeated one
// costs a comparison and an uncaptured table nothing more.
//
// Rows of an XA transaction are held from its PREPARE to its outcome, and given at the place of the
// commit. As long as one waits, batch.resume says from where to read again after a restart
// (SourcePosition::reread_from); what lies between there and the position was given before the
// restart and is not given again.
//
// Place:     one a stream; made by the source at each (re)connect; fed by its thread.
// Owns:      table shapes (at most kShapesMax, then forgotten together), the GTID set, a compressed
//            transaction while it is unpacked, held XA transactions (mostly on disk).
// Threads:   one owner. Blocking: only what `complete` does.
// Bounds:    a batch is as large as batch_bytes and one event.
// Errors:    each names event, file:position and where known table and column. kBadRecord:
//            damaged bytes (checksum, cut short); kConfig: the server logs what can't
//            be followed (the hint names the setting); kUnsupported: an event of unknown type.
//            After an error the decoder is spent. What concerns one table only is a
//            kTableParked notice instead, and the stream goes on. The table's rows may come again
//            later (a DDL mended its shape): who hears the notice knows of the gap.
// Invariant: batch.resume only ever is a place with no transaction open.
// Needs:     MariaDB's dump must ask for ANNOTATE_ROWS (flag 2): from 11.4 on
//            positions inside transactions are found by counting the bytes of every event.
class BinlogDecoder {
 public:
  static constexpr size_t kShapesMax = 20'000;

  // `start`: where the dump was asked to begin; its file may be empty when starting by GTID.
  // `session_checksum`: whether artificial events carry a checksum (what the session's
  // master_binlog_checksum was set to). kBadRecord when start.gtid_set can't be read.
  static Result<std::unique_ptr<BinlogDecoder>> Open(
      DecoderOptions options, const SourcePosition& start, bool session_checksum
  );

  ~BinlogDecoder();
  BinlogDecoder(const BinlogDecoder&) = delete;
  BinlogDecoder& operator=(const BinlogDecoder&) = delete;

  // One event, without the packet's status byte; the bytes lie in batch.arena. Not while more().
  Status Feed(ByteView event, ChangeBatch& batch);

  // True while the last event holds more than the batch had room for: a compressed transaction, or
  // the commit of a held one.
  bool more() const;

  // Goes on with that, into a batch with room.
  Status Continue(ChangeBatch& batch);

  // The batch is to end with the event fed last: after it a table may have another schema, and a
  // batch holds rows of one schema of a table only.
  bool batch_ends() const;

  // Sets batch.resume, end and at_boundary. Once a batch, before it is handed on.
  void FinishBatch(ChangeBatch& batch) const;

  // The end of the last event fed.
  const BinlogPosition& position() const;

  // Transactions up to the last boundary.
  const GtidSet& gtid_set() const;

  bool in_transaction() const;

  // The server's time of the last real event, seconds since the epoch; 0 before the first.
  // Heartbeats and artificial events do not change it.
  uint32_t last_event_seconds() const;

  uint64_t events() const;

  // Table shapes held, at most kShapesMax.
  size_t shapes() const;

 private:
  class State;
  explicit BinlogDecoder(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace rowhouse::mysql
