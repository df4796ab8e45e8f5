#include "cli/grafana.h"

#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kColumns = 24;
constexpr int kHeight = 8;

// One picture: its queries, each with a legend.
struct Panel {
  std::string title;
  std::string kind;  // stat, timeseries
  std::string unit;  // Grafana's: s, ops, bytes, short
  int width = 12;
  std::vector<std::pair<std::string, std::string>> queries;
};

// Every query is of the chosen pipelines: {p} stands for the matcher.
std::string Query(std::string text) {
  constexpr std::string_view kMark = "{p}";
  const std::string matcher = "pipeline=~\"$pipeline\"";
  for (size_t at = text.find(kMark); at != std::string::npos; at = text.find(kMark, at)) {
    text.replace(at, kMark.size(), matcher);
  }
  return text;
}

Json Source() {
  return {{"type", "prometheus"}, {"uid", "${datasource}"}};
}

Json PanelJson(const Panel& panel, int id, int x, int y) {
  Json targets = Json::array();
  char ref = 'A';
  for (const auto& [query, legend] : panel.queries) {
    targets.push_back(
        {{"refId", std::string(1, ref++)},
         {"datasource", Source()},
         {"expr", Query(query)},
         {"legendFormat", legend}}
    );
  }
  return {
      {"id", id},
      {"title", panel.title},
      {"type", panel.kind},
      {"datasource", Source()},
      {"gridPos", {{"x", x}, {"y", y}, {"w", panel.width}, {"h", kHeight}}},
      {"fieldConfig",
       {{"defaults", {{"unit", panel.unit}, {"min", 0}}}, {"overrides", Json::array()}}},
      {"targets", targets}};
}

Json Variables() {
  const Json datasource = {
      {"name", "datasource"}, {"type", "datasource"}, {"query", "prometheus"}, {"label", "Source"}};
  const Json pipeline = {
      {"name", "pipeline"},
      {"label", "Pipeline"},
      {"type", "query"},
      {"datasource", Source()},
      {"query", "label_values(rowhouse_build_info, pipeline)"},
      {"refresh", 2},
      {"multi", true},
      {"includeAll", true},
      {"current", {{"text", "All"}, {"value", "$__all"}}}};
  return Json::array({datasource, pipeline});
}

std::vector<Panel> Overview() {
  return {
      {"Behind the source", "stat", "s", 6, {{"max(rowhouse_source_lag_seconds{{p}})", ""}}},
      {"Oldest waiting message", "stat", "s", 6, {{"max(rowhouse_freshness_seconds{{p}})", ""}}},
      {"Tables parked",
       "stat",
       "short",
       6,
       {{"sum(rowhouse_table_state{state=\"failed\",{p}})", ""}}},
      {"Dead letters", "stat", "short", 6, {{"sum(rowhouse_dlq_records{{p}})", ""}}},
      {"Commit to visible",
       "timeseries",
       "s",
       12,
       {{"histogram_quantile(0.5, sum by (le) "
         "(rate(rowhouse_end_to_end_seconds_bucket{{p}}[$__rate_interval])))",
         "p50"},
        {"histogram_quantile(0.99, sum by (le) "
         "(rate(rowhouse_end_to_end_seconds_bucket{{p}}[$__rate_interval])))",
         "p99"}}},
      {"Where the time goes",
       "timeseries",
       "s",
       12,
       {{"max by (stage) (rowhouse_stage_lag_seconds{{p}})", "{{stage}}"}}},
      {"Changes read",
       "timeseries",
       "ops",
       12,
       {{"sum by (op) (rate(rowhouse_source_events_total{{p}}[$__rate_interval]))", "{{op}}"}}},
      {"Records acknowledged, messages visible",
       "timeseries",
       "ops",
       12,
       {{"sum(rate(rowhouse_kafka_produced_records_total{{p}}[$__rate_interval]))", "Kafka"},
        {"sum(rate(rowhouse_sink_rows_total{{p}}[$__rate_interval]))", "ClickHouse"}}},
      {"Parts of the pipeline",
       "timeseries",
       "short",
       12,
       {{"min by (part) (rowhouse_part_up{{p}})", "{{part}}"}}},
      {"CPU and memory",
       "timeseries",
       "short",
       12,
       {{"rate(process_cpu_seconds_total{{p}}[$__rate_interval])", "cores"},
        {"process_resident_memory_bytes{{p}} / 1048576", "MiB"}}}};
}

