#include "metrics/names.h"

namespace rowhouse::metrics {

std::span<const MetricInfo> AllMetrics() {
  static constexpr MetricInfo kAll[] = {
      kBuildInfo,
      kPipelineState,
      kTableState,
      kRestarts,
      kSourceConnected,
      kSourceLagSeconds,
      kSourceLagBytes,
      kSourceSinceLastEvent,
      kSourceEvents,
      kSourceEventsFiltered,
      kSourceBytes,
      kSourceErrors,
      kQueueEvents,
      kQueueBytes,
      kQueueCapacityBytes,
      kSnapshotState,
      kSnapshotRows,
      kSnapshotRowsEstimated,
      kSnapshotTablesRemaining,
      kStageLagSeconds,
      kKafkaAppended,
      kKafkaAcknowledged,
      kKafkaProducedBytes,
      kKafkaProduceErrors,
      kKafkaProduceSeconds,
      kCheckpointAge,
      kSchemaIncompatible,
      kDdl,
      kEndToEndSeconds,
      kFreshness,
      kSinkRows,
      kSinkErrors,
      kSinkRetries,
      kSinkInsertSeconds,
      kSinkBatchRows,
      kGroupLag,
      kProcessCpu,
      kProcessMemory,
      kProcessFds,
      kProcessStart,
  };
  return kAll;
}

}  // namespace rowhouse::metrics
