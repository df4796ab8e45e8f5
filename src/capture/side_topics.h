#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/buffer.h"
#include "base/result.h"
#include "capture/ack_tracker.h"
#include "capture/table_encoder.h"
#include "model/ports.h"
#include "types/schema_change.h"
#include "types/side_records.h"

namespace rowhouse::capture {

// Which topics there are beside the tables'; one without a name is not wanted.
struct SideTopicSpecs {
  TopicSpec schema_changes;
  TopicSpec transactions;
  TopicSpec heartbeats;

  // Those that are wanted.
  std::vector<TopicSpec> All() const;

  // Takes the topic out.
  void Leave(const std::string& topic);
};

// What is to be told in them at one place of the stream.
struct SideRecords {
  std::vector<types::SchemaChange> statements{};
  std::vector<types::TransactionRecord> transactions{};
  std::optional<int64_t> heartbeat_ms{};  // our clock

  bool empty() const { return statements.empty() && transactions.empty() && !heartbeat_ms; }
};

// Writes the topics beside the tables': statements that change captured tables, transactions of
// the source, heartbeats. Each topic's records come in the order of the log.
//
// These topics are for people and tools. Where the registry refuses their schemas, or a record is
// too large, that is an error in the log, and the tables go on.
//
// Place:    one a run; an encode worker's.
// Threads:  one owner.
// Blocking: Append, the first time while broker or registry are away.
class SideTopics {
 public:
  SideTopics(
      const SideTopicSpecs& specs,
      const TableEncoderOptions& options,
      EventLog& log,
      SchemaStore& schemas,
      AckTracker& tracker
  );

  // Appends the records under `token`, of which the caller has a hold.
  Status Append(const SideRecords& records, AckToken token, const std::stop_token& stop);

 private:
  struct Topic {
    const TopicSpec spec;
    const std::string_view of;  // for people
    const int32_t partition;    // -1: by key
    TopicWriter* writer = nullptr;
    int32_t key_id = 0;
    int32_t value_id = 0;
    bool refused = false;
  };

  // Whether records can be made of it. Opens it the first time.
  template <typename Schemas>
  Result<bool> Ready(Topic& topic, const Schemas& schemas, const std::stop_token& stop);
  Status Open(Topic& topic, const types::DebeziumSchemas& schemas);
  // Appends what key_ and value_ hold, and empties them.
  Status Put(const Topic& topic, AckToken token);

  const TableEncoderOptions options_;
  EventLog& log_;
  SchemaStore& schemas_;
  AckTracker& tracker_;
  Topic schema_changes_;
  Topic transactions_;
  Topic heartbeats_;
  Buffer key_;
  Buffer value_;
};

}  // namespace rowhouse::capture
