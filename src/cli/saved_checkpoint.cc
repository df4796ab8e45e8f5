#include "cli/saved_checkpoint.h"

#include <string>

#include "cli/wiring.h"
#include "kafka/admin.h"
#include "kafka/checkpoint_store.h"
#include "model/topic.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kAskLimit{5};

}  // namespace

Result<std::optional<Checkpoint>> LookAtCheckpoint(const config::Config& config) {
  kafka::KafkaOptions options = KafkaOptionsOf(config);
  const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(options));
  const auto topic = admin->Topic(std::string(kPositionsTopic), Deadline::After(kAskLimit));
  if (!topic && topic.error().kind() == ErrorKind::kNotFound) {
    return std::optional<Checkpoint>();  // and looking does not make it
  }
  (void)ROWHOUSE_TRY(topic);
  options.request_timeout = kAskLimit;
  kafka::CheckpointPlace place;
  place.pipeline = config.pipeline;
  const auto store = ROWHOUSE_TRY(kafka::KafkaCheckpointStore::Open(options, place));
  return store->Load();
}

}  // namespace rowhouse::cli
