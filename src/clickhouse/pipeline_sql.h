#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "clickhouse/data_column.h"
#include "model/table.h"
#include "model/topic.h"
#include "types/clickhouse_type.h"

namespace rowhouse::clickhouse {

// What becomes of a column whose type changes to one that it can't be widened to.
enum class TypePolicy { kWiden, kNewColumn };

// What becomes in ClickHouse of what is dropped in MySQL.
enum class DropPolicy { kKeep, kDrop };

// How the objects of the Kafka engine way are named and tuned.
struct PipelineOptions {
  std::string history_database = "kafka_tables";
  std::string current_database = "demo_tables";
  std::string table_name = "{table}";  // may hold {db} and {table}
  TopicNaming topics;
  std::string kafka_bootstrap = "127.0.0.1:9092";      // as ClickHouse reaches it
  std::string registry_url = "http://127.0.0.1:8081";  // may hold user:password@
  std::string group_prefix = "rowhouse";               // group: "<prefix>.<database>.<table>"
  // Settings of the Kafka table, e.g. {"kafka_sasl_username", "x"}.
  std::vector<std::pair<std::string, std::string>> kafka_settings;
  uint32_t consumers = 1;
  milliseconds flush_interval{250};  // how long rows may wait for others
  uint64_t max_block_rows = 65'536;
  // Whether the server knows format_avro_schema_registry_max_retries and its like. Without
  // them a message read while the registry is away counts as broken at once.
  bool registry_retries = true;
  TypePolicy on_type_change = TypePolicy::kWiden;
  DropPolicy on_drop_column = DropPolicy::kKeep;
  DropPolicy on_drop_table = DropPolicy::kKeep;
  types::ClickHouseOptions types;
};

// The name that the table has in ClickHouse.
std::string TableName(const PipelineOptions& options, const TableId& id);

// The consumer group of the table's queue.
std::string GroupName(const PipelineOptions& options, const TableId& id);

// One object that ClickHouse must have.
struct PipelineObject {
  enum class Kind {
    kDatabase,
    kData,   // a table that holds rows: columns are added, never dropped, and neither is it
    kView,   // a view, replaced when it differs
    kRoute,  // a materialized view: replaced while the queue stands still
    kQueue,  // the Kafka table: replaced when it differs; its group keeps the offsets
  };

  struct Column {
    std::string name;
    std::string type;
    std::string rest;          // DEFAULT …
    std::string comment = {};  // "": none
  };

  Kind kind = Kind::kData;
  std::string database;
  std::string name;             // empty for a database
  std::vector<Column> columns;  // kData and kQueue
  std::string sql;              // CREATE … IF NOT EXISTS …, with its mark as comment

  // "`kafka_tables`.`orders`"
  std::string QuotedName() const;
};

// All that one MySQL table needs in ClickHouse.
struct TablePipeline {
  TableId table;
  std::string topic;
  std::string group;
  std::vector<types::ClickHouseColumn> columns;  // MySQL's as it has them now
  std::vector<DataColumn> data;                  // those of the tables that hold rows
  std::vector<std::string> key;                  // names among `data`; empty: no key
  // In the order they are made: the queue comes last, when all that it feeds is there.
  std::vector<PipelineObject> objects;
  size_t history_at = 0;  // index of history T in `objects`
  size_t current_at = 0;  // and of current T
  bool halted = false;    // there is to be no queue: the messages wait in Kafka
};

// The objects of one table.
//
//   history T        every message: op, before_*, after_*, source position, version, place in Kafka
//   history T_errors raw bytes and reason of messages that did not parse
//   history T_marks  versions that void all lower ones (TRUNCATE, a load that starts anew)
//   current T        ReplacingMergeTree: the current row of a key; for a table without key
//                    one entry a before-image (_sign -1) and an after-image (_sign 1)
//   current T_current  view: the rows as MySQL has them
//   history T_queue  the Kafka table, and the views T_mv, T_errors_mv that empty it; current
//                    T_mv and T_truncate_mv and history T_marks_mv follow history T
//
// Errors: of ClickHouseColumns (kUnsupported, kConfig).
Result<TablePipeline> BuildPipeline(const TableSchema& table, const PipelineOptions& options);

// The same without objects: topic, group, columns and key of a table that is made anew. The
// caller fits `data` and `key` to what there is and lets FinishPipeline make the objects.
Result<TablePipeline> StartPipeline(const TableSchema& table, const PipelineOptions& options);
void FinishPipeline(const PipelineOptions& options, TablePipeline& pipeline);

// kConfig when two tables, or a table and another's view, would have the same name.
Status CheckNames(const std::vector<TablePipeline>& pipelines);

// A table that takes the queue's name while views are made that read from it.
//
// A Kafka table starts to consume with its first view, and what it then reads is lost to
// the views made later. So they are made on this stand-in, which is dropped for the
// queue: views hold on to the name.
std::string StandInSql(const PipelineObject& queue);

// The mark in an object's comment by which setup sees whether it is up to date:
// "rowhouse 1f2e3d4c5b6a7988", a hash of the statement.
std::string StatementMark(std::string_view sql);

}  // namespace rowhouse::clickhouse
