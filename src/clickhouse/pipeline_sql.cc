#include "clickhouse/pipeline_sql.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "clickhouse/client.h"
#include "model/topic.h"

namespace rowhouse::clickhouse {
namespace {

using Kind = PipelineObject::Kind;
using Column = PipelineObject::Column;

// Rows of T_errors, T and T_marks that a repeated insert brings again are dropped.
constexpr std::string_view kDedup = "non_replicated_deduplication_window = 1000";

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

std::string ColumnList(const std::vector<Column>& columns) {
  std::string list;
  for (const auto& c : columns) {
    list += fmt::format(
        "{}    {} {}{}{}",
        list.empty() ? "" : ",\n",
        QuoteName(c.name),
        c.type,
        c.rest.empty() ? "" : " ",
        c.rest
    );
  }
  return list;
}

// "a AS b" lines of a SELECT.
class SelectList {
 public:
  void Add(std::string_view expression, std::string_view name) {
    const std::string quoted = QuoteName(name);
    text_ += fmt::format("{}    {}", text_.empty() ? "" : ",\n", expression);
    if (expression != quoted) {
      text_ += " AS " + quoted;
    }
  }

  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

// Version of a change: ours as 32 hex digits; by real Debezium from file, position and row, where
// snapshot rows of a table without key, which must stay distinct, count by their place in Kafka.
std::string VersionExpression(bool keyed) {
  const std::string ordinal = keyed
                                  ? "if(op = 'r', 0, `source.row` + 1)"
                                  : "if(op = 'r', _offset * 64 + _partition + 1, `source.row` + 1)";
  return fmt::format(
      "if(length(ifNull(`source.sequence`, '')) = 32,\n"
      "        reinterpretAsUInt128(reverse(unhex(assumeNotNull(`source.sequence`)))),\n"
      "        bitShiftLeft(toUInt128(toUInt32OrZero(extract(`source.file`, '([0-9]+)$'))), 80)\n"
      "        + bitShiftLeft(toUInt128(`source.pos`), 32) + toUInt32({}))",
      ordinal
  );
}

// One table's objects, made in order.
class Builder {
 public:
  Builder(const TableSchema& table, const PipelineOptions& options, TablePipeline& out)
      : table_(table), options_(options), out_(out) {
    name_ = Replaced(Replaced(options.table_name, "{db}", table.id.db), "{table}", table.id.table);
    history_ = Name(options.history_database, "");
    current_ = Name(options.current_database, "");
    queue_ = Name(options.history_database, "_queue");
    marks_ = Name(options.history_database, "_marks");
  }

  void Build() {
    Database(options_.history_database);
    if (options_.current_database != options_.history_database) {
      Database(options_.current_database);
    }
    History();
    Errors();
    Marks();
    table_.has_key() ? Current() : CurrentWithoutKey();
    table_.has_key() ? CurrentView() : CurrentViewWithoutKey();
    // Routes from the end to the start, so that each finds the next one there.
    if (table_.has_key()) {
      TruncateRoute();
    }
    MarksRoute();
    table_.has_key() ? CurrentRoute() : CurrentRouteWithoutKey();
    ErrorsRoute();
    HistoryRoute();
    Queue();
  }

 private:
  std::string Name(const std::string& database, std::string_view suffix) const {
    return fmt::format("{}.{}", QuoteName(database), QuoteName(fmt::format("{}{}", name_, suffix)));
  }

  PipelineObject& Add(Kind kind, const std::string& database, std::string_view suffix) {
    PipelineObject& object = out_.objects.emplace_back();
    object.kind = kind;
    object.database = database;
    object.name = fmt::format("{}{}", name_, suffix);
    return object;
  }

  static void Finish(PipelineObject& object, std::string sql) {
    object.sql = fmt::format("{}\nCOMMENT {}", sql, QuoteText(StatementMark(sql)));
  }

  void Database(const std::string& name) {
    PipelineObject& object = out_.objects.emplace_back();
    object.kind = Kind::kDatabase;
    object.database = name;
    object.sql = "CREATE DATABASE IF NOT EXISTS " + QuoteName(name);
  }

  // ReplacingMergeTree and MergeTree tables.
  void Data(PipelineObject& object, std::string_view engine) {
    Finish(
        object,
        fmt::format(
            "CREATE TABLE IF NOT EXISTS {} (\n{}\n)\nENGINE = {}",
            object.QuotedName(),
            ColumnList(object.columns),
            engine
        )
    );
  }

