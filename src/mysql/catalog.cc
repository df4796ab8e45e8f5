#include "mysql/catalog.h"

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "mysql/charset.h"
#include "mysql/column_info.h"
#include "mysql/row_period.h"
#include "mysql/start_position.h"
#include "mysql/table_map.h"

namespace rowhouse::mysql {

namespace {

using Row = std::vector<std::optional<std::string>>;

const std::string& Text(const Row& row, size_t column) {
  static const std::string empty;
  return row[column].has_value() ? *row[column] : empty;
}

constexpr std::string_view kNotSystem =
    "NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')";

// A condition on TABLE_SCHEMA and TABLE_NAME: one table, or all but the server's own.
std::string Where(const std::optional<TableId>& only) {
  if (!only.has_value()) {
    return fmt::format("TABLE_SCHEMA {}", kNotSystem);
  }
  return fmt::format(
      "TABLE_SCHEMA = {} AND TABLE_NAME = {}", QuoteText(only->db), QuoteText(only->table)
  );
}

using Schemas = std::map<TableId, TableSchema>;

// Reads information_schema into schemas, step by step.
class DictionaryPass {
 public:
  DictionaryPass(Connection& connection, std::optional<TableId> only)
      : connection_(connection), where_(Where(only)) {}

  Result<Schemas> Read(const std::function<bool(const TableId&)>& wanted) {
    ROWHOUSE_TRY(ReadTables(wanted));
    if (schemas_.empty()) {
      return std::move(schemas_);
    }
    ROWHOUSE_TRY(ReadCollations());
    ROWHOUSE_TRY(ReadColumns());
    AddHiddenPeriods();
    ROWHOUSE_TRY(MendLabels());
    ROWHOUSE_TRY(ReadKeys());
    return std::move(schemas_);
  }

 private:
  bool mariadb() const { return connection_.flavor() == Flavor::kMariaDb; }

  Status ReadTables(const std::function<bool(const TableId&)>& wanted) {
    const Rows rows = ROWHOUSE_TRY(connection_.Query(
        "SELECT TABLE_SCHEMA, TABLE_NAME, TABLE_COMMENT, TABLE_TYPE FROM information_schema.TABLES "
        "WHERE " +
        where_ + " AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')"
    ));
    for (const Row& row : rows.rows) {
      const TableId id{Text(row, 0), Text(row, 1)};
      if (wanted == nullptr || wanted(id)) {
        TableSchema& schema = schemas_[id];
        schema.id = id;
        schema.comment = Text(row, 2);
        if (Text(row, 3) == "SYSTEM VERSIONED") {
          versioned_.insert(id);
        }
      }
    }
    return Ok();
  }

  Status ReadCollations() {
    // MariaDB 10.10+ has collations that many character sets share: their ids stand elsewhere.
    const bool shared = mariadb() && connection_.version() >= 101001;
    const Rows rows = ROWHOUSE_TRY(connection_.Query(
        shared ? "SELECT FULL_COLLATION_NAME, ID FROM "
                 "information_schema.COLLATION_CHARACTER_SET_APPLICABILITY"
               : "SELECT COLLATION_NAME, ID FROM information_schema.COLLATIONS"
    ));
    for (const Row& row : rows.rows) {
      collations_[Text(row, 0)] = static_cast<uint16_t>(std::atoi(Text(row, 1).c_str()));
    }
    return Ok();
  }

