#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/options.h"
#include "kafka/reader.h"
#include "kafka/sync_producer.h"
#include "model/ports.h"

namespace rowhouse::kafka {

// Where a pipeline's checkpoint lies.
struct CheckpointPlace {
  std::string pipeline;  // the record's key
  std::string topic;
  int32_t replication = 1;     // where the topic must be made
  std::string former_topic{};  // looked in where `topic` has no checkpoint; empty: none
};

// A topic of the pipeline's own, "__rowhouse.positions.<pipeline>": a transaction that was open
// when its process died holds up whoever reads behind it, until the same pipeline's next start or
// transaction.timeout.ms (15 minutes) ends it. `former_topic` is the one that all pipelines shared
// at first: an owner's Load moves what it finds there, and leaves a mark by which an older binary
// refuses to start from it.
CheckpointPlace PlaceOfPipeline(std::string_view pipeline, int32_t replication = 1);

// CheckpointStore on a compacted topic: the value of the pipeline's last record.
//
// Opened with a KafkaOptions::transactional_id it is an owner's: Load shuts out whoever has loaded
// it before (its Save fails with E-KAFKA-005 from then on), so that a process which was only
// thought dead can't bring an old checkpoint back.
//
// An owner's Load does not stop before a transaction that is open: it has just ended its own, and
// waits until the broker shows so. Who looks is given what is committed now.
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

  // To look only: makes no topic, takes over nothing, and asks for nothing before Load.
  static std::unique_ptr<KafkaCheckpointStore> ToLook(
      const KafkaOptions& options, const CheckpointPlace& place
  );

  Result<std::optional<Checkpoint>> Load() override;
  Status Save(const Checkpoint& checkpoint) override;

 private:
  KafkaCheckpointStore(const KafkaOptions& options, const CheckpointPlace& place, ReadTo end)
      : options_(options), place_(place), end_(end), producer_(options, place.topic) {}

  Result<std::optional<Record>> Newest(const std::string& topic, Deadline deadline) const;
  Result<std::optional<Checkpoint>> Parsed(const std::string& topic, const Record& record) const;
  Result<std::optional<Checkpoint>> LoadFormer(Deadline deadline);

  const KafkaOptions options_;
  const CheckpointPlace place_;
  const ReadTo end_;
  SyncProducer producer_;
};

}  // namespace rowhouse::kafka
