#pragma once

#include <span>
#include <string_view>

namespace rowhouse::metrics {

enum class Kind { kCounter, kGauge, kHistogram };

// What one metric is called and means; the manual's list is made from these.
struct MetricInfo {
  std::string_view name;
  Kind kind = Kind::kGauge;
  std::string_view labels;  // comma list, without the constant ones (pipeline)
  std::string_view help;
};

// Every metric that rowhouse shows, and none that it does not fill. Base units, `_total` on
// counters, a state as 0 or 1 each; labels are never keys, positions or error texts.
inline constexpr MetricInfo kBuildInfo{
    "rowhouse_build_info", Kind::kGauge, "version", "Always 1; the version is a label."};
inline constexpr MetricInfo kPipelineState{
    "rowhouse_pipeline_state", Kind::kGauge, "state", "1 for the state the pipeline is in."};
inline constexpr MetricInfo kTableState{
    "rowhouse_table_state", Kind::kGauge, "table,state", "1 for the state the table is in."};
inline constexpr MetricInfo kTableLeftOut{
    "rowhouse_table_left_out",
    Kind::kGauge,
    "table",
    "1 while the table lacks changes that were skipped; a comparison that finds it whole sets 0."};
inline constexpr MetricInfo kRestarts{
    "rowhouse_restarts_total", Kind::kCounter, "part", "Restarts of a part after a failure."};

inline constexpr MetricInfo kTakeovers{
    "rowhouse_takeovers_total", Kind::kCounter, "", "Times this process took over as a standby."};

inline constexpr MetricInfo kSourceConnected{
    "rowhouse_source_connected", Kind::kGauge, "", "1 while the change stream is connected."};
inline constexpr MetricInfo kSourceLagSeconds{
    "rowhouse_source_lag_seconds",
    Kind::kGauge,
    "",
    "Age of the last change read when it was read; 0 when caught up."};
inline constexpr MetricInfo kSourceSinceLastEvent{
    "rowhouse_source_seconds_since_last_event", Kind::kGauge, "", "Time since the last change."};
inline constexpr MetricInfo kSourceEvents{
    "rowhouse_source_events_total", Kind::kCounter, "table,op", "Row changes read, by operation."};

inline constexpr MetricInfo kSnapshotRows{
    "rowhouse_snapshot_rows_total", Kind::kCounter, "table", "Rows loaded, of all starts."};
inline constexpr MetricInfo kSnapshotRowsEstimated{
    "rowhouse_snapshot_rows_estimated",
    Kind::kGauge,
    "table",
    "Rows of a table that is being loaded, as the server estimates them."};
inline constexpr MetricInfo kSnapshotChunks{
    "rowhouse_snapshot_chunks_total", Kind::kCounter, "table", "Chunks loaded since the start."};
inline constexpr MetricInfo kSnapshotTablesRemaining{
    "rowhouse_snapshot_tables_remaining", Kind::kGauge, "", "Tables still to be loaded."};

inline constexpr MetricInfo kKafkaAppended{
    "rowhouse_kafka_appended_records_total", Kind::kCounter, "", "Records handed to the producer."};
inline constexpr MetricInfo kKafkaAcknowledged{
    "rowhouse_kafka_produced_records_total",
    Kind::kCounter,
    "",
    "Records that the brokers acknowledged."};
inline constexpr MetricInfo kKafkaProducedBytes{
    "rowhouse_kafka_produced_bytes_total", Kind::kCounter, "", "Key and value bytes."};
inline constexpr MetricInfo kKafkaCommits{
    "rowhouse_kafka_commits_total", Kind::kCounter, "", "Commits of Kafka transactions."};
inline constexpr MetricInfo kKafkaCommitSeconds{
    "rowhouse_kafka_commit_seconds_total",
    Kind::kCounter,
    "",
    "Time spent in them, with waiting for acknowledgements."};
inline constexpr MetricInfo kCheckpointAge{
    "rowhouse_checkpoint_age_seconds", Kind::kGauge, "", "Time since the last saved position."};

inline constexpr MetricInfo kProcessCpu{
    "process_cpu_seconds_total", Kind::kCounter, "", "CPU time used."};
inline constexpr MetricInfo kProcessMemory{
    "process_resident_memory_bytes", Kind::kGauge, "", "Resident memory."};
inline constexpr MetricInfo kProcessFds{
    "process_open_fds", Kind::kGauge, "", "Open file descriptors."};
inline constexpr MetricInfo kProcessStart{
    "process_start_time_seconds", Kind::kGauge, "", "Start of the process, Unix time."};

inline constexpr MetricInfo kVerifyRows{
    "rowhouse_verify_rows", Kind::kGauge, "table", "Rows the last verify.every pass compared."};
inline constexpr MetricInfo kVerifyDiffering{
    "rowhouse_verify_differing_rows",
    Kind::kGauge,
    "table",
    "Rows that differed between MySQL and ClickHouse in the last pass."};
inline constexpr MetricInfo kVerifyFailed{
    "rowhouse_verify_failed_tables", Kind::kGauge, "", "Tables the last pass could not compare."};
inline constexpr MetricInfo kVerifyTime{
    "rowhouse_verify_last_timestamp_seconds", Kind::kGauge, "", "When the last pass ended."};
inline constexpr MetricInfo kVerifySeconds{
    "rowhouse_verify_duration_seconds", Kind::kGauge, "", "How long the last pass took."};

inline constexpr MetricInfo kPartUp{
    "rowhouse_part_up",
    Kind::kGauge,
    "part",
    "1 while the source, kafka, registry or clickhouse answers."};
inline constexpr MetricInfo kEndToEnd{
    "rowhouse_end_to_end_seconds",
    Kind::kHistogram,
    "",
    "From a change's commit in the source until it is visible in ClickHouse; loaded rows not. "
    "MariaDB's log tells commits by whole seconds: up to one too long there."};
inline constexpr MetricInfo kFreshness{
    "rowhouse_freshness_seconds",
    Kind::kGauge,
    "table",
    "How long the oldest message that ClickHouse has not read has waited; 0 when it has all."};
inline constexpr MetricInfo kStageSeconds{
    "rowhouse_stage_lag_seconds",
    Kind::kGauge,
    "stage",
    "Median time of the newest messages in a stage: read, produce, insert."};
inline constexpr MetricInfo kSourceLagBytes{
    "rowhouse_source_lag_bytes", Kind::kGauge, "", "Binary log after the saved position."};
inline constexpr MetricInfo kSourceRetention{
    "rowhouse_source_log_retention_seconds",
    Kind::kGauge,
    "",
    "How long the source keeps its binary log; 0: for ever."};
inline constexpr MetricInfo kSinkRows{
    "rowhouse_sink_rows_total", Kind::kCounter, "table", "Messages in the history table."};
inline constexpr MetricInfo kQueueRestarts{
    "rowhouse_sink_queue_restarts_total",
    Kind::kCounter,
    "",
    "Kafka tables of ClickHouse made anew because their consumers had failed for good."};
inline constexpr MetricInfo kSinkParts{
    "rowhouse_sink_active_parts", Kind::kGauge, "table", "Active parts of its largest table."};
inline constexpr MetricInfo kRetentionUsed{
    "rowhouse_topic_retention_used_ratio",
    Kind::kGauge,
    "table",
    "Age of its oldest message that ClickHouse has not read, as a share of what its topic keeps."};
inline constexpr MetricInfo kDeadLetters{
    "rowhouse_dlq_records", Kind::kGauge, "table", "Messages that did not parse."};

// Named as lag exporters do, so that dashboards made for these work.
inline constexpr MetricInfo kGroupLag{
    "kafka_consumergroup_group_lag",
    Kind::kGauge,
    "cluster_name,group,topic,partition",
    "Offsets that the group has not read."};
inline constexpr MetricInfo kGroupLagSeconds{
    "kafka_consumergroup_group_lag_seconds",
    Kind::kGauge,
    "cluster_name,group,topic,partition",
    "How long the oldest of them has waited."};
inline constexpr MetricInfo kGroupMaxLag{
    "kafka_consumergroup_group_max_lag",
    Kind::kGauge,
    "cluster_name,group",
    "The most of the group's partitions."};
inline constexpr MetricInfo kGroupMaxLagSeconds{
    "kafka_consumergroup_group_max_lag_seconds",
    Kind::kGauge,
    "cluster_name,group",
    "The longest of the group's partitions."};
inline constexpr MetricInfo kLatestOffset{
    "kafka_partition_latest_offset",
    Kind::kGauge,
    "cluster_name,topic,partition",
    "The offset of the next record."};

// All of the above, in the manual's order.
std::span<const MetricInfo> AllMetrics();

}  // namespace rowhouse::metrics
