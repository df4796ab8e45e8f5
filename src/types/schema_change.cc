#include "types/schema_change.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include <fmt/format.h>

#include "base/varint.h"

namespace rowhouse::types {

namespace {

constexpr std::string_view kText = R"(["null","string"],"default":null)";
constexpr std::string_view kInt = R"(["null","int"],"default":null)";
constexpr std::string_view kBool = R"(["null","boolean"],"default":null)";
constexpr std::string_view kTexts = R"(["null",{"type":"array","items":"string"}],"default":null)";

std::string Field(std::string_view name, std::string_view type) {
  return fmt::format(R"({{"name":"{}","type":{}}})", name, type);
}

std::string Record(
    std::string_view name, std::string_view space, std::string_view fields, bool outermost
) {
  return fmt::format(
      R"({{"type":"record","name":"{0}",{1}"fields":[{2}],"connect.version":1,)"
      R"("connect.name":"{3}.{0}"}})",
      name,
      outermost ? fmt::format(R"("namespace":"{}",)", space) : "",
      fields,
      space
  );
}

std::string ColumnSchema() {
  constexpr std::pair<std::string_view, std::string_view> kFields[] = {
      {"name", R"("string")"},
      {"jdbcType", R"("int")"},
      {"nativeType", kInt},
      {"typeName", R"("string")"},
      {"typeExpression", kText},
      {"charsetName", kText},
      {"length", kInt},
      {"scale", kInt},
      {"position", R"("int")"},
      {"optional", kBool},
      {"autoIncremented", kBool},
      {"generated", kBool},
      {"comment", kText},
      {"defaultValueExpression", kText},
      {"enumValues", kTexts}};
  std::string fields;
  for (const auto& [name, type] : kFields) {
    fields += (fields.empty() ? "" : ",") + Field(name, type);
  }
  return Record("Column", "io.debezium.connector.schema", fields, false);
}

std::string ChangeSchema() {
  constexpr std::string_view kSpace = "io.debezium.connector.schema";
  const std::string table = Record(
      "Table",
      kSpace,
      Field("defaultCharsetName", kText) + "," + Field("primaryKeyColumnNames", kTexts) + "," +
          Field("columns", fmt::format(R"({{"type":"array","items":{}}})", ColumnSchema())) + "," +
          Field("comment", kText),
      false
  );
  return Record(
      "Change",
      kSpace,
      Field("type", R"("string")") + "," + Field("id", R"("string")") + "," +
          Field("table", fmt::format(R"(["null",{}],"default":null)", table)),
      true
  );
}

// Avro's binary form of the few kinds of field there are here.
class Writer {
 public:
  explicit Writer(Buffer& out) : out_(out) {}

  void Header(int32_t schema_id) {
    const auto id = static_cast<uint32_t>(schema_id);
    const char header[] = {
        0,
        static_cast<char>(id >> 24),
        static_cast<char>(id >> 16),
        static_cast<char>(id >> 8),
        static_cast<char>(id)};
    out_.Append({header, sizeof header});
  }

  void Long(int64_t value) { out_.Commit(PutZigZag(out_.Reserve(kVarintBytesMax), value)); }

  void Text(std::string_view text) {
    Long(static_cast<int64_t>(text.size()));
    out_.Append(text);
  }

  void Null() { Long(0); }

  // The second branch of ["null", ...].
  void Some() { Long(1); }

  void OptionalLong(std::optional<int64_t> value) {
    Long(value.has_value() ? 1 : 0);
    if (value) {
      Long(*value);
    }
  }

  void OptionalText(std::string_view text) {
    Long(text.empty() ? 0 : 1);
    if (!text.empty()) {
      Text(text);
    }
  }

  void OptionalBool(bool value) {
    Some();
    out_.Append(value ? std::string_view("\1", 1) : std::string_view("\0", 1));
  }

  // An array's items follow, then End().
  void Items(size_t count) {
    if (count != 0) {
      Long(static_cast<int64_t>(count));
    }
  }

  void End() { Long(0); }

 private:
  Buffer& out_;
};

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

void PutColumn(const Column& column, size_t position, Writer& out) {
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

void PutTable(const TableSchema& table, Writer& out) {
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

void PutChange(const TableChange& change, Writer& out) {
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
    Writer& out
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
  out.key = Record("SchemaChangeKey", space, Field("databaseName", R"("string")"), true);
  // The source block is of the same namespace, which then is not written again.
  std::string source = SourceSchema(connector);
  const std::string named = fmt::format(R"("namespace":"{}",)", space);
  source.erase(source.find(named), named.size());
  out.value = Record(
      "SchemaChangeValue",
      space,
      Field("source", source) + "," + Field("ts_ms", R"("long")") + "," +
          Field("databaseName", kText) + "," + Field("schemaName", kText) + "," +
          Field("ddl", kText) + "," +
          Field("tableChanges", fmt::format(R"({{"type":"array","items":{}}})", ChangeSchema())),
      true
  );
  return out;
}

void EncodeSchemaChangeKey(const SchemaChange& change, int32_t schema_id, Buffer& out) {
  Writer writer(out);
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
  Writer writer(out);
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
