#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "clickhouse/catalog.h"
#include "clickhouse/client.h"
#include "clickhouse/data_column.h"
#include "clickhouse/pipeline_sql.h"
#include "clickhouse/row_block.h"
#include "model/position.h"
#include "model/table.h"

namespace rowhouse::clickhouse {

// The topic of what was refused without Kafka, in T_errors.
inline constexpr std::string_view kDirectTopic = "(not by Kafka)";

// A column of the current rows, and how a MySQL value gets there without Kafka.
struct DirectColumn {
  std::string name;  // in ClickHouse
  Lane lane;
  std::string value;  // SQL over the lane: what the column gets
  std::string fits;   // SQL over the lane: whether that is the value; empty: it always is
};

// How rows read from MySQL go straight into a table's current rows.
//
// A block is inserted into an inlet, a table that holds nothing, whose views do with each row what
// the stream's views do with a message: one writes the current row, one writes what the target's
// type can't hold to T_errors. An inlet is the run's own, by the run's id: it never changes under
// an insert, and one that is gone fails an insert aloud.
//
// Place:   one a table and run; immutable.
struct DirectTable {
  TableId id;
  bool keyed = true;
  std::vector<DirectColumn> columns;
  std::vector<Lane> lanes;       // of all columns
  std::vector<Lane> key_lanes;   // of the key's, as blocks of keys have them; by KeyOnly's columns
  std::vector<std::string> key;  // names in ClickHouse
  std::string current;           // `demo_tables`.`orders`
  std::string errors;            // `kafka_tables`.`orders_errors`
  std::string marks;
  std::string inlet;                     // its quoted name
  std::vector<std::string> make_inlet;   // statements
  std::vector<std::string> drop_inlet;   // the same
  std::vector<std::string> differences;  // what people should know, one line each

  bool may_fail() const;
};

// The way of `schema`'s rows into what `catalog` holds for it.
//
// Columns that the target has not are left out, those it has by another type converted; both
// are told in `differences`. Errors: kNotFound: the table is not there; kUnsupported: it is none of
// ours, has another key than MySQL's, or a column can't be carried.
Result<DirectTable> PlanDirect(
    const TableSchema& schema,
    const PipelineOptions& options,
    const Catalog& catalog,
    std::string_view run_id
);

// Drops the table's inlets of runs that are over, `over` says which, and left them behind.
Status DropStaleInlets(
    Client& client,
    const TableId& table,
    const PipelineOptions& options,
    const std::function<bool(std::string_view run_id)>& over
);

// The keys of `block` (Mark::kNumber, key lanes) that have no live row in ClickHouse, by number.
//
// A row deleted at or after `read_at` counts as there: the source's row is older.
std::string MissingSql(const DirectTable& table, const RowBlock& block, RowVersion read_at);

// The rows of `block` (Mark::kNumber, all lanes) whose current row is another or not there, by
// number and whether one is there. Those that changed after `read_at` are not among them.
std::string ChangedSql(const DirectTable& table, const RowBlock& block, RowVersion read_at);

// A version as SQL.
std::string VersionSql(RowVersion version);

}  // namespace rowhouse::clickhouse
