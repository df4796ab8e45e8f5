// What a Watch sees, as metrics.

#include <algorithm>

#include "inspect/watch.h"

namespace rowhouse::inspect {

namespace {

using metrics::Labels;

}  // namespace

void Watch::Export() {
  const SightPtr sight = Latest();
  const std::pair<const char*, const PartSight&> parts[] = {
      {"source", sight->source},
      {"kafka", sight->kafka},
      {"registry", sight->registry},
      {"clickhouse", sight->clickhouse}};
  for (const auto& [name, part] : parts) {
    if (part.state == PartSight::State::kOk || part.state == PartSight::State::kDown) {
      const bool up = part.state == PartSight::State::kOk;
      metrics_.GetGauge(metrics::kPartUp, {{"part", name}}).Set(up ? 1 : 0);
    }
  }
  const auto set = [this](const metrics::MetricInfo& metric, const std::optional<uint64_t>& value) {
    if (value) {
      metrics_.GetGauge(metric).Set(static_cast<double>(*value));
    }
  };
  set(metrics::kSourceLagBytes, sight->log.behind_bytes);
  set(metrics::kSourceRetention, sight->log.retention_seconds);
  std::optional<StageSeconds> slowest;
  for (const auto& [id, table] : sight->tables) {
    ExportTable(id, table);
    ExportGroup(table);
    if (table.stages && (!slowest || slowest->total < table.stages->total)) {
      slowest = table.stages;
    }
  }
  if (slowest) {
    const std::pair<const char*, double> stages[] = {
        {"read", slowest->read}, {"produce", slowest->produce}, {"insert", slowest->insert}};
    for (const auto& [stage, took] : stages) {
      metrics_.GetGauge(metrics::kStageSeconds, {{"stage", stage}}).Set(took);
    }
  }
}

// Tables that ClickHouse knows nothing of show nothing: thousands may be empty and quiet.
void Watch::ExportTable(const TableId& id, const TableSight& table) {
  if (!table.messages) {
    return;
  }
  const Labels labels = {{"table", id.ToString()}};
  metrics_.GetGauge(metrics::kFreshness, labels).Set(table.lag_seconds);
  const bool dropped = std::ranges::any_of(table.partitions, [](const PartitionSight& partition) {
    return partition.consumed && *partition.consumed < partition.begin;
  });
  if (table.kept_seconds || dropped) {
    const double used = table.kept_seconds ? table.lag_seconds / *table.kept_seconds : 0;
    metrics_.GetGauge(metrics::kRetentionUsed, labels).Set(std::max(used, dropped ? 1.0 : 0.0));
  }
  metrics_.GetGauge(metrics::kSinkRows, labels).Set(static_cast<double>(*table.messages));
  metrics_.GetGauge(metrics::kSinkParts, labels).Set(static_cast<double>(table.active_parts));
  metrics_.GetGauge(metrics::kDeadLetters, labels)
      .Set(static_cast<double>(table.dead_letters.value_or(0)));
}

void Watch::ExportGroup(const TableSight& table) {
  const std::string& cluster = options_.pipeline;
  int64_t most = 0;
  bool known = false;
  for (const PartitionSight& partition : table.partitions) {
    const std::string number = std::to_string(partition.partition);
    metrics_
        .GetGauge(
            metrics::kLatestOffset,
            {{"cluster_name", cluster}, {"topic", table.topic}, {"partition", number}}
        )
        .Set(static_cast<double>(partition.end));
    if (!partition.consumed) {
      continue;
    }
    known = true;
    const int64_t lag = std::max<int64_t>(0, partition.end - *partition.consumed);
    most = std::max(most, lag);
    const Labels labels = {
        {"cluster_name", cluster},
        {"group", table.group},
        {"topic", table.topic},
        {"partition", number}};
    metrics_.GetGauge(metrics::kGroupLag, labels).Set(static_cast<double>(lag));
    metrics_.GetGauge(metrics::kGroupLagSeconds, labels).Set(partition.lag_seconds);
  }
  if (known) {
    const Labels labels = {{"cluster_name", cluster}, {"group", table.group}};
    metrics_.GetGauge(metrics::kGroupMaxLag, labels).Set(static_cast<double>(most));
    metrics_.GetGauge(metrics::kGroupMaxLagSeconds, labels).Set(table.lag_seconds);
  }
}

}  // namespace rowhouse::inspect