  void Route(
      const std::string& database,
      std::string_view suffix,
      std::string_view to,
      std::string_view select
  ) {
    PipelineObject& object = Add(Kind::kRoute, database, suffix);
    Finish(
        object,
        fmt::format(
            "CREATE MATERIALIZED VIEW IF NOT EXISTS {} TO {} AS\n{}",
            object.QuotedName(),
            to,
            select
        )
    );
  }

  void History() {
    PipelineObject& object = Add(Kind::kData, options_.history_database, "");
    auto& c = object.columns;
    c.push_back({"op", "LowCardinality(String)", ""});
    for (const std::string_view side : {"before_", "after_"}) {
      for (const auto& column : out_.columns) {
        c.push_back({fmt::format("{}{}", side, column.name), column.null_type, ""});
      }
    }
    for (const auto& meta : std::vector<Column>{
             {"version", "UInt128", ""},
             {"source_time", "DateTime64(6, 'UTC')", ""},
             {"source_file", "LowCardinality(String)", ""},
             {"source_pos", "UInt64", ""},
             {"source_row", "UInt32", ""},
             {"source_gtid", "Nullable(String)", ""},
             {"source_server_id", "UInt32", ""},
             {"snapshot", "Bool", ""},
             {"capture_time", "DateTime64(6, 'UTC')", ""},
             {"topic", "LowCardinality(String)", ""},
             {"partition", "UInt32", ""},
             {"offset", "UInt64", ""},
             {"key", "String", ""},
             {"broker_time", "DateTime64(3, 'UTC')", ""},
             {"kafka_timestamp", "DateTime64(3)", "DEFAULT now64(3)"}}) {
      c.push_back(meta);
    }
    Data(object, fmt::format("MergeTree\nORDER BY (`partition`, `offset`)\nSETTINGS {}", kDedup));
  }

  void Errors() {
    PipelineObject& object = Add(Kind::kData, options_.history_database, "_errors");
    object.columns = {
        {"error", "String", ""},
        {"raw_message", "String", ""},
        {"topic", "LowCardinality(String)", ""},
        {"partition", "UInt32", ""},
        {"offset", "UInt64", ""},
        {"key", "String", ""},
        {"broker_time", "DateTime64(3, 'UTC')", ""},
        {"kafka_timestamp", "DateTime64(3)", "DEFAULT now64(3)"}};
    Data(object, fmt::format("MergeTree\nORDER BY (`partition`, `offset`)\nSETTINGS {}", kDedup));
  }

  void Marks() {
    PipelineObject& object = Add(Kind::kData, options_.history_database, "_marks");
    object.columns = {
        {"version", "UInt128", ""}, {"kafka_timestamp", "DateTime64(3)", "DEFAULT now64(3)"}};
    Data(object, "ReplacingMergeTree\nORDER BY version");
  }

  void Current() {
    PipelineObject& object = Add(Kind::kData, options_.current_database, "");
    for (const auto& column : out_.columns) {
      object.columns.push_back({column.name, column.type, ""});
    }
    object.columns.push_back({"_version", "UInt128", ""});
    object.columns.push_back({"_is_deleted", "UInt8", ""});
    std::string key;
    for (const uint32_t index : table_.primary_key) {
      key += (key.empty() ? "" : ", ") + QuoteName(table_.columns[index].name);
    }
    Data(object, fmt::format("ReplacingMergeTree(_version, _is_deleted)\nORDER BY ({})", key));
  }

  void CurrentWithoutKey() {
    PipelineObject& object = Add(Kind::kData, options_.current_database, "");
    for (const auto& column : out_.columns) {
      object.columns.push_back({column.name, column.type, ""});
    }
    object.columns.push_back({"_version", "UInt128", ""});
    object.columns.push_back({"_sign", "Int8", ""});
    Data(object, "ReplacingMergeTree\nORDER BY (_version, _sign)");
  }

  std::string ColumnNames(std::string_view indent) const {
    std::string names;
    for (const auto& column : out_.columns) {
      names += fmt::format("{}{}{}", names.empty() ? "" : ",\n", indent, QuoteName(column.name));
    }
    return names;
  }

  void View(std::string_view select) {
    PipelineObject& object = Add(Kind::kView, options_.current_database, "_current");
    Finish(object, fmt::format("CREATE VIEW IF NOT EXISTS {} AS\n{}", object.QuotedName(), select));
  }

  void CurrentView() {
    View(fmt::format(
        "SELECT\n{}\nFROM {} FINAL\nWHERE _version > (SELECT max(version) FROM {})",
        ColumnNames("    "),
        current_,
        marks_
    ));
  }

