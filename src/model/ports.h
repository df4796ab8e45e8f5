#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "model/change.h"
#include "model/checkpoint.h"
#include "model/position.h"
#include "model/record.h"
#include "model/schema_change.h"
#include "model/table.h"

// The ports: what the engine (capture, and later sink, backfill, verify) needs of
// the world. Adapters (mysql, kafka, registry) implement them; `testing` has one fake each,
// and one contract suite runs on both.
namespace rowhouse {

// The stream of changes of one source.
//
// Threads: Next from one thread; Close from any.
// Errors:  kUnavailable: the link is gone, open a new source at the last resume position.
//          kConfig/kAuth: the user must act (the error names what). kInternal: our bug or a
//          damaged log. What concerns one table only comes as a notice instead.
class ChangeSource {
 public:
  virtual ~ChangeSource() = default;

  // The next changes in commit order; at the deadline what there is, perhaps nothing. A batch
  // holds rows of one schema of a table, and ends after a DDL statement.
  // An empty batch still carries resume and end, which move with heartbeats.
  virtual Result<ChangeBatchPtr> Next(Deadline deadline) = 0;

  // Unblocks Next, which then gives kCancelled.
  virtual void Close() = 0;

  // Takes back a batch's memory for later ones.
  virtual void Recycle(ChangeBatchPtr batch) = 0;
};

// Which rows to read next.
struct ChunkRequest {
  TableSchemaPtr table;
  KeyRange range;  // whole of it, as far as the bounds allow; without key: always all
  uint64_t rows_max = 20'000;
  size_t bytes_max = size_t{8} << 20;  // in memory; the row that passes it is the last
  // Of a table with key: only rows that this condition, in the source's SQL, holds for.
  std::string where = {};
  // Rows hold the key's columns alone, in its order, and a schema of their own.
  bool keys_only = false;
};

// How large a table is, roughly, as the server estimates it.
struct TableSize {
  uint64_t rows = 0;
  uint64_t bytes = 0;
};

// One chunk of a table, read in a consistent snapshot of its own.
//
// Rows are the state at `read_at`, which every change the stream had given when the
// chunk was asked for precedes. Where `read_at` is only known to lie between two positions
// (MySQL without snapshot positions), `read_at` is the lower and `place_at` the higher one, and
// a key that changed between them may show either state.
//
// Threads: one owner.
class ChunkCursor {
 public:
  virtual ~ChunkCursor() = default;

  virtual const SourcePosition& read_at() const = 0;

  // The chunk may be put out once the stream has reached this place. Valid
  // after Next() has given its last rows.
  virtual const BinlogPosition& place_at() const = 0;

  // Rows as kRead changes, some thousands at a time; null when there are no more.
  virtual Result<ChangeBatchPtr> Next() = 0;

  // Token of the last key, to ask for the chunk after; valid after the last Next().
  virtual const std::string& last_key() const = 0;

  // True when the range has no rows after this chunk; valid after the last Next().
  virtual bool range_done() const = 0;

  // The condition by which a later chunk reads these rows of this one alone.
  virtual std::string OnlyThese(std::span<const Cell* const> rows) const = 0;
};

// Reads tables by key range, beside the running stream.
//
// Threads: one owner. Errors: as ChangeSource; kUnsupported concerns the table only;
//          kSchemaChanged: the table is no longer as `request.table` says.
class TableReader {
 public:
  virtual ~TableReader() = default;

  // `seen` is the stream's place: all changes before it are visible to the chunk. Without a stream
  // it has an epoch only, and the reader finds the place of its own read.
  virtual Result<std::unique_ptr<ChunkCursor>> Open(
      const ChunkRequest& request, const SourcePosition& seen
  ) = 0;

  // Where to cut: the key that `rows` rows of the table lie after `after` up to and with;
  // empty where fewer are left. As of now, outside any snapshot.
  virtual Result<std::string> KeyAfter(
      const TableSchemaPtr& table, const std::string& after, uint64_t rows
  ) = 0;

  virtual Result<TableSize> Size(const TableSchemaPtr& table) = 0;
};

// What the source has, by its data dictionary.
class SourceCatalog {
 public:
  virtual ~SourceCatalog() = default;

  // Tables that `wanted` accepts, with every column, sorted by name.
  virtual Result<std::vector<TableSchema>> Tables(const std::function<bool(const TableId&)>& wanted
  ) = 0;

  // One table as it is now; kNotFound where there is none (to be seen).
  virtual Result<TableSchema> Table(const TableId& id) = 0;

  // A place from which the stream shows every transaction not yet visible now.
  virtual Result<SourcePosition> CurrentPosition() = 0;

  // The same for the first start of a pipeline: together with a load that begins afterwards the
  // stream from here shows everything, transactions prepared long ago too. May wait for those.
  virtual Result<SourcePosition> FirstPosition() { return CurrentPosition(); }

  // "mysql" or "mariadb": the server's flavour, as Debezium names its connectors.
  virtual Result<std::string> Connector() = 0;
};

// A record that its topic does not take; valid during the call that tells of it.
struct RefusedRecord {
  AckToken token = 0;
  std::string_view topic;
  std::optional<std::string_view> key;
};

// Hears the fate of appended records. Called on the log's own thread: record and return.
class AckListener {
 public:
  virtual ~AckListener() = default;

