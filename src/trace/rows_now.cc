#include "trace/rows_now.h"

#include <fmt/format.h>

#include "verify/clickhouse_side.h"
#include "verify/mysql_side.h"
#include "verify/typed_key.h"

namespace rowhouse::trace {

namespace {

using verify::CanonicalTable;
using verify::CellRow;
using verify::CellRows;

browse::Node NodeOfRow(
    const TableSchema& schema, const CanonicalTable& canonical, const CellRow& row
) {
  browse::Node node;
  node.kind = browse::Node::Kind::kRecord;
  node.type = "record";
  for (size_t i = 0; i < canonical.columns.size(); ++i) {
    const verify::CanonicalColumn& column = canonical.columns[i];
    browse::Node cell;
    if (i < row.size() && row[i]) {
      const Column& declared = schema.columns[schema.Find(column.name).value_or(0)];
      cell.type = ColumnTypeName(declared.type);
      cell.text = verify::Shown(column, *row[i]);
    }
    node.fields.emplace_back(column.name, std::move(cell));
  }
  return node;
}

Result<CellRows> ReadTarget(
    const World& world,
    const PlannedTable& table,
    const CanonicalTable& canonical,
    const std::string& key
) {
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(world.target));
  const std::string name = clickhouse::TableName(world.names, table.schema.id);
  const auto quoted = [](const std::string& database, const std::string& object) {
    return clickhouse::QuoteName(database) + "." + clickhouse::QuoteName(object);
  };
  verify::ClickHouseSide target(
      *client,
      quoted(world.names.current_database, name),
      quoted(world.names.history_database, name + "_marks"),
      table.schema,
      canonical,
      {}
  );
  return target.Cells({key});
}

}  // namespace

Result<RowsNow> ReadRowsNow(
    const World& world, const PlannedTable& table, const std::vector<std::string>& key
) {
  const CanonicalTable canonical =
      ROWHOUSE_TRY(verify::MakeCanonical(table.schema, table.pipeline.data, table.pipeline.columns)
      );
  const std::string row_key =
      ROWHOUSE_TRY(verify::TypedKey(table.schema.id.ToString(), canonical, key));
  const auto source =
      ROWHOUSE_TRY(verify::MySqlSide::Open(world.source, table.schema, canonical, {}));
  const CellRows in_source = ROWHOUSE_TRY(source->Cells({row_key}));
  RowsNow now;
  if (!in_source.empty()) {
    now.source = NodeOfRow(table.schema, canonical, in_source.begin()->second);
  }
  // A collation may find the row by another spelling; ClickHouse has it as MySQL does.
  const auto in_target =
      ReadTarget(world, table, canonical, in_source.empty() ? row_key : in_source.begin()->first);
  if (!in_target) {
    now.trouble = in_target.error().ToString();
    return now;
  }
  if (!in_target->empty()) {
    now.target = NodeOfRow(table.schema, canonical, in_target->begin()->second);
  }
  const bool both = !in_source.empty() && !in_target->empty();
  now.equal = both ? in_source.begin()->second == in_target->begin()->second
                   : in_source.empty() && in_target->empty();
  for (const verify::ColumnLeftOut& column : canonical.left_out) {
    now.trouble += fmt::format(
        "{}{} is not compared: {}", now.trouble.empty() ? "" : "; ", column.name, column.reason
    );
  }
  return now;
}

}  // namespace rowhouse::trace