  void CurrentViewWithoutKey() {
    View(fmt::format(
        "SELECT\n{}\nFROM (\n"
        "    SELECT\n{},\n        sum(_sign) AS _count\n"
        "    FROM {} FINAL\n    WHERE _version > (SELECT max(version) FROM {})\n"
        "    GROUP BY ALL\n    HAVING _count > 0\n)\n"
        "ARRAY JOIN range(toUInt64(_count)) AS _copy",
        ColumnNames("    "),
        ColumnNames("        "),
        current_,
        marks_
    ));
  }

  // TRUNCATE of a table with key: each row of before gets a deleted one. Runs for marks only.
  void TruncateRoute() {
    SelectList list;
    for (const auto& column : out_.columns) {
      list.Add("c." + QuoteName(column.name), column.name);
    }
    list.Add("m.version", "_version");
    list.Add("toUInt8(1)", "_is_deleted");
    Route(
        options_.current_database,
        "_truncate_mv",
        current_,
        fmt::format(
            "SELECT\n{}\nFROM {} AS m\nCROSS JOIN (SELECT * FROM {} FINAL) AS c\n"
            "WHERE c._version < m.version",
            list.text(),
            marks_,
            current_
        )
    );
  }

  void MarksRoute() {
    Route(
        options_.history_database,
        "_marks_mv",
        marks_,
        fmt::format("SELECT version\nFROM {}\nWHERE op = 't'", history_)
    );
  }

  void CurrentRoute() {
    SelectList list;
    for (const auto& column : out_.columns) {
      const std::string before = "h." + QuoteName("before_" + column.name);
      const std::string after = "h." + QuoteName("after_" + column.name);
      list.Add(
          column.WithoutNull(fmt::format("if(h.op = 'd', {}, {})", before, after)), column.name
      );
    }
    list.Add("h.version", "_version");
    list.Add("toUInt8(h.op = 'd')", "_is_deleted");
    Route(
        options_.current_database,
        "_mv",
        current_,
        fmt::format(
            "SELECT\n{}\nFROM {} AS h\nWHERE h.op IN ('r', 'c', 'u', 'd')", list.text(), history_
        )
    );
  }

  void CurrentRouteWithoutKey() {
    SelectList list;
    for (const auto& column : out_.columns) {
      const std::string before = "h." + QuoteName("before_" + column.name);
      const std::string after = "h." + QuoteName("after_" + column.name);
      list.Add(
          column.WithoutNull(fmt::format("if(_sign = -1, {}, {})", before, after)), column.name
      );
    }
    list.Add("h.version", "_version");
    list.Add("_sign", "_sign");
    Route(
        options_.current_database,
        "_mv",
        current_,
        fmt::format(
            "SELECT\n{}\nFROM {} AS h\n"
            "ARRAY JOIN CAST(multiIf(h.op = 'u', [-1, 1], h.op = 'd', [-1], [1]), 'Array(Int8)')"
            " AS _sign\n"
            "WHERE h.op IN ('r', 'c', 'u', 'd')",
            list.text(),
            history_
        )
    );
  }

  static void AddPlace(SelectList& list) {
    list.Add("_topic", "topic");
    list.Add("_partition", "partition");
    list.Add("_offset", "offset");
    list.Add("_key", "key");
    list.Add("ifNull(_timestamp_ms, toDateTime64(0, 3))", "broker_time");
  }

  void ErrorsRoute() {
    SelectList list;
    list.Add("_error", "error");
    list.Add("_raw_message", "raw_message");
    AddPlace(list);
    Route(
        options_.history_database,
        "_errors_mv",
        Name(options_.history_database, "_errors"),
        fmt::format("SELECT\n{}\nFROM {}\nWHERE _error != ''", list.text(), queue_)
    );
  }

