#include "cli/saved_checkpoint.h"

#include "cli/wiring.h"
#include "kafka/checkpoint_store.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kAskLimit{5};

}  // namespace

Result<std::optional<Checkpoint>> LookAtCheckpoint(const config::Config& config) {
  kafka::KafkaOptions options = KafkaOptionsOf(config);
  options.request_timeout = kAskLimit;
  return kafka::KafkaCheckpointStore::ToLook(options, CheckpointPlaceOf(config))->Load();
}

}  // namespace rowhouse::cli