  // MariaDB's JSON is LONGTEXT with a column check json_valid(`name`). The server opens every table
  // to tell its checks, half of what a start with thousands of tables costs it: asked for only
  // where a column may be JSON.
  Status ReadJsonChecks(const Rows& columns) {
    const auto may_be_json = [this](const Row& row) {
      return Text(row, 3) == "longtext" && schemas_.contains({Text(row, 0), Text(row, 1)});
    };
    if (!mariadb() || std::none_of(columns.rows.begin(), columns.rows.end(), may_be_json)) {
      return Ok();
    }
    std::string where = where_;
    const size_t at = where.find("TABLE_SCHEMA");
    where.replace(at, std::string_view("TABLE_SCHEMA").size(), "CONSTRAINT_SCHEMA");
    const Rows rows = ROWHOUSE_TRY(connection_.Query(
        "SELECT CONSTRAINT_SCHEMA, TABLE_NAME, CHECK_CLAUSE FROM "
        "information_schema.CHECK_CONSTRAINTS WHERE " +
        where + " AND LOWER(CHECK_CLAUSE) LIKE 'json_valid(%'"
    ));
    for (const Row& row : rows.rows) {
      json_checks_.insert({{Text(row, 0), Text(row, 1)}, Text(row, 2)});
    }
    return Ok();
  }

  bool HasJsonCheck(const TableId& id, const std::string& column) const {
    return json_checks_.contains({id, "json_valid(" + QuoteName(column) + ")"});
  }

  Status ReadColumns() {
    const Rows rows = ROWHOUSE_TRY(connection_.Query(
        "SELECT TABLE_SCHEMA, TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, "
        "COLUMN_DEFAULT, EXTRA, GENERATION_EXPRESSION, COLLATION_NAME, COLUMN_COMMENT "
        "FROM information_schema.COLUMNS WHERE " +
        where_ + " ORDER BY TABLE_SCHEMA, TABLE_NAME, ORDINAL_POSITION"
    ));
    ROWHOUSE_TRY(ReadJsonChecks(rows));
    for (const Row& row : rows.rows) {
      const auto schema = schemas_.find({Text(row, 0), Text(row, 1)});
      if (schema == schemas_.end()) {
        continue;
      }
      DictionaryColumn column;
      column.name = Text(row, 2);
      column.data_type = Text(row, 3);
      column.column_type = Text(row, 4);
      column.nullable = Text(row, 5) == "YES";
      column.default_text = row[6];
      column.extra = Text(row, 7);
      column.generation = Text(row, 8);
      column.collation = Text(row, 9);
      column.comment = Text(row, 10);
      column.checked_as_json = HasJsonCheck(schema->first, column.name);
      schema->second.columns.push_back(ToColumn(column, connection_.flavor(), collations_));
    }
    return Ok();
  }

  // WITH SYSTEM VERSIONING alone makes two columns that only the log and a SELECT by name know.
  void AddHiddenPeriods() {
    for (const TableId& id : versioned_) {
      TableSchema& schema = schemas_[id];
      if (RowEndColumn(schema).has_value()) {
        continue;
      }
      for (const std::string_view name : {"row_start", "row_end"}) {
        Column& column = schema.columns.emplace_back();
        column.name = name;
        column.type = ColumnType::kTimestamp;
        column.nullable = false;
        column.is_generated = true;
        column.fsp = 6;
        column.declared = "timestamp(6)";
      }
      schema.columns.back().declared += kRowEndDeclaration;
    }
  }

  // information_schema speaks utf8mb3: what lies beyond is '?' in its labels. The true label is
  // asked from a row that has it; one that no row has stays as it is, and no value needs it.
  Status MendLabels() {
    for (auto& [id, schema] : schemas_) {
      for (Column& column : schema.columns) {
        if (!MayHoldWideCharacters(column)) {
          continue;
        }
        for (size_t i = 0; i < column.labels.size(); ++i) {
          if (column.labels[i].find('?') != std::string::npos) {
            ROWHOUSE_TRY(MendLabel(id, column, i));
          }
        }
      }
    }
    return Ok();
  }

  static bool MayHoldWideCharacters(const Column& column) {
    const Charset* const charset = CharsetOfCollation(column.collation);
    return charset != nullptr && charset->character_bytes_max == 4;
  }