  void HistoryRoute() {
    SelectList list;
    list.Add("op", "op");
    for (const std::string_view side : {"before", "after"}) {
      for (const auto& column : out_.columns) {
        const std::string path = QuoteName(fmt::format("{}.Value.{}", side, column.path));
        list.Add(column.Convert(path), fmt::format("{}_{}", side, column.name));
      }
    }
    list.Add(VersionExpression(table_.has_key()), "version");
    list.Add(
        "fromUnixTimestamp64Micro(ifNull(`source.ts_us`, `source.ts_ms` * 1000), 'UTC')",
        "source_time"
    );
    list.Add("`source.file`", "source_file");
    list.Add("`source.pos`", "source_pos");
    list.Add("`source.row`", "source_row");
    list.Add("`source.gtid`", "source_gtid");
    list.Add("`source.server_id`", "source_server_id");
    list.Add("op = 'r'", "snapshot");
    list.Add(
        "fromUnixTimestamp64Micro(ifNull(`ts_us`, ifNull(`ts_ms`, 0) * 1000), 'UTC')",
        "capture_time"
    );
    AddPlace(list);
    Route(
        options_.history_database,
        "_mv",
        history_,
        fmt::format("SELECT\n{}\nFROM {}\nWHERE _error = ''", list.text(), queue_)
    );
  }

  std::vector<Column> QueueColumns() const {
    std::vector<Column> columns;
    for (const std::string_view side : {"before", "after"}) {
      for (const auto& column : out_.columns) {
        columns.push_back({fmt::format("{}.Value.{}", side, column.path), column.queue_type, ""});
      }
    }
    for (const auto& meta : std::vector<Column>{
             {"source.ts_ms", "Int64", ""},
             {"source.sequence", "Nullable(String)", ""},
             {"source.ts_us", "Nullable(Int64)", ""},
             {"source.server_id", "Int64", ""},
             {"source.gtid", "Nullable(String)", ""},
             {"source.file", "String", ""},
             {"source.pos", "Int64", ""},
             {"source.row", "Int32", ""},
             {"op", "String", ""},
             {"ts_ms", "Nullable(Int64)", ""},
             {"ts_us", "Nullable(Int64)", ""}}) {
      columns.push_back(meta);
    }
    return columns;
  }

  void Queue() {
    PipelineObject& object = Add(Kind::kQueue, options_.history_database, "_queue");
    object.columns = QueueColumns();
    std::vector<std::pair<std::string, std::string>> settings = {
        {"kafka_broker_list", QuoteText(options_.kafka_bootstrap)},
        {"kafka_topic_list", QuoteText(out_.topic)},
        {"kafka_group_name", QuoteText(out_.group)},
        {"kafka_format", "'AvroConfluent'"},
        {"format_avro_schema_registry_url", QuoteText(options_.registry_url)},
        {"input_format_avro_allow_missing_fields", "1"},
        {"kafka_handle_error_mode", "'stream'"},
        {"kafka_num_consumers", std::to_string(options_.consumers)},
        {"kafka_thread_per_consumer", options_.consumers > 1 ? "1" : "0"},
        {"kafka_max_block_size", std::to_string(options_.max_block_rows)},
        {"kafka_poll_max_batch_size", std::to_string(options_.max_block_rows)},
        {"kafka_flush_interval_ms", std::to_string(options_.flush_interval.count())},
        {"kafka_poll_timeout_ms", "50"},
        {"kafka_consumer_reschedule_ms", "50"}};
    if (options_.registry_retries) {
      // A registry that is away is waited for, about 160 s, within Kafka's max.poll.interval:
      // else good messages would be filed as broken ones.
      settings.emplace_back("format_avro_schema_registry_max_retries", "20");
      settings.emplace_back("format_avro_schema_registry_retry_initial_backoff_ms", "250");
      settings.emplace_back("format_avro_schema_registry_receive_timeout", "10");
    }
    for (const auto& [name, value] : options_.kafka_settings) {
      settings.emplace_back(name, QuoteText(value));
    }
    std::string text;
    for (const auto& [name, value] : settings) {
      text += fmt::format("{}    {} = {}", text.empty() ? "" : ",\n", name, value);
    }
    Finish(
        object,
        fmt::format(
            "CREATE TABLE IF NOT EXISTS {} (\n{}\n)\nENGINE = Kafka\nSETTINGS\n{}",
            object.QuotedName(),
            ColumnList(object.columns),
            text
        )
    );
  }

  const TableSchema& table_;
  const PipelineOptions& options_;
  TablePipeline& out_;
  std::string name_;
  std::string history_;
  std::string current_;
  std::string queue_;
  std::string marks_;
};

}  // namespace

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

Result<TablePipeline> BuildPipeline(const TableSchema& table, const PipelineOptions& options) {
  TablePipeline out;
  out.table = table.id;
  out.topic = DataTopic(options.topic_prefix, table.id);
  out.group = fmt::format(
      "{}.{}.{}", options.group_prefix, options.history_database, SanitizeTopic(table.id.ToString())
  );
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
  Builder(table, options, out).Build();
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
