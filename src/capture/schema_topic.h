#pragma once

#include <memory>

#include "base/buffer.h"
#include "base/result.h"
#include "capture/ack_tracker.h"
#include "capture/table_encoder.h"
#include "model/ports.h"
#include "types/schema_change.h"

namespace rowhouse::capture {

// The topic of schema changes: a record for each statement that changes captured tables,
// all on partition 0, in the order of the log.
//
// Threads: one owner (an encode worker).
class SchemaTopic {
 public:
  // Makes the topic and registers its schemas; errors as TableEncoder::Open.
  static Result<std::unique_ptr<SchemaTopic>> Open(
      const TopicSpec& topic,
      const TableEncoderOptions& options,
      EventLog& log,
      SchemaStore& schemas
  );

  // Appends the statement's record under `token`.
  Status Append(const types::SchemaChange& change, AckToken token, AckTracker& tracker);

 private:
  SchemaTopic(const TableEncoderOptions& options, types::Connector connector, TopicWriter& writer)
      : options_(options), connector_(connector), writer_(writer) {}

  const TableEncoderOptions options_;
  const types::Connector connector_;
  TopicWriter& writer_;
  int32_t key_id_ = 0;
  int32_t value_id_ = 0;
  Buffer key_;
  Buffer value_;
};

}  // namespace rowhouse::capture