  Status MendLabel(const TableId& id, Column& column, size_t index) {
    const std::string name = QuoteName(column.name);
    const bool set = column.type == ColumnType::kSet;
    const auto found = connection_.Query(fmt::format(
        "SELECT CAST({0} AS CHAR CHARACTER SET utf8mb4), CAST({0} AS UNSIGNED) FROM {1}.{2} WHERE "
        "CAST({0} AS UNSIGNED) {3} LIMIT 1",
        name,
        QuoteName(id.db),
        QuoteName(id.table),
        set ? fmt::format("& {} <> 0", uint64_t{1} << index) : fmt::format("= {}", index + 1)
    ));
    if (!found) {
      const bool gone = found.error().kind() == ErrorKind::kSchemaChanged;
      return gone ? Ok() : Status(found.error());
    }
    if (found->rows.empty()) {
      return Ok();
    }
    std::string_view text = Text(found->rows[0], 0);
    if (set) {  // members in order, with commas between
      const uint64_t bits = std::strtoull(Text(found->rows[0], 1).c_str(), nullptr, 10);
      const int before = std::popcount(bits & ((uint64_t{1} << index) - 1));
      for (int i = 0; i < before; ++i) {
        text.remove_prefix(std::min(text.find(','), text.size() - 1) + 1);
      }
      text = text.substr(0, text.find(','));
    }
    column.labels[index] = text;
    return Ok();
  }

  // The key the log names: PRIMARY, else the first unique key of whole NOT NULL columns.
  Status ReadKeys() {
    ROWHOUSE_TRY(ReadPrimaryKeys());
    for (auto& [id, schema] : schemas_) {
      if (schema.primary_key.empty()) {
        ROWHOUSE_TRY(ReadUniqueKey(schema));
      }
    }
    return Ok();
  }

  // "First" in the server's own order, which only SHOW INDEX keeps.
  Status ReadUniqueKey(TableSchema& schema) {
    const auto found = connection_.Query(
        fmt::format("SHOW INDEX FROM {}.{}", QuoteName(schema.id.db), QuoteName(schema.id.table))
    );
    if (!found) {
      // Dropped since it was listed: whoever reads it will be told.
      const bool gone = found.error().kind() == ErrorKind::kSchemaChanged;
      return gone ? Ok() : Status(found.error());
    }
    std::string name;
    std::vector<uint32_t> columns;
    bool fits = false;
    for (const Row& row : found->rows) {
      // Table, Non_unique, Key_name, Seq_in_index, Column_name, .., .., Sub_part, .., Null
      if (Text(row, 2) != name) {
        if (fits) {
          break;
        }
        name = Text(row, 2);
        columns.clear();
        fits = Text(row, 1) == "0";
      }
      const auto index = schema.Find(Text(row, 4));
      if (index.has_value() && RowEndColumn(schema) == *index) {
        continue;
      }
      fits = fits && index.has_value() && !row[7].has_value() && Text(row, 9) != "YES";
      columns.push_back(index.value_or(0));
    }
    if (fits) {
      schema.primary_key = std::move(columns);
    }
    return Ok();
  }

  Status ReadPrimaryKeys() {
    const Rows rows = ROWHOUSE_TRY(connection_.Query(
        "SELECT TABLE_SCHEMA, TABLE_NAME, INDEX_NAME, COLUMN_NAME FROM "
        "information_schema.STATISTICS WHERE " +
        where_ + " AND INDEX_NAME = 'PRIMARY' ORDER BY TABLE_SCHEMA, TABLE_NAME, SEQ_IN_INDEX"
    ));
    for (const Row& row : rows.rows) {
      const auto schema = schemas_.find({Text(row, 0), Text(row, 1)});
      if (schema == schemas_.end()) {
        continue;
      }
      const auto index = schema->second.Find(Text(row, 3));
      if (index.has_value() && RowEndColumn(schema->second) != *index) {
        schema->second.primary_key.push_back(*index);
      }
    }
    return Ok();
  }

