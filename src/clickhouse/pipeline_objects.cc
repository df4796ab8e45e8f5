#include "clickhouse/pipeline_objects.h"

#include <utility>

#include <fmt/format.h>

#include "clickhouse/client.h"
#include "clickhouse/type_join.h"

namespace rowhouse::clickhouse {
namespace {

using Kind = PipelineObject::Kind;
using Column = PipelineObject::Column;

// Rows of T_errors, T and T_marks that a repeated insert brings again are dropped.
constexpr std::string_view kDedup = "non_replicated_deduplication_window = 1000";

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
  Builder(const PipelineOptions& options, TablePipeline& out) : options_(options), out_(out) {
    name_ = TableName(options, out.table);
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
    keyed() ? Current() : CurrentWithoutKey();
    keyed() ? CurrentView() : CurrentViewWithoutKey();
    // Routes from the end to the start, so that each finds the next one there.
    if (keyed()) {
      TruncateRoute();
    }
    MarksRoute();
    keyed() ? CurrentRoute() : CurrentRouteWithoutKey();
    ErrorsRoute();
    HistoryRoute();
    Queue();
  }

 private:
  bool keyed() const { return !out_.key.empty(); }

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

  // A view keeps the types that its columns had when it was made, so they are part of its mark:
  // else one made for Int32 would cut what became Int64.
  void FinishView(PipelineObject& object, std::string sql) const {
    std::string whole = sql;
    for (const auto& column : out_.data) {
      // A dropped column that only history still has is read with room for NULL only.
      const std::string_view type = column.in_current ? std::string_view(column.type) : "";
      whole += fmt::format("\n{} {} {}", column.name, type, column.null_type);
    }
    object.sql = fmt::format("{}\nCOMMENT {}", sql, QuoteText(StatementMark(whole)));
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
    FinishView(
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
    out_.history_at = out_.objects.size();
    PipelineObject& object = Add(Kind::kData, options_.history_database, "");
    auto& c = object.columns;
    c.push_back({"op", "LowCardinality(String)", ""});
    for (const auto& column : out_.data) {
      c.push_back({"before_" + column.name, column.null_type, ""});
    }
    for (const auto& column : out_.data) {
      c.push_back({"after_" + column.name, column.null_type, "", NoteOf(column)});
    }
    for (const auto& meta : std::vector<Column>{
             {"version", "UInt128", "", ""},
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

  PipelineObject& CurrentTable() {
    out_.current_at = out_.objects.size();
    PipelineObject& object = Add(Kind::kData, options_.current_database, "");
    for (const auto& column : out_.data) {
      if (column.in_current) {
        object.columns.push_back({column.name, column.type, column.old_rows});
      }
    }
    object.columns.push_back({"_version", "UInt128", "DEFAULT 1"});
    return object;
  }

  void Current() {
    PipelineObject& object = CurrentTable();
    object.columns.push_back({"_is_deleted", "UInt8", ""});
    std::string key;
    for (const std::string& name : out_.key) {
      key += (key.empty() ? "" : ", ") + QuoteName(name);
    }
    Data(object, fmt::format("ReplacingMergeTree(_version, _is_deleted)\nORDER BY ({})", key));
  }

  void CurrentWithoutKey() {
    PipelineObject& object = CurrentTable();
    object.columns.push_back({"_sign", "Int8", ""});
    Data(object, "ReplacingMergeTree\nORDER BY (_version, _sign)");
  }

  // The columns that MySQL has now, by its names for them.
  std::string ShownNames(std::string_view indent) const {
    std::string names;
    for (const auto& column : out_.data) {
      if (column.live()) {
        names += fmt::format(
            "{}{}{}{}",
            names.empty() ? "" : ",\n",
            indent,
            QuoteName(column.name),
            column.name == column.shown_as ? "" : " AS " + QuoteName(column.shown_as)
        );
      }
    }
    return names;
  }

  // Those that have been shown.
  std::string ShownAs(std::string_view indent) const {
    std::string names;
    for (const auto& column : out_.data) {
      if (column.live()) {
        names +=
            fmt::format("{}{}{}", names.empty() ? "" : ",\n", indent, QuoteName(column.shown_as));
      }
    }
    return names;
  }

  void View(std::string_view select) {
    PipelineObject& object = Add(Kind::kView, options_.current_database, "_current");
    FinishView(
        object, fmt::format("CREATE VIEW IF NOT EXISTS {} AS\n{}", object.QuotedName(), select)
    );
  }

  void CurrentView() {
    View(fmt::format(
        "SELECT\n{}\nFROM {} FINAL\nWHERE _version > (SELECT max(version) FROM {})",
        ShownNames("    "),
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
        ShownAs("    "),
        ShownNames("        "),
        current_,
        marks_
    ));
  }

  // TRUNCATE of a table with key: each row of before gets a deleted one. Runs for marks only.
  void TruncateRoute() {
    SelectList list;
    for (const auto& column : out_.data) {
      if (column.in_current) {
        list.Add("c." + QuoteName(column.name), column.name);
      }
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

  // The column of the history `side` as the current table has it.
  static std::string Plain(const DataColumn& column, const std::string& from) {
    if (SameType(column.type, column.null_type)) {
      return from;
    }
    const std::string value =
        HoldsNull(column.type) ? from : fmt::format("assumeNotNull({})", from);
    return SameType(WithNull(column.type), column.null_type)
               ? value
               : fmt::format("CAST({} AS {})", value, column.type);
  }

  // Each column of the current table from the side of the history that `from_before` says.
  void CurrentColumns(SelectList& list, std::string_view from_before) const {
    for (const auto& column : out_.data) {
      if (column.in_current && column.field.there()) {
        const std::string before = "h." + QuoteName("before_" + column.name);
        const std::string after = "h." + QuoteName("after_" + column.name);
        const std::string side = fmt::format("if({}, {}, {})", from_before, before, after);
        list.Add(Plain(column, side), column.name);
      }
    }
  }

  void CurrentRoute() {
    SelectList list;
    CurrentColumns(list, "h.op = 'd'");
    list.Add("h.version", "_version");
    list.Add("toUInt8(h.op = 'd')", "_is_deleted");
    // What a TRUNCATE voided may come after its mark, from another partition, or in one block with
    // it; a view sees its own block only of the table that it follows.
    Route(
        options_.current_database,
        "_mv",
        current_,
        fmt::format(
            "SELECT\n{}\nFROM {} AS h\nWHERE h.op IN ('r', 'c', 'u', 'd')\n"
            "    AND h.version > (SELECT max(version) FROM (\n"
            "        SELECT version FROM {} UNION ALL SELECT version FROM {} WHERE op = 't'))",
            list.text(),
            history_,
            marks_,
            history_
        )
    );
  }

  void CurrentRouteWithoutKey() {
    SelectList list;
    CurrentColumns(list, "_sign = -1");
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
      for (const auto& column : out_.data) {
        if (column.field.there()) {
          const std::string path = QuoteName(fmt::format("{}.Value.{}", side, column.field.path));
          list.Add(
              column.field.Convert(path, column.null_type), fmt::format("{}_{}", side, column.name)
          );
        }
      }
    }
    list.Add(VersionExpression(keyed()), "version");
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
      for (const auto& column : out_.data) {
        if (column.field.there()) {
          const std::string path = fmt::format("{}.Value.{}", side, column.field.path);
          columns.push_back({path, column.field.queue_type, ""});
        }
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
        {"kafka_poll_timeout_ms", "100"},
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

  const PipelineOptions& options_;
  TablePipeline& out_;
  std::string name_;
  std::string history_;
  std::string current_;
  std::string queue_;
  std::string marks_;
};

}  // namespace

std::string ColumnList(const std::vector<Column>& columns) {
  std::string list;
  for (const auto& c : columns) {
    list += fmt::format(
        "{}    {} {}{}{}{}",
        list.empty() ? "" : ",\n",
        QuoteName(c.name),
        c.type,
        c.rest.empty() ? "" : " ",
        c.rest,
        c.comment.empty() ? "" : " COMMENT " + QuoteText(c.comment)
    );
  }
  return list;
}

void AddObjects(const PipelineOptions& options, TablePipeline& out) {
  Builder(options, out).Build();
}

}  // namespace rowhouse::clickhouse
