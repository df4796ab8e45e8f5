#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "capture/ack_tracker.h"
#include "model/change.h"
#include "model/ports.h"
#include "model/topic.h"
#include "types/format.h"
#include "types/row_encoder.h"

namespace rowhouse::capture {

class TopicMaker;

// What every table's records have in common.
struct TableEncoderOptions {
  TopicNaming topics;
  std::string connector = "mariadb";  // set from the source's catalog at each start
  int32_t partitions = 1;
  int32_t replication = 1;
  size_t record_bytes_max = SIZE_MAX;  // what the log sends at most; a larger row parks its table
  types::Format format;
  bool null_as_default = false;
  bool tombstones = true;
  std::string skipped;  // letters of operations that are left out
};

// kBadRecord, E-KAFKA-003: the log sends at most `bytes_max`.
Error RecordTooLarge(size_t bytes, const std::string& topic, size_t bytes_max);

// Makes the records of one table as one schema of it has them.
//
// Open() makes the topic and registers the two Avro schemas; Encode() turns a
// change into one record, or three where the key changes: delete of the old
// key, its tombstone, create of the new key. Those carry the other key as a header, as Debezium's.
//
// Threads: one owner (an encode worker). Buffers are kept from row to row.
class TableEncoder {
 public:
  // Errors: kUnavailable while log or registry is away; kBadRecord where the registry
  // refuses the schema; kUnsupported for a type without a mapping.
  static Result<std::unique_ptr<TableEncoder>> Open(
      const TableEncoderOptions& options,
      TableSchemaPtr table,
      TopicMaker& topics,
      EventLog& log,
      SchemaStore& schemas
  );

  virtual ~TableEncoder() = default;

  // Appends the change's records under `token`, for each of which it Expect()s first.
  virtual Status Encode(
      const Change& change,
      const types::EnvelopeContext& context,
      AckToken token,
      AckTracker& tracker
  ) = 0;

  // Encoded bytes and records since the last call.
  struct Written {
    uint64_t records = 0;
    uint64_t bytes = 0;
  };

  virtual Written TakeWritten() = 0;
};

}  // namespace rowhouse::capture