  virtual void OnAck(AckToken token) = 0;

  // So many records of one token at once.
  virtual void OnAcks(AckToken token, size_t records) {
    for (size_t i = 0; i < records; ++i) {
      OnAck(token);
    }
  }

  // The record will not be stored, for good.
  virtual void OnLost(AckToken token, const Error& error) = 0;

  // The same for one record that its topic does not take, being too large or otherwise wrong
  // (kBadRecord); those after it are stored. A transactional log can't commit without it.
  virtual void OnRefused(const RefusedRecord& record, const Error& error) {
    OnLost(record.token, error);
  }
};

// A topic opened for appending; made by EventLog.
class TopicWriter {
 public:
  virtual ~TopicWriter() = default;

  // Hands one record over. The listener hears of it later, in any order.
  // Waits while the log's buffer is full; kCancelled after Close().
  virtual Status Append(const RecordView& record, AckToken token) = 0;
};

// Where records go: Kafka.
//
// Threads: any method from any thread.
class EventLog {
 public:
  virtual ~EventLog() = default;

  // Makes the topics that are missing; leaves the others as they are.
  virtual Status EnsureTopics(const std::vector<TopicSpec>& topics) = 0;

  // The writer lives as long as the log.
  virtual Result<TopicWriter*> Writer(const std::string& topic) = 0;

  // Waits until every record handed over has been acknowledged or lost; after a Cut(), until all
  // before it have.
  virtual Status Flush(Deadline deadline) = 0;

  // Of a log opened as a transactional one only: what was appended since the last Cut() is a
  // transaction, which Commit() ends. What is appended from now on belongs to the next one: it is
  // taken as ever, and not acknowledged before the Commit().
  //
  // The caller sees to it that nobody appends meanwhile, and that the transaction before has been
  // committed. Returns at once.
  virtual void Cut() = 0;

  // Of a transactional log only: shows consumers (those that read committed records) the
  // transaction that was cut off, and saves `checkpoint` with it, as one. Opening such a log ends
  // what an earlier one of the same name has left open, and shuts that one out.
  //
  // The caller sees to it that all of it has been acknowledged. Where nothing is cut off yet, it
  // cuts, under the same terms. Waits as long as the log is away; kCancelled after Close().
  // After an error it is not known whether the commit has happened: open a new log, and
  // load the checkpoint. kUnavailable with E-KAFKA-005: a newer log has shut this one out.
  virtual Status Commit(const Checkpoint& checkpoint) = 0;

  // Unblocks Append and Commit; what is buffered is dropped, unacknowledged, and what is not
  // committed is never shown.
  virtual void Close() = 0;
};

// A keyed, compacted single-partition topic used as a small store: all of it is
// read at the start and followed from there (registry's _schemas; positions).
//
// Threads: one owner.
class CompactedLog {
 public:
  virtual ~CompactedLog() = default;

  // Appends and waits for the acknowledgement; gives the offset.
  virtual Result<int64_t> Put(std::string_view key, std::optional<std::string_view> value) = 0;

  // Records from where the last call ended, up to the end as of now; `each` sees them in order.
  virtual Status ReadToEnd(const std::function<void(const Record&)>& each) = 0;
};

// Schemas by id and subject.
//
// Threads: any. Errors: kBadRecord where the registry refuses the schema as incompatible.
class SchemaStore {
 public:
  virtual ~SchemaStore() = default;

  // Registers (or finds) the schema; an id never changes its meaning.
  virtual Result<int32_t> Register(const std::string& subject, const std::string& schema) = 0;

  // At once, from memory, where this store registered it.
  virtual Result<std::string> ById(int32_t id) = 0;
};

// What reads the log by a table's schema and has to be ready for each new one: ClickHouse's queues.
//
// Threads: any.
class SchemaFollower {
 public:
  virtual ~SchemaFollower() = default;

  // kFirst: no record of the table was ever appended, as far as the checkpoint knows.
  enum class Told { kFirst, kAgain };

  // A table whose topic is there. Returns at once.
  virtual void Want(const TableSchemaPtr& table, Told told) = 0;

  // Of these tables nothing is to be read any more, until they are told of no longer; their
  // records stay in the log. Takes the place of what was told before. Returns at once.
  virtual void Hold(const std::set<TableId>& tables) = 0;

  // Waits until every record of before is stored, and none will be appended again.
  using Settle = std::function<Status()>;

  // Comes back when records of the change's schema may be appended, as long as it takes. Gives
  // why the rows of before must be read from the source again; empty: they need not.
  // kCancelled at a stop; nothing else.
  virtual Result<std::string> Follow(
      const SchemaChange& change, const Settle& settle, const std::stop_token& stop
  ) = 0;
};

// One atomic durable value a pipeline.
class CheckpointStore {
 public:
  virtual ~CheckpointStore() = default;

  // After any crash the last saved value or the one before; nullopt if there never was one.
  virtual Result<std::optional<Checkpoint>> Load() = 0;

  virtual Status Save(const Checkpoint& checkpoint) = 0;
};

}  // namespace rowhouse
