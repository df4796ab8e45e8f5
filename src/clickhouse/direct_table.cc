#include "clickhouse/direct_table.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "clickhouse/evolve.h"
#include "clickhouse/type_join.h"

namespace rowhouse::clickhouse {
namespace {

// Named with its table: a column of MySQL's may be called like a lane.
std::string LaneSql(const Lane& lane) {
  return "i." + QuoteName(lane.name);
}

constexpr std::string_view kInlet = "_inlet_";
constexpr std::string_view kView = "_mv";
constexpr std::string_view kErrorsView = "_errors_mv";

bool IsArray(const std::string& type) {
  return type.starts_with("Array(");
}

// `value`, which is of type `from` with room for NULL, as the target has it.
std::string ToTarget(const std::string& value, const std::string& from, const std::string& target) {
  if (SameType(from, target)) {
    return value;
  }
  const std::string plain = HoldsNull(target) ? value : fmt::format("assumeNotNull({})", value);
  return SameType(from, WithNull(target)) ? plain : fmt::format("CAST({} AS {})", plain, target);
}

// Columns of MySQL's on their way to what there is.
class Planner {
 public:
  Planner(const TableSchema& schema, const PipelineOptions& options, DirectTable& out)
      : schema_(schema), options_(options), out_(out) {}

  Status Run(const std::vector<DataColumn>& data) {
    const auto columns = ROWHOUSE_TRY(types::ClickHouseColumns(schema_, options_.types));
    for (const types::ClickHouseColumn& column : columns) {
      const auto at = std::find_if(data.begin(), data.end(), [&](const DataColumn& d) {
        return d.live() && d.in_current && d.shown_as == column.name;
      });
      if (at == data.end()) {
        out_.differences.push_back(
            fmt::format("column {} is not in ClickHouse's table: left out", QuoteName(column.name))
        );
        continue;
      }
      ROWHOUSE_TRY(Add(column, *at));
    }
    return AddKey(columns);
  }

 private:
  Status Add(const types::ClickHouseColumn& column, const DataColumn& data) {
    DirectColumn& out = out_.columns.emplace_back();
    out.name = data.name;
    out.lane = ROWHOUSE_TRY(LaneOf(schema_, column, data.type, options_.types));
    const std::string lane = LaneSql(out.lane);
    if (out.lane.as_it_is) {
      out.value = lane;
      return Ok();
    }
    const bool holds_all =
        SameType(JoinTypes(column.null_type, WithNull(data.type)), WithNull(data.type)) &&
        (HoldsNull(data.type) || IsArray(data.type) || SameType(column.type, data.type) ||
         !HoldsNull(column.type));
    if (holds_all) {
      // By way of the history's type, as the stream's values go.
      const SourceField field{column.path, column.queue_type, column.expression, column.null_type};
      out.value = ToTarget(field.Convert(lane, data.null_type), data.null_type, data.type);
      return Ok();
    }
    out_.differences.push_back(fmt::format(
        "column {} is {} in ClickHouse, which does not hold every value of MySQL's ({})",
        QuoteName(data.name),
        data.type,
        column.null_type
    ));
    Squeeze(column.Convert(lane), column.null_type, data.type, out);
    return Ok();
  }

  // A value that comes back from the target's type as another one does not fit.
  static void Squeeze(
      const std::string& value,
      const std::string& from,
      const std::string& target,
      DirectColumn& out
  ) {
    const std::string held =
        fmt::format("accurateCastOrNull({}, {})", value, QuoteText(WithoutNull(target)));
    out.value = HoldsNull(target) ? held : fmt::format("assumeNotNull({})", held);
    out.fits = fmt::format(
        "if(isNull({0}), {1}, isNotNull({2}) AND ifNull(CAST({2} AS {3}) = {0}, 0))",
        value,
        HoldsNull(target) ? "1" : "0",
        held,
        from
    );
  }

