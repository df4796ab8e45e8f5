#include "types/schema_change.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "types/connect_records.h"

namespace rowhouse::types {

namespace {

constexpr std::string_view kInt = R"(["null","int"],"default":null)";
constexpr std::string_view kBool = R"(["null","boolean"],"default":null)";
constexpr std::string_view kTexts = R"(["null",{"type":"array","items":"string"}],"default":null)";

std::string ColumnSchema() {
  constexpr std::pair<std::string_view, std::string_view> kFields[] = {
      {"name", R"("string")"},
      {"jdbcType", R"("int")"},
      {"nativeType", kInt},
      {"typeName", R"("string")"},
      {"typeExpression", kOptionalText},
      {"charsetName", kOptionalText},
      {"length", kInt},
      {"scale", kInt},
      {"position", R"("int")"},
      {"optional", kBool},
      {"autoIncremented", kBool},
      {"generated", kBool},
      {"comment", kOptionalText},
      {"defaultValueExpression", kOptionalText},
      {"enumValues", kTexts}};
  std::string fields;
  for (const auto& [name, type] : kFields) {
    fields += (fields.empty() ? "" : ",") + ConnectField(name, type);
  }
  return ConnectRecord("Column", "io.debezium.connector.schema", fields, Namespace::kInherited);
}

std::string ChangeSchema() {
  constexpr std::string_view kSpace = "io.debezium.connector.schema";
  const std::string table = ConnectRecord(
      "Table",
      kSpace,
      ConnectField("defaultCharsetName", kOptionalText) + "," +
          ConnectField("primaryKeyColumnNames", kTexts) + "," +
          ConnectField("columns", fmt::format(R"({{"type":"array","items":{}}})", ColumnSchema())) +
          "," + ConnectField("comment", kOptionalText),
      Namespace::kInherited
  );
  return ConnectRecord(
      "Change",
      kSpace,
      ConnectField("type", R"("string")") + "," + ConnectField("id", R"("string")") + "," +
          ConnectField("table", fmt::format(R"(["null",{}],"default":null)", table)),
      Namespace::kWritten
  );
}

// java.sql.Types, as Debezium's parser of MySQL's DDL gives them.
int JdbcType(ColumnType type) {
  switch (type) {
    case ColumnType::kTinyInt:
    case ColumnType::kSmallInt:
      return 5;  // SMALLINT
    case ColumnType::kMediumInt:
    case ColumnType::kInt:
    case ColumnType::kYear:
      return 4;  // INTEGER
    case ColumnType::kBigInt:
      return -5;
    case ColumnType::kFloat:
      return 6;
    case ColumnType::kDouble:
      return 8;
    case ColumnType::kDecimal:
      return 3;
    case ColumnType::kBit:
      return -7;
    case ColumnType::kDate:
      return 91;
    case ColumnType::kTime:
      return 92;
    case ColumnType::kDateTime:
      return 93;  // TIMESTAMP
    case ColumnType::kTimestamp:
      return 2014;  // TIMESTAMP_WITH_TIMEZONE
    case ColumnType::kChar:
    case ColumnType::kEnum:
    case ColumnType::kSet:
      return 1;  // CHAR
    case ColumnType::kVarchar:
    case ColumnType::kText:
      return 12;  // VARCHAR
    case ColumnType::kBinary:
      return -2;
    case ColumnType::kVarbinary:
      return -3;
    case ColumnType::kBlob:
      return 2004;
    default:
      return 1111;  // OTHER
  }
}

// "int(10) unsigned" -> "INT UNSIGNED".
std::string TypeName(const Column& column) {
  std::string name = column.declared.empty() ? std::string(ColumnTypeName(column.type))
                                             : column.declared.substr(0, column.declared.find('('));
  std::ranges::transform(name, name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  const bool told = name.find("UNSIGNED") != std::string::npos;
  return column.is_unsigned && !told ? name + " UNSIGNED" : name;
}

// What stands in brackets: {10, 2} of "decimal(10,2)".
std::pair<std::optional<int64_t>, std::optional<int64_t>> Sizes(const Column& column) {
  std::pair<std::optional<int64_t>, std::optional<int64_t>> sizes;
  const size_t open = column.declared.find('(');
  if (open == std::string::npos || !column.labels.empty()) {
    return sizes;
  }
  const char* const end = column.declared.data() + column.declared.size();
  int64_t number = 0;
  auto read = std::from_chars(column.declared.data() + open + 1, end, number);
  if (read.ec != std::errc()) {
    return sizes;
  }
  sizes.first = number;
  if (read.ptr != end && *read.ptr == ',') {
    read = std::from_chars(read.ptr + 1, end, number);
    sizes.second = read.ec == std::errc() ? std::optional(number) : std::nullopt;
  }
  return sizes;
}

void PutColumn(const Column& column, size_t position, ConnectWriter& out) {
  const auto [length, scale] = Sizes(column);
  out.Text(column.name);
  out.Long(JdbcType(column.type));
  out.Null();  // nativeType
  out.Text(TypeName(column));
  out.OptionalText(TypeName(column));
  out.Null();  // charsetName
  out.OptionalLong(length);
  out.OptionalLong(scale);
  out.Long(static_cast<int64_t>(position));
  out.OptionalBool(column.nullable);
  out.OptionalBool(false);  // autoIncremented
  out.OptionalBool(column.is_generated);
  out.OptionalText(column.comment);
  out.OptionalText(column.default_value ? column.default_value->text : "");
  if (column.labels.empty()) {
    out.Null();
    return;
  }
  out.Some();
  out.Items(column.labels.size());
  for (const std::string& label : column.labels) {
    out.Text("'" + label + "'");
  }
  out.End();
}

void PutTable(const TableSchema& table, ConnectWriter& out) {
  out.Null();  // defaultCharsetName
  out.Some();
  out.Items(table.primary_key.size());
  for (const uint32_t column : table.primary_key) {
    out.Text(table.columns[column].name);
  }
  out.End();
  out.Items(table.columns.size());
  for (size_t i = 0; i < table.columns.size(); ++i) {
    PutColumn(table.columns[i], i + 1, out);
  }
  out.End();
  out.OptionalText(table.comment);
}

void PutChange(const TableChange& change, ConnectWriter& out) {
  out.Text(change.type);
  std::string id;
  for (const TableId& table : change.tables) {
    id += fmt::format(R"({}"{}"."{}")", id.empty() ? "" : ",", table.db, table.table);
  }
  out.Text(id);
  if (change.table == nullptr) {
    out.Null();
    return;
  }
  out.Some();
  PutTable(*change.table, out);
}

void PutSource(
    const SchemaChange& change,
    std::string_view topic_prefix,
    std::string_view version,
    Connector connector,
    ConnectWriter& out
) {
  const auto number = BinlogFileNumber(change.at.binlog.file);
  const RowVersion place =
      RowVersion::Make(change.at.epoch, number ? *number : 0, change.at.binlog.pos, 0);
  out.Text(version);
  out.Text(ConnectorName(connector));
  out.Text(topic_prefix);
  out.Long(change.ts_us / 1000);
  out.Long(0);  // snapshot is ["string","null"]
  out.Text("false");
  out.Text(change.database);
  out.OptionalText(place.ToHex());
  out.OptionalLong(change.ts_us);
  out.OptionalLong(change.ts_us * 1000);
  out.OptionalText(change.changes.empty() ? "" : change.changes[0].tables.back().table);
  out.Long(change.server_id);
  out.OptionalText(change.gtid);
  out.Text(change.at.binlog.file);
  out.Long(static_cast<int64_t>(change.at.binlog.pos));
  out.Long(0);  // row
  out.Null();   // thread
  out.Null();   // query
}

}  // namespace

DebeziumSchemas MakeSchemaChangeSchemas(Connector connector) {
  const std::string space = fmt::format("io.debezium.connector.{}", ConnectorName(connector));
  DebeziumSchemas out;
  out.key = ConnectRecord(
      "SchemaChangeKey", space, ConnectField("databaseName", R"("string")"), Namespace::kWritten
  );
  // The source block is of the same namespace, which then is not written again.
  std::string source = SourceSchema(connector);
  const std::string named = fmt::format(R"("namespace":"{}",)", space);
  source.erase(source.find(named), named.size());
  out.value = ConnectRecord(
      "SchemaChangeValue",
      space,
      ConnectField("source", source) + "," + ConnectField("ts_ms", R"("long")") + "," +
          ConnectField("databaseName", kOptionalText) + "," +
          ConnectField("schemaName", kOptionalText) + "," + ConnectField("ddl", kOptionalText) +
          "," +
          ConnectField(
              "tableChanges", fmt::format(R"({{"type":"array","items":{}}})", ChangeSchema())
          ),
      Namespace::kWritten
  );
  return out;
}

void EncodeSchemaChangeKey(const SchemaChange& change, int32_t schema_id, Buffer& out) {
  ConnectWriter writer(out);
  writer.Header(schema_id);
  writer.Text(change.database);
}

void EncodeSchemaChangeValue(
    const SchemaChange& change,
    std::string_view topic_prefix,
    std::string_view version,
    Connector connector,
    int32_t schema_id,
    Buffer& out
) {
  ConnectWriter writer(out);
  writer.Header(schema_id);
  PutSource(change, topic_prefix, version, connector, writer);
  writer.Long(change.now_us / 1000);
  writer.OptionalText(change.database);
  writer.Null();  // schemaName
  writer.OptionalText(change.ddl);
  writer.Items(change.changes.size());
  for (const TableChange& table : change.changes) {
    PutChange(table, writer);
  }
  writer.End();
}

}  // namespace rowhouse::types
