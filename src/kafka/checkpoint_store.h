#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "kafka/options.h"
#include "kafka/sync_producer.h"
#include "model/ports.h"
#include "model/topic.h"

namespace rowhouse::kafka {

// Where a pipeline's checkpoint lies.
struct CheckpointPlace {
  std::string pipeline;  // the record's key
  std::string topic{kPositionsTopic};
  int32_t replication = 1;  // where the topic must be made
};

// CheckpointStore on a compacted topic: the value of the pipeline's last record.
//
// Opened with a KafkaOptions::transactional_id it is an owner's: Load shuts out whoever has loaded
// it before (its Save fails with E-KAFKA-005 from then on), so that a process which was only
// thought dead can't bring an old checkpoint back. Without one it only looks.
//
// Load does not stop before a transaction that is open: behind it a checkpoint may lie that
// is newer. It waits for that, also where the transaction is another pipeline's.
//
// Threads:  one owner.
// Blocking: Load reads the whole topic (a record a pipeline, and what compaction has
//           not removed yet); Save waits for the acknowledgement of all in-sync
//           replicas. Both end at kafka.request_timeout with kUnavailable.
// Errors:   kBadRecord: what is stored can't be read (FromJson says why). Save that
//           failed may still have been stored: save again.
class KafkaCheckpointStore : public CheckpointStore {
 public:
  // Makes the topic when it is missing.
  static Result<std::unique_ptr<KafkaCheckpointStore>> Open(
      const KafkaOptions& options, const CheckpointPlace& place
  );

  Result<std::optional<Checkpoint>> Load() override;
  Status Save(const Checkpoint& checkpoint) override;

 private:
  KafkaCheckpointStore(const KafkaOptions& options, const CheckpointPlace& place)
      : options_(options), place_(place), producer_(options, place.topic) {}

  const KafkaOptions options_;
  const CheckpointPlace place_;
  SyncProducer producer_;
};

}  // namespace rowhouse::kafka