  Status AddKey(const std::vector<types::ClickHouseColumn>& columns) {
    for (const DirectColumn& column : out_.columns) {
      out_.lanes.push_back(column.lane);
    }
    uint32_t at = 0;
    for (const uint32_t index : schema_.primary_key) {
      const auto column = std::find_if(columns.begin(), columns.end(), [&](const auto& c) {
        return c.source == index;
      });
      const auto direct =
          std::find_if(out_.columns.begin(), out_.columns.end(), [&](const auto& d) {
            return column != columns.end() && d.lane.name == "from_" + column->name;
          });
      if (direct == out_.columns.end()) {
        return Error(
            ErrorKind::kUnsupported,
            fmt::format(
                "{}: column {} of the key is not in ClickHouse's table",
                schema_.id.ToString(),
                schema_.columns[index].name
            )
        );
      }
      Lane lane = direct->lane;
      lane.step.column = at++;
      out_.key_lanes.push_back(std::move(lane));
      out_.key.push_back(direct->name);
    }
    return Ok();
  }

  const TableSchema& schema_;
  const PipelineOptions& options_;
  DirectTable& out_;
};

// The inlet and its views, as statements.
class InletBuilder {
 public:
  InletBuilder(const TableSchema& schema, const PipelineOptions& options, DirectTable& table)
      : options_(options),
        table_(table),
        block_(std::make_shared<TableSchema>(schema), table.lanes, RowBlock::Mark::kVersion) {}

  void Build(std::string_view run_id) {
    const std::string name = fmt::format("{}{}{}", TableName(options_, table_.id), kInlet, run_id);
    const auto quoted = [&](std::string_view suffix) {
      return fmt::format(
          "{}.{}",
          QuoteName(options_.history_database),
          QuoteName(fmt::format("{}{}", name, suffix))
      );
    };
    table_.inlet = quoted("");
    table_.make_inlet.push_back(fmt::format(
        "CREATE TABLE IF NOT EXISTS {} ({}) ENGINE = Null", table_.inlet, block_.Structure()
    ));
    const auto view = [&](std::string_view suffix, const std::string& to, const std::string& sql) {
      table_.make_inlet.push_back(fmt::format(
          "CREATE MATERIALIZED VIEW IF NOT EXISTS {} TO {} AS {} FROM {} AS i{}",
          quoted(suffix),
          to,
          sql,
          table_.inlet,
          Where(suffix == kErrorsView)
      ));
      table_.drop_inlet.push_back(fmt::format("DROP TABLE IF EXISTS {} SYNC", quoted(suffix)));
    };
    // What does not fit is kept before anything counts as written.
    if (table_.may_fail()) {
      view(kErrorsView, table_.errors, ErrorsSelect());
    }
    view(kView, table_.current, CurrentSelect());
    // The inlet first: an insert finds all of its views or none of it.
    table_.drop_inlet.insert(
        table_.drop_inlet.begin(), fmt::format("DROP TABLE IF EXISTS {} SYNC", table_.inlet)
    );
  }

 private:
  std::string Fits() const {
    std::string all;
    for (const DirectColumn& column : table_.columns) {
      if (!column.fits.empty()) {
        all += fmt::format("{}({})", all.empty() ? "" : " AND ", column.fits);
      }
    }
    return all;
  }

  std::string Where(bool errors) const {
    const std::string fits = Fits();
    if (errors) {
      return fmt::format(" WHERE NOT ({})", fits);
    }
    // As the stream's view: what a TRUNCATE voided while it was read is left out.
    const std::string counts =
        table_.keyed ? fmt::format("i._version > (SELECT max(version) FROM {})", table_.marks) : "";
    const bool both = !fits.empty() && !counts.empty();
    return both                             ? fmt::format(" WHERE ({}) AND {}", fits, counts)
           : fits.empty() && counts.empty() ? ""
                                            : fmt::format(" WHERE {}{}", fits, counts);
  }

  std::string CurrentSelect() const {
    std::string list;
    for (const DirectColumn& column : table_.columns) {
      list += fmt::format("{} AS {}, ", column.value, QuoteName(column.name));
    }
    return fmt::format(
        "SELECT {}i._version AS _version, {}",
        list,
        table_.keyed ? "toUInt8(0) AS _is_deleted" : "i._sign AS _sign"
    );
  }

