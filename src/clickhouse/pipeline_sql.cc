#include "clickhouse/pipeline_sql.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "clickhouse/client.h"
#include "clickhouse/pipeline_objects.h"
#include "model/topic.h"

namespace rowhouse::clickhouse {
namespace {

using Kind = PipelineObject::Kind;
using Column = PipelineObject::Column;

constexpr auto kOurs =
    std::to_array<std::string_view>({"_version", "_is_deleted", "_sign", "_count", "_copy"});

// What a queue's table has besides its columns; the stand-in for views needs them by name.
const std::vector<Column>& VirtualColumns() {
  static const std::vector<Column> columns = {
      {"_topic", "LowCardinality(String)", ""},
      {"_partition", "UInt64", ""},
      {"_offset", "UInt64", ""},
      {"_key", "String", ""},
      {"_timestamp_ms", "Nullable(DateTime64(3))", ""},
      {"_raw_message", "String", ""},
      {"_error", "String", ""},
  };
  return columns;
}

std::string Replaced(std::string text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
  return text;
}

}  // namespace

std::string TableName(const PipelineOptions& options, const TableId& id) {
  return Replaced(Replaced(options.table_name, "{db}", id.db), "{table}", id.table);
}

std::string PipelineObject::QuotedName() const {
  return name.empty() ? QuoteName(database)
                      : fmt::format("{}.{}", QuoteName(database), QuoteName(name));
}

std::string StandInSql(const PipelineObject& queue) {
  std::vector<Column> columns = queue.columns;
  columns.insert(columns.end(), VirtualColumns().begin(), VirtualColumns().end());
  return fmt::format(
      "CREATE TABLE {} (\n{}\n)\nENGINE = Null", queue.QuotedName(), ColumnList(columns)
  );
}

std::string StatementMark(std::string_view sql) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : sql) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
  }
  return fmt::format("rowhouse {:016x}", hash);
}

std::string GroupName(const PipelineOptions& options, const TableId& id) {
  return fmt::format(
      "{}.{}.{}", options.group_prefix, options.history_database, SanitizeTopic(id.ToString())
  );
}

Result<TablePipeline> StartPipeline(const TableSchema& table, const PipelineOptions& options) {
  TablePipeline out;
  out.table = table.id;
  out.topic = DataTopic(options.topics, table.id);
  out.group = GroupName(options, table.id);
  out.columns = ROWHOUSE_TRY(types::ClickHouseColumns(table, options.types));
  for (const auto& column : out.columns) {
    if (std::find(kOurs.begin(), kOurs.end(), column.name) != kOurs.end()) {
      return Error(
                 ErrorKind::kUnsupported,
                 fmt::format(
                     "{}: column {} has the name of one that rowhouse adds in ClickHouse",
                     table.id.ToString(),
                     column.name
                 )
      )
          .WithHint("exclude the table, or rename the column in MySQL");
    }
  }
  out.data = FreshColumns(table, out.columns);
  for (const uint32_t index : table.primary_key) {
    out.key.push_back(table.columns[index].name);
  }
  return out;
}

void FinishPipeline(const PipelineOptions& options, TablePipeline& pipeline) {
  pipeline.objects.clear();
  AddObjects(options, pipeline);
}

Result<TablePipeline> BuildPipeline(const TableSchema& table, const PipelineOptions& options) {
  TablePipeline out = ROWHOUSE_TRY(StartPipeline(table, options));
  FinishPipeline(options, out);
  return out;
}

Status CheckNames(const std::vector<TablePipeline>& pipelines) {
  std::map<std::string, const TablePipeline*> owners;
  for (const auto& pipeline : pipelines) {
    for (const auto& object : pipeline.objects) {
      if (object.kind == Kind::kDatabase) {
        continue;
      }
      const auto [at, fresh] = owners.emplace(object.QuotedName(), &pipeline);
      if (!fresh && at->second != &pipeline) {
        return Error(
                   ErrorKind::kConfig,
                   fmt::format(
                       "{} and {} would both make {} in ClickHouse",
                       at->second->table.ToString(),
                       pipeline.table.ToString(),
                       object.QuotedName()
                   )
        )
            .WithHint("name ClickHouse's tables by {db}_{table}, or leave one of the two out");
      }
    }
  }
  return Ok();
}

}  // namespace rowhouse::clickhouse
