#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "browse/node.h"
#include "clickhouse/client.h"
#include "clickhouse/pipeline_sql.h"
#include "http/client.h"
#include "kafka/options.h"
#include "model/table.h"
#include "mysql/source_options.h"
#include "trace/change.h"

namespace rowhouse::trace {

// A table as the source has it, and its objects in ClickHouse.
struct PlannedTable {
  TableSchema schema;
  clickhouse::TablePipeline pipeline;
};

// The servers of a pipeline, and what it captures.
struct World {
  mysql::SourceOptions source;
  clickhouse::ClientOptions target;
  clickhouse::PipelineOptions names;
  kafka::KafkaOptions kafka;
  http::ClientOptions registry;
  std::function<Result<std::vector<TableId>>()> tables;  // for a GTID
  // Asks the source.
  std::function<Result<PlannedTable>(const TableId&)> plan;
};

// A record of a topic.
struct Place {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = 0;

  // "shop.orders/1/17"; kBadRecord E-TRACE-001 for anything else.
  static Result<Place> Parse(const std::string& text);
};

// Which row is followed: one of the three.
struct Request {
  TableId table;
  std::vector<std::string> key;  // values in the key's order, as MySQL writes them, bytes as 0x...
  std::string gtid;              // all changes of this transaction
  std::optional<Place> at;       // the change in this record

  static constexpr size_t kChangesMax = 50;
};

// The life of a row, newest change first.
struct Trace {
  std::string table;  // empty: rows of several
  std::string pk;     // "id=42"
  std::vector<Change> changes;
  std::optional<browse::Node> source_row;  // now; none: there is no such row, or it can't be read
  std::optional<browse::Node> target_row;
  std::optional<bool> equal;  // none: the two could not be compared
  std::string note;           // what could not be asked, and what else to know
};

// Follows a row through all servers of the pipeline, as far as they answer.
//
// ClickHouse's history tells of all messages it has taken, with their times and places. What it
// has not taken is found in Kafka behind the consumer group's offsets; while ClickHouse is away,
// the topic is searched backwards from its end for kSearch. Keyless tables have no rows to name:
// their changes are found by GTID and place.
//
// Blocking: up to the deadline, about.
// Errors:   kBadRecord E-TRACE-001, E-TRACE-002: what names no row; kNotFound: no such table or
//           record; kUnavailable where no server answers that could know of the row.
Result<Trace> Follow(const World& world, const Request& request, Deadline deadline);

inline constexpr seconds kSearch{5};

// How many columns the table's key has; 0: none. Errors: neither ClickHouse nor the source knows.
Result<size_t> KeyColumns(const World& world, const TableId& table);

}  // namespace rowhouse::trace