  // Told apart from broken messages by its topic; the row is there as it came.
  std::string ErrorsSelect() const {
    std::string reasons;
    std::string values;
    for (const DirectColumn& column : table_.columns) {
      const std::string text = fmt::format("toString({})", LaneSql(column.lane));
      if (!column.fits.empty()) {
        reasons += fmt::format(
            "NOT ({}), concat({}, ifNull({}, 'NULL')), ",
            column.fits,
            QuoteText("column " + column.name + " can't hold "),
            text
        );
      }
      values += fmt::format(
          "{}{}, CAST({} AS Nullable(String))",
          values.empty() ? "" : ", ",
          QuoteText(column.name),
          text
      );
    }
    return fmt::format(
        "SELECT multiIf({}'') AS error, toJSONString(map({})) AS raw_message, {} AS topic, "
        "toUInt32(0) AS partition, toUInt64(0) AS offset, hex(i._version) AS key, now64(3) AS "
        "broker_time",
        reasons,
        values,
        QuoteText(kDirectTopic)
    );
  }

  const PipelineOptions& options_;
  DirectTable& table_;
  const RowBlock block_;
};

std::string KeyList(const DirectTable& table) {
  std::string names;
  for (const std::string& name : table.key) {
    names += (names.empty() ? "" : ", ") + QuoteName(name);
  }
  return names;
}

// The rows of a block as a subquery's name: m(_block_row, columns as the target has them).
std::string BlockAs(const RowBlock& block, const std::vector<const DirectColumn*>& columns) {
  std::string list;
  for (const DirectColumn* const column : columns) {
    list += fmt::format(", {} AS {}", column->value, QuoteName(column->name));
  }
  return fmt::format(
      "WITH m AS (SELECT i._block_row AS _block_row{} FROM format(Native, {}, {}) AS i)",
      list,
      QuoteText(block.Structure()),
      QuoteText(block.Native())
  );
}

std::vector<const DirectColumn*> ColumnsOf(const DirectTable& table, bool keys_only) {
  std::vector<const DirectColumn*> columns;
  for (const DirectColumn& column : table.columns) {
    const bool key = std::find(table.key.begin(), table.key.end(), column.name) != table.key.end();
    if (key || !keys_only) {
      columns.push_back(&column);
    }
  }
  return columns;
}

// A row's contents: a tuple, since a hash of NULL alone would be NULL.
std::string Hash(const std::vector<const DirectColumn*>& columns) {
  std::string names;
  for (const DirectColumn* const column : columns) {
    names += (names.empty() ? "" : ", ") + QuoteName(column->name);
  }
  return fmt::format("sipHash128(tuple({}))", names);
}

}  // namespace

bool DirectTable::may_fail() const {
  return std::any_of(columns.begin(), columns.end(), [](const DirectColumn& column) {
    return !column.fits.empty();
  });
}

Result<DirectTable> PlanDirect(
    const TableSchema& schema,
    const PipelineOptions& options,
    const Catalog& catalog,
    std::string_view run_id
) {
  const std::string name = TableName(options, schema.id);
  const CatalogTable* const current = catalog.Find(options.current_database, name);
  if (current == nullptr) {
    return Error(
               ErrorKind::kNotFound,
               fmt::format("ClickHouse has no table {}.{}", options.current_database, name)
    )
        .WithHint("rowhouse load makes it; with Kafka rowhouse setup or run does");
  }
  SchemaChange change;
  change.schema = std::make_shared<TableSchema>(schema);
  const Evolution as_is = ROWHOUSE_TRY(Evolve(change, options, catalog, HowFar::kKeep));
  DirectTable out;
  out.id = schema.id;
  out.keyed = schema.has_key();
  const auto quoted = [&](const std::string& database, std::string_view suffix) {
    return fmt::format("{}.{}", QuoteName(database), QuoteName(fmt::format("{}{}", name, suffix)));
  };
  out.current = quoted(options.current_database, "");
  out.errors = quoted(options.history_database, "_errors");
  out.marks = quoted(options.history_database, "_marks");
  ROWHOUSE_TRY(Planner(schema, options, out).Run(as_is.pipeline.data));
  if (out.key != as_is.pipeline.key) {
    return Error(
               ErrorKind::kUnsupported,
               fmt::format(
                   "{}: the key is ({}) in MySQL and ({}) in ClickHouse",
                   schema.id.ToString(),
                   fmt::join(out.key, ", "),
                   fmt::join(as_is.pipeline.key, ", ")
               )
    )
        .WithHint("let rowhouse run follow the change first, or rowhouse resync the table");
  }
  InletBuilder(schema, options, out).Build(run_id);
  return out;
}

Status DropStaleInlets(
    Client& client,
    const TableId& table,
    const PipelineOptions& options,
    const std::function<bool(std::string_view run_id)>& over
) {
  const std::string start = fmt::format("{}{}", TableName(options, table), kInlet);
  const auto names = ROWHOUSE_TRY(client.Query(fmt::format(
      "SELECT name FROM system.tables WHERE database = {} AND startsWith(name, {})",
      QuoteText(options.history_database),
      QuoteText(start)
  )));
  for (const auto& row : names) {
    const std::string name = row.at(0).value_or("");
    std::string_view run_id = std::string_view(name).substr(std::min(start.size(), name.size()));
    run_id = run_id.substr(0, run_id.find('_'));
    if (over(run_id)) {
      ROWHOUSE_TRY(client.Execute(fmt::format(
          "DROP TABLE IF EXISTS {}.{} SYNC", QuoteName(options.history_database), QuoteName(name)
      )));
    }
  }
  return Ok();
}

std::string VersionSql(RowVersion version) {
  return fmt::format("reinterpretAsUInt128(reverse(unhex('{}')))", version.ToHex());
}

// Rows at or below the highest mark are none: a TRUNCATE has voided them.
std::string MissingSql(const DirectTable& table, const RowBlock& block, RowVersion read_at) {
  const std::string key = KeyList(table);
  return fmt::format(
      "{0} SELECT _block_row FROM m WHERE ({1}) NOT IN (SELECT {1} FROM {2} WHERE ({1}) IN (SELECT "
      "{1} FROM m) GROUP BY {1} HAVING (argMax(_is_deleted, _version) = 0 AND max(_version) > "
      "(SELECT max(version) FROM {4})) OR max(_version) >= {3}) ORDER BY _block_row",
      BlockAs(block, ColumnsOf(table, true)),
      key,
      table.current,
      VersionSql(read_at),
      table.marks
  );
}

// Hashes, so that what is grouped and joined is small whatever the rows are.
std::string ChangedSql(const DirectTable& table, const RowBlock& block, RowVersion read_at) {
  const std::string key = KeyList(table);
  const std::vector<const DirectColumn*> columns = ColumnsOf(table, false);
  std::string on;
  for (const std::string& name : table.key) {
    on += fmt::format("{0}h.{1} = c.{1}", on.empty() ? "" : " AND ", QuoteName(name));
  }
  return fmt::format(
      "{0}, h AS (SELECT _block_row, {1}, {2} AS _row FROM m) SELECT h._block_row, c._there AND "
      "NOT c._gone FROM h LEFT JOIN (SELECT {1}, argMax({2}, _version) AS _row, max(_version) AS "
      "_newest, argMax(_is_deleted, _version) OR _newest <= (SELECT max(version) FROM {6}) AS "
      "_gone, toUInt8(1) AS _there FROM {3} WHERE ({1}) IN (SELECT {1} FROM m) GROUP BY {1}) AS c "
      "ON {4} WHERE NOT c._there OR (c._newest < {5} AND (c._gone OR c._row != h._row)) ORDER BY "
      "h._block_row SETTINGS join_use_nulls = 0",
      BlockAs(block, columns),
      key,
      Hash(columns),
      table.current,
      on,
      VersionSql(read_at),
      table.marks
  );
}

}  // namespace rowhouse::clickhouse