  Connection& connection_;
  const std::string where_;
  Schemas schemas_;
  CollationIds collations_;
  std::set<std::pair<TableId, std::string>> json_checks_;
  std::set<TableId> versioned_;
};

Result<std::vector<TableSchema>> ReadTables(
    Connection& connection, const std::function<bool(const TableId&)>& wanted
) {
  Schemas schemas = ROWHOUSE_TRY(DictionaryPass(connection, std::nullopt).Read(wanted));
  std::vector<TableSchema> out;
  for (auto& [id, schema] : schemas) {
    out.push_back(std::move(schema));
  }
  return out;
}

// Whether the dictionary's column may be the log's, as the wire shows it.
bool SameColumn(const Column& log, const Column& now) {
  if (log.name != now.name) {
    return false;
  }
  if (log.type == now.type) {
    return true;
  }
  switch (now.type) {
    case ColumnType::kJson:
      return log.type == ColumnType::kText;
    case ColumnType::kUuid:
    case ColumnType::kInet6:
      return log.type == ColumnType::kBinary && log.length == 16;
    case ColumnType::kInet4:
      return log.type == ColumnType::kBinary && log.length == 4;
    case ColumnType::kVector:  // MariaDB's; four bytes a number
      return log.type == ColumnType::kVarbinary && log.length == now.length * 4;
    default:
      return false;
  }
}

void Add(const Column& now, Column& log) {
  if (log.type == ColumnType::kGeometry) {
    return;  // the log says all there is
  }
  if (now.type == ColumnType::kVector) {
    log.length = now.length;
  }
  if (log.fsp == kFspUntold) {
    log.fsp = now.fsp;
  }
  log.type = now.type;
  log.is_generated = now.is_generated;
  log.default_value = now.default_value;
  log.comment = now.comment;
  const bool same_size = log.length == now.length && log.precision == now.precision &&
                         log.scale == now.scale && log.fsp == now.fsp &&
                         log.is_unsigned == now.is_unsigned && log.labels == now.labels;
  if (same_size || log.type >= ColumnType::kJson) {
    log.declared = now.declared;
  }
}

}  // namespace

bool SameShape(const TableSchema& then, const TableSchema& now) {
  if (then.columns.size() != now.columns.size() || then.primary_key != now.primary_key) {
    return false;
  }
  for (size_t i = 0; i < now.columns.size(); ++i) {
    const Column& a = then.columns[i];
    const Column& b = now.columns[i];
    const bool same = SameColumn(a, b) && a.is_unsigned == b.is_unsigned &&
                      a.precision == b.precision && a.scale == b.scale && a.fsp == b.fsp &&
                      a.labels.size() == b.labels.size();
    if (!same || (a.type == ColumnType::kBinary && b.type == a.type && a.length != b.length)) {
      return false;
    }
  }
  return true;
}

Result<TableSchema> ReadTable(Connection& connection, const TableId& id) {
  // `wanted` compares again: the server may fold letter case where names are kept apart here.
  const auto exactly = [&](const TableId& found) { return found == id; };
  Schemas schemas = ROWHOUSE_TRY(DictionaryPass(connection, id).Read(exactly));
  if (schemas.empty()) {
    return Error(
        ErrorKind::kNotFound, fmt::format("{}: no table {}", connection.where(), id.ToString())
    );
  }
  return std::move(schemas.begin()->second);
}

Result<std::unique_ptr<Catalog>> Catalog::Open(const SourceOptions& options) {
  std::unique_ptr<Catalog> catalog(new Catalog(options));
  catalog->connection_ = ROWHOUSE_TRY(Connection::Open(options));
  return catalog;
}

template <typename T>
Result<T> Catalog::Reconnecting(const std::function<Result<T>(Connection&)>& work) {
  if (connection_ != nullptr) {
    Result<T> result = work(*connection_);
    if (result || result.error().kind() != ErrorKind::kUnavailable) {
      return result;
    }
  }
  connection_ = nullptr;
  connection_ = ROWHOUSE_TRY(Connection::Open(options_));
  return work(*connection_);
}

Result<std::vector<TableSchema>> Catalog::Tables(const std::function<bool(const TableId&)>& wanted
) {
  return Reconnecting<std::vector<TableSchema>>([&](Connection& connection) {
    return ReadTables(connection, wanted);
  });
}

Result<TableSchema> Catalog::Table(const TableId& id) {
  return Reconnecting<TableSchema>([&](Connection& connection) { return ReadTable(connection, id); }
  );
}

Result<SourcePosition> Catalog::CurrentPosition() {
  return Reconnecting<SourcePosition>([](Connection& connection) {
    return mysql::CurrentPosition(connection);
  });
}

Result<SourcePosition> Catalog::FirstPosition() {
  return Reconnecting<SourcePosition>([](Connection& connection) {
    return mysql::FirstPosition(connection);
  });
}

Result<std::string> Catalog::Connector() {
  return Reconnecting<std::string>([](Connection& connection) {
    return std::string(connection.flavor() == Flavor::kMariaDb ? "mariadb" : "mysql");
  });
}

Result<std::set<std::string>> Catalog::IndexedColumns(const TableId& id) {
  return Reconnecting<std::set<std::string>>(
      [&](Connection& connection) -> Result<std::set<std::string>> {
        const Rows rows = ROWHOUSE_TRY(connection.Query(fmt::format(
            "SELECT COLUMN_NAME FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = {} AND "
            "TABLE_NAME = {} AND SEQ_IN_INDEX = 1",
            QuoteText(id.db),
            QuoteText(id.table)
        )));
        std::set<std::string> columns;
        for (const auto& row : rows.rows) {
          columns.insert(row[0].value_or(""));
        }
        return columns;
      }
  );
}

Result<std::optional<uint64_t>> Catalog::EstimateRows(const TableId& id, const std::string& where) {
  return Reconnecting<std::optional<uint64_t>>(
      [&](Connection& connection) -> Result<std::optional<uint64_t>> {
        const Rows plan = ROWHOUSE_TRY(connection.Query(fmt::format(
            "EXPLAIN FORMAT=TRADITIONAL SELECT COUNT(*) FROM {}.{} WHERE {}",
            QuoteName(id.db),
            QuoteName(id.table),
            where
        )));
        // One that could be used and is not has told that most rows are wanted.
        if (plan.First("possible_keys").empty()) {
          return std::optional<uint64_t>();
        }
        return std::optional<uint64_t>(std::strtoull(plan.First("rows").c_str(), nullptr, 10));
      }
  );
}

Result<ServerLoad> Catalog::Load() {
  return Reconnecting<ServerLoad>([](Connection& connection) -> Result<ServerLoad> {
    const auto number = [](const std::string& text) {
      return std::strtoull(text.c_str(), nullptr, 10);
    };
    ServerLoad load;
    const Rows threads =
        ROWHOUSE_TRY(connection.Query("SHOW GLOBAL STATUS LIKE 'Threads_running'"));
    load.threads_running = number(threads.First("Value"));
    const bool renamed = connection.flavor() == Flavor::kMySql && connection.version() >= 80022;
    const Rows replica =
        ROWHOUSE_TRY(connection.Query(renamed ? "SHOW REPLICA STATUS" : "SHOW SLAVE STATUS"));
    load.is_replica = !replica.empty();
    const std::string lag =
        replica.First(renamed ? "Seconds_Behind_Source" : "Seconds_Behind_Master");
    if (!lag.empty()) {
      load.replica_lag_s = number(lag);
    }
    return load;
  });
}

Result<TableSchemaPtr> Catalog::Complete(TableSchema from_log) {
  const Result<TableSchema> now = Reconnecting<TableSchema>([&](Connection& connection) {
    return ReadTable(connection, from_log.id);
  });
  if (!now && now.error().kind() != ErrorKind::kNotFound) {
    return now.error();
  }
  if (now) {
    from_log.comment = now->comment;
    for (Column& column : from_log.columns) {
      const auto index = now->Find(column.name);
      if (index.has_value() && SameColumn(column, now->columns[*index])) {
        Add(now->columns[*index], column);
      }
    }
    if (const auto row_end = RowEndColumn(from_log)) {
      std::erase(from_log.primary_key, *row_end);
    }
  }
  return std::make_shared<const TableSchema>(std::move(from_log));
}

}  // namespace rowhouse::mysql
