#include "metrics/names.h"

namespace rowhouse::metrics {

std::span<const MetricInfo> AllMetrics() {
  static constexpr MetricInfo kAll[] = {
      kBuildInfo,
      kPipelineState,
      kTableState,
      kTableLeftOut,
      kRestarts,
      kTakeovers,
      kKafkaCommits,
      kKafkaCommitSeconds,
      kSourceConnected,
      kSourceLagSeconds,
      kSourceSinceLastEvent,
      kSourceEvents,
      kSnapshotRows,
      kSnapshotRowsEstimated,
      kSnapshotChunks,
      kSnapshotTablesRemaining,
      kKafkaAppended,
      kKafkaAcknowledged,
      kKafkaProducedBytes,
      kCheckpointAge,
      kVerifyRows,
      kVerifyDiffering,
      kVerifyFailed,
      kVerifyTime,
      kVerifySeconds,
      kPartUp,
      kEndToEnd,
      kFreshness,
      kStageSeconds,
      kSourceLagBytes,
      kSourceRetention,
      kSinkRows,
      kQueueRestarts,
      kSinkParts,
      kRetentionUsed,
      kDeadLetters,
      kGroupLag,
      kGroupLagSeconds,
      kGroupMaxLag,
      kGroupMaxLagSeconds,
      kLatestOffset,
      kProcessCpu,
      kProcessMemory,
      kProcessFds,
      kProcessStart,
  };
  return kAll;
}

}  // namespace rowhouse::metrics
