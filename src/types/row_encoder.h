#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "model/change.h"
#include "model/topic.h"
#include "types/cell_encoder.h"
#include "types/debezium_schema.h"
#include "types/row_key.h"

namespace rowhouse::types {

// What is the same in every record of a table.
struct EncodeOptions {
  TopicNaming topics;
  Connector connector = Connector::kMariaDb;
  std::string version = "rowhouse 0.1.0";  // source.version
  // Debezium through AvroConverter writes a column's default for its NULL unless told not
  // to (ignore.default.for.nullables). NULL is never a default: we do so only when asked.
  bool null_as_default = false;
  Format format;
};

// What a record holds beside its change.
struct EnvelopeContext {
  int64_t now_us = 0;            // our clock, for ts_ms, ts_us, ts_ns
  TransactionPlace transaction;  // without an id: null
};

// Which part of a change a record tells of.
enum class Half {
  kWhole,   // the change as it is
  kDelete,  // of a changed key: op d, the row before
  kCreate,  // of a changed key: op c, the row after
};

// Turns changes of one table, as one schema of it has them, into Avro bytes.
//
// Made once a schema: the columns become a list of steps, and all that never changes
// (schema id, prefix, database, table) is laid out beforehand. A row then is one pass
// from its cells into the buffer: no allocation, no text in between.
//
// Records start with Confluent's header: 0, schema id. Formats follow Debezium 3.6, by its
// defaults unless `format` says otherwise; source.sequence holds the row's version (32 hex digits).
//
// Owns:    a share of the table's schema.
// Threads: immutable after Make(): any.
// Errors:  Make gives kUnsupported for a column without mapping. Encode gives kBadRecord
//          for a value that does not fit its column; what it appended is taken back.
class EncodePlan {
 public:
  static Result<std::unique_ptr<EncodePlan>> Make(
      TableSchemaPtr table, const EncodeOptions& options
  );

  // What to register before the first record.
  const DebeziumSchemas& schemas() const { return schemas_; }

  // The ids the registry gave; they stand in every record from then on.
  void SetSchemaIds(int32_t key_id, int32_t value_id);

  bool has_key() const { return !key_steps_.empty(); }

  // Whether the change moves the row to another key: it becomes delete, tombstone, create.
  bool KeyChanged(const Change& change) const { return key_.Changed(change); }

  // Whether the change's key has a date with zero parts. It is written as its column's default or
  // the epoch, as everywhere: rows that differ in nothing else have one key then.
  bool KeyHasZeroDate(const Change& change) const;

  // The key of the row `half` speaks of: after, or before where there is no after.
  // Only for tables with a key.
  Status EncodeKey(const Change& change, Half half, Buffer& out) const;

  Status EncodeValue(const Change& change, Half half, const EnvelopeContext& context, Buffer& out)
      const;

  Status EncodeKey(const Change& change, Buffer& out) const {
    return EncodeKey(change, Half::kWhole, out);
  }

  Status EncodeValue(const Change& change, const EnvelopeContext& context, Buffer& out) const {
    return EncodeValue(change, Half::kWhole, context, out);
  }

 private:
  EncodePlan(
      TableSchemaPtr table, const EncodeOptions& options, DebeziumSchemas schemas, RowKey key
  );

  void AddSteps(const WireTable& wire, bool null_as_default);
  void LayOutSource(const EncodeOptions& options);
  size_t RowBytesMax(const Cell* row) const;
  Error NotOfItsType(const ColumnStep& step, const Cell& cell) const;
  Result<uint8_t*> PutRow(const Cell* row, uint8_t* to) const;
  uint8_t* PutSource(const Change& change, uint8_t* to) const;

  const TableSchemaPtr table_;
  const DebeziumSchemas schemas_;
  const RowKey key_;
  const bool is_mysql_;
  std::vector<ColumnStep> steps_;
  std::vector<ColumnStep> key_steps_;
  std::vector<uint32_t> key_dates_;  // columns of the key that may hold a date with zero parts
  // Avro bytes of what never changes.
  std::string key_header_;
  std::string value_header_;
  std::string source_start_;     // version, connector, name
  std::string source_snapshot_;  // snapshot, db, start of sequence
  std::string source_stream_;    // the same of a stream's change
  std::string source_table_;
};

}  // namespace rowhouse::types
