#include "kafka/checkpoint_store.h"

#include <fmt/format.h>

#include "kafka/admin.h"
#include "kafka/compacted_log.h"
#include "model/topic.h"

namespace rowhouse::kafka {

namespace {

// In the former topic; a binary that knows that one only reads up to format 2.
constexpr std::string_view kMoved = R"({"version":3,"moved":"to the pipeline's own topic"})";

// True when `a` was written after `b`. A key stays in its partition unless somebody
// adds partitions; then the broker's time decides.
bool Newer(const Record& a, const std::optional<Record>& b) {
  if (!b || a.partition == b->partition) {
    return !b || a.offset > b->offset;
  }
  return a.timestamp_ms >= b->timestamp_ms;
}

}  // namespace

CheckpointPlace PlaceOfPipeline(std::string_view pipeline, int32_t replication) {
  return {
      std::string(pipeline),
      fmt::format("{}.{}", kPositionsTopic, pipeline),
      replication,
      std::string(kPositionsTopic)};
}

Result<std::unique_ptr<KafkaCheckpointStore>> KafkaCheckpointStore::Open(
    const KafkaOptions& options, const CheckpointPlace& place
) {
  const std::unique_ptr<Admin> admin = ROWHOUSE_TRY(Admin::Open(options));
  ROWHOUSE_TRY(admin->EnsureTopics(
      {CompactedTopic(place.topic, place.replication)}, Deadline::After(options.request_timeout)
  ));
  return std::unique_ptr<KafkaCheckpointStore>(
      new KafkaCheckpointStore(options, place, ReadTo::kWritten)
  );
}

std::unique_ptr<KafkaCheckpointStore> KafkaCheckpointStore::ToLook(
    const KafkaOptions& options, const CheckpointPlace& place
) {
  return std::unique_ptr<KafkaCheckpointStore>(
      new KafkaCheckpointStore(options, place, ReadTo::kCommitted)
  );
}

Result<std::optional<Record>> KafkaCheckpointStore::Newest(
    const std::string& topic, Deadline deadline
) const {
  auto reader = Reader::OpenTopic(options_, topic, deadline);
  if (!reader) {
    const bool missing = reader.error().kind() == ErrorKind::kNotFound;
    return missing ? Result<std::optional<Record>>(std::nullopt) : std::move(reader).error();
  }
  std::optional<Record> newest;
  const auto keep = [&](const Record& record) {
    if (record.key == place_.pipeline && Newer(record, newest)) {
      newest = record;
    }
  };
  ROWHOUSE_TRY((*reader)->ReadToEnd(keep, deadline, end_));
  return newest;
}

Result<std::optional<Checkpoint>> KafkaCheckpointStore::Load() {
  const Deadline deadline = Deadline::After(options_.request_timeout);
  if (!options_.transactional_id.empty()) {
    ROWHOUSE_TRY(producer_.TakeOver());
  }
  const std::optional<Record> last = ROWHOUSE_TRY(Newest(place_.topic, deadline));
  if (last) {
    return Parsed(place_.topic, *last);
  }
  return place_.former_topic.empty() ? std::optional<Checkpoint>() : LoadFormer(deadline);
}

Result<std::optional<Checkpoint>> KafkaCheckpointStore::Parsed(
    const std::string& topic, const Record& record
) const {
  if (!record.value) {
    return std::optional<Checkpoint>{};
  }
  Result<Checkpoint> checkpoint = Checkpoint::FromJson(*record.value);
  if (!checkpoint) {
    return std::move(checkpoint)
        .error()
        .Context(fmt::format(
            "checkpoint '{}' at {}[{}]@{}", place_.pipeline, topic, record.partition, record.offset
        ));
  }
  return std::optional<Checkpoint>(std::move(checkpoint).value());
}

Result<std::optional<Checkpoint>> KafkaCheckpointStore::LoadFormer(Deadline deadline) {
  const std::optional<Record> former = ROWHOUSE_TRY(Newest(place_.former_topic, deadline));
  if (!former || former->value == kMoved) {
    return std::optional<Checkpoint>{};
  }
  auto checkpoint = ROWHOUSE_TRY(Parsed(place_.former_topic, *former));
  if (checkpoint && end_ == ReadTo::kWritten) {
    ROWHOUSE_TRY(Save(*checkpoint));
    KafkaOptions options = options_;
    options.transactional_id.clear();
    ROWHOUSE_TRY(SyncProducer(options, place_.former_topic).Put(place_.pipeline, kMoved));
  }
  return checkpoint;
}

Status KafkaCheckpointStore::Save(const Checkpoint& checkpoint) {
  ROWHOUSE_TRY(producer_.Put(place_.pipeline, checkpoint.ToJson()));
  return Ok();
}

}  // namespace rowhouse::kafka