std::vector<Panel> Tables() {
  return {
      {"Changes by table",
       "timeseries",
       "ops",
       24,
       {{"topk(10, sum by (table) (rate(rowhouse_source_events_total{{p}}[$__rate_interval])))",
         "{{table}}"}}},
      {"Oldest waiting message",
       "timeseries",
       "s",
       12,
       {{"topk(10, rowhouse_freshness_seconds{{p}})", "{{table}}"}}},
      {"Dead letters", "timeseries", "short", 12, {{"rowhouse_dlq_records{{p}} > 0", "{{table}}"}}},
      {"First load: rows",
       "timeseries",
       "short",
       12,
       {{"rowhouse_snapshot_rows_total{{p}}", "{{table}}"}}},
      {"First load: rows a second",
       "timeseries",
       "ops",
       12,
       {{"rate(rowhouse_snapshot_rows_total{{p}}[$__rate_interval])", "{{table}}"}}},
      {"Tables parked",
       "timeseries",
       "short",
       12,
       {{"rowhouse_table_state{state=\"failed\",{p}} == 1", "{{table}}"}}},
      {"Rows that differ at the last comparison",
       "timeseries",
       "short",
       12,
       {{"rowhouse_verify_differing_rows{{p}}", "{{table}}"}}}};
}

std::vector<Panel> Sink() {
  return {
      {"Lag of the consumers",
       "timeseries",
       "short",
       12,
       {{"topk(10, kafka_consumergroup_group_max_lag{{p}})", "{{group}}"}}},
      {"Lag in seconds",
       "timeseries",
       "s",
       12,
       {{"topk(10, kafka_consumergroup_group_max_lag_seconds{{p}})", "{{group}}"}}},
      {"Messages visible",
       "timeseries",
       "ops",
       12,
       {{"topk(10, rate(rowhouse_sink_rows_total{{p}}[$__rate_interval]))", "{{table}}"}}},
      {"Active parts",
       "timeseries",
       "short",
       12,
       {{"topk(10, rowhouse_sink_active_parts{{p}})", "{{table}}"}}},
      {"Produced",
       "timeseries",
       "Bps",
       12,
       {{"rate(rowhouse_kafka_produced_bytes_total{{p}}[$__rate_interval])", "bytes"}}},
      {"Records on their way",
       "timeseries",
       "short",
       12,
       {{"rowhouse_kafka_appended_records_total{{p}} - "
         "rowhouse_kafka_produced_records_total{{p}}",
         "records"}}},
      {"Transactions",
       "timeseries",
       "s",
       12,
       {{"rate(rowhouse_kafka_commit_seconds_total{{p}}[$__rate_interval]) / "
         "rate(rowhouse_kafka_commits_total{{p}}[$__rate_interval])",
         "a commit"}}},
      {"Binary log not read yet",
       "timeseries",
       "bytes",
       12,
       {{"rowhouse_source_lag_bytes{{p}}", "bytes"}}}};
}

}  // namespace

std::string GrafanaDashboard(const std::string& name) {
  const std::vector<Panel> panels =
      name == "tables" ? Tables() : (name == "sink" ? Sink() : Overview());
  Json list = Json::array();
  int x = 0;
  int y = 0;
  for (const Panel& panel : panels) {
    if (x + panel.width > kColumns) {
      x = 0;
      y += kHeight;
    }
    list.push_back(PanelJson(panel, static_cast<int>(list.size()) + 1, x, y));
    x += panel.width;
  }
  const Json json = {
      {"title", "rowhouse " + name},
      {"uid", "rowhouse-" + name},
      {"tags", {"rowhouse"}},
      {"schemaVersion", 39},
      {"editable", true},
      {"refresh", "10s"},
      {"time", {{"from", "now-1h"}, {"to", "now"}}},
      {"templating", {{"list", Variables()}}},
      {"panels", list}};
  return json.dump(2) + "\n";
}

}  // namespace rowhouse::cli
