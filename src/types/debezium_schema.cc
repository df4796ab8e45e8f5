#include "types/debezium_schema.h"

#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/json_text.h"
#include "model/topic.h"
#include "types/avro_name.h"
#include "types/column_default.h"
#include "types/type_table.h"

namespace rowhouse::types {
namespace {

constexpr std::string_view kSnapshotValues =
    "true,first,first_in_data_collection,last_in_data_collection,last,false,incremental";
constexpr std::string_view kNullableLong = R"(["null","long"],"default":null})";
constexpr std::string_view kNullableString = R"(["null","string"],"default":null})";

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(out, text);
  return out;
}

// "connect.parameters" of the types that have some; empty for the others.
std::string Parameters(const Column& column, Form form) {
  switch (form) {
    case Form::kDecimal:
      return fmt::format(
          R"({{"scale":"{}","connect.decimal.precision":"{}"}})", column.scale, column.precision
      );
    case Form::kBits:
      return fmt::format(R"({{"length":"{}"}})", column.length);
    case Form::kEnum:
    case Form::kSet:
      return fmt::format(
          R"({{"allowed":{}}})", Quoted(fmt::format("{}", fmt::join(column.labels, ",")))
      );
    default:
      return "";
  }
}

// Attributes of a type in the order AvroConverter adds them, each with a comma before it.
std::string Attributes(const Column& column, const TypeRow& row, const std::string& default_json) {
  std::string out;
  if (row.form == Form::kDecimal) {
    out += fmt::format(R"(,"scale":{},"precision":{})", column.scale, column.precision);
  }
  if (!row.connect_name.empty()) {
    out += R"(,"connect.version":1)";
  }
  const std::string parameters = Parameters(column, row.form);
  if (!parameters.empty()) {
    out += R"(,"connect.parameters":)" + parameters;
  }
  if (!default_json.empty()) {
    out += R"(,"connect.default":)" + default_json;
  }
  if (!row.connect_name.empty()) {
    out += fmt::format(R"(,"connect.name":"{}")", row.connect_name);
  }
  if (!row.connect_type.empty()) {
    out += fmt::format(R"(,"connect.type":"{}")", row.connect_type);
  }
  if (row.form == Form::kDecimal) {
    out += R"(,"logicalType":"decimal")";
  }
  return out;
}

constexpr std::string_view kGeometryType =
    R"({"type":"record","name":"Geometry","namespace":"io.debezium.data.geometry","fields":[)"
    R"({"name":"wkb","type":"bytes"},{"name":"srid","type":["null","int"],"default":null}],)"
    R"("connect.doc":"Geometry","connect.version":1,)"
    R"("connect.name":"io.debezium.data.geometry.Geometry"})";
constexpr std::string_view kPointType =
    R"({"type":"record","name":"Point","namespace":"io.debezium.data.geometry","fields":[)"
    R"({"name":"x","type":"double"},{"name":"y","type":"double"},)"
    R"({"name":"wkb","type":["null","bytes"],"default":null},)"
    R"({"name":"srid","type":["null","int"],"default":null}],)"
    R"x("connect.doc":"Geometry (POINT)","connect.version":1,)x"
    R"("connect.name":"io.debezium.data.geometry.Point"})";

// Writes columns of one row type; remembers which named types it has defined.
class FieldWriter {
 public:
  std::string Field(const Column& column, Form form) {
    const TypeRow& row = RowOf(form);
    const auto standard = ParseDefault(column, form);
    const std::string type = Type(column, row, standard ? standard->json : "");
    std::string out = fmt::format(R"({{"name":{},"type":)", Quoted(AvroFieldName(column.name)));
    const bool optional = column.nullable || form == Form::kGeometry;
    if (optional && standard) {
      out += fmt::format(R"([{},"null"],"default":{})", type, standard->json);
    } else if (optional) {
      out += fmt::format(R"(["null",{}],"default":null)", type);
    } else {
      out += type;
      out += standard ? R"(,"default":)" + standard->json : "";
    }
    return out + "}";
  }

 private:
  std::string Type(const Column& column, const TypeRow& row, const std::string& default_json) {
    if (row.avro == "record") {
      const bool first = defined_.insert(row.connect_name).second;
      return first ? std::string(row.form == Form::kPoint ? kPointType : kGeometryType)
                   : Quoted(row.connect_name);
    }
    const std::string attributes = Attributes(column, row, default_json);
    if (row.avro == "array") {
      return fmt::format(R"({{"type":"array","items":"float"{}}})", attributes);
    }
    return attributes.empty() ? Quoted(row.avro)
                              : fmt::format(R"({{"type":"{}"{}}})", row.avro, attributes);
  }

  std::set<std::string_view> defined_;
};

std::string SourceType(Connector connector) {
  const std::string_view name = ConnectorName(connector);
  std::string out = fmt::format(
      R"({{"type":"record","name":"Source","namespace":"io.debezium.connector.{}","fields":[)", name
  );
  out += R"({"name":"version","type":"string"},{"name":"connector","type":"string"},)";
  out += R"({"name":"name","type":"string"},{"name":"ts_ms","type":"long"},)";
  out += R"({"name":"snapshot","type":[{"type":"string","connect.version":1,)";
  out += fmt::format(R"("connect.parameters":{{"allowed":"{}"}},)", kSnapshotValues);
  out += R"("connect.default":"false","connect.name":"io.debezium.data.Enum"},"null"],)";
  out += R"("default":"false"},{"name":"db","type":"string"},)";
  out += fmt::format(R"({{"name":"sequence","type":{},)", kNullableString);
  out += fmt::format(R"({{"name":"ts_us","type":{},)", kNullableLong);
  out += fmt::format(R"({{"name":"ts_ns","type":{},)", kNullableLong);
  out += fmt::format(R"({{"name":"table","type":{},)", kNullableString);
  out += R"({"name":"server_id","type":"long"},)";
  out += fmt::format(R"({{"name":"gtid","type":{},)", kNullableString);
  out += R"({"name":"file","type":"string"},{"name":"pos","type":"long"},)";
  out += R"({"name":"row","type":"int"},)";
  out += fmt::format(R"({{"name":"thread","type":{},)", kNullableLong);
  out += fmt::format(R"({{"name":"query","type":{}],)", kNullableString);
  out += fmt::format(
      R"("connect.version":1,"connect.name":"io.debezium.connector.{}.Source"}})", name
  );
  return out;
}

constexpr std::string_view kTransactionType =
    R"({"type":"record","name":"block","namespace":"event","fields":[)"
    R"({"name":"id","type":"string"},{"name":"total_order","type":"long"},)"
    R"({"name":"data_collection_order","type":"long"}],)"
    R"("connect.version":1,"connect.name":"event.block"})";

std::string EnvelopeText(const std::string& space, const std::string& fields, Connector connector) {
  std::string out = fmt::format(
      R"({{"type":"record","name":"Envelope","namespace":{},"fields":[)", Quoted(space)
  );
  out += fmt::format(
      R"({{"name":"before","type":["null",{{"type":"record","name":"Value","fields":[{}],)"
      R"("connect.name":{}}}],"default":null}},)",
      fields,
      Quoted(space + ".Value")
  );
  out += R"({"name":"after","type":["null","Value"],"default":null},)";
  out += fmt::format(R"({{"name":"source","type":{}}},)", SourceType(connector));
  out += fmt::format(
      R"({{"name":"transaction","type":["null",{}],"default":null}},)", kTransactionType
  );
  out += R"({"name":"op","type":"string"},)";
  out += fmt::format(R"({{"name":"ts_ms","type":{},)", kNullableLong);
  out += fmt::format(R"({{"name":"ts_us","type":{},)", kNullableLong);
  out += fmt::format(R"({{"name":"ts_ns","type":{}],)", kNullableLong);
  out += fmt::format(R"("connect.version":2,"connect.name":{}}})", Quoted(space + ".Envelope"));
  return out;
}

Status CheckColumns(const TableSchema& table) {
  std::set<std::string> names;
  for (const Column& column : table.columns) {
    if (FormOf(column) == Form::kUnsupported) {
      return Error(
          ErrorKind::kUnsupported,
          fmt::format(
              "{}.{}: type '{}' has no mapping to Avro",
              table.id.ToString(),
              column.name,
              column.declared.empty() ? ColumnTypeName(column.type) : column.declared
          )
      );
    }
    if (!names.insert(AvroFieldName(column.name)).second) {
      return Error(
                 ErrorKind::kUnsupported,
                 fmt::format(
                     "{}: two columns would be called '{}' in Avro",
                     table.id.ToString(),
                     AvroFieldName(column.name)
                 )
      )
          .WithHint("exclude one of the two columns");
    }
  }
  return Ok();
}

}  // namespace

std::string_view ConnectorName(Connector connector) {
  return connector == Connector::kMySql ? "mysql" : "mariadb";
}

Result<Connector> ParseConnector(std::string_view name) {
  if (name == "mysql" || name == "mariadb") {
    return name == "mysql" ? Connector::kMySql : Connector::kMariaDb;
  }
  return Error(ErrorKind::kConfig, fmt::format("'{}' is no connector", name))
      .WithHint("write mysql or mariadb");
}

Result<DebeziumSchemas> MakeDebeziumSchemas(
    const TableSchema& table, std::string_view topic_prefix, Connector connector
) {
  ROWHOUSE_TRY(CheckColumns(table));
  const std::string space = AvroFullName(DataTopic(topic_prefix, table.id));
  DebeziumSchemas out;
  FieldWriter rows;
  std::string fields;
  for (const Column& column : table.columns) {
    fields += fields.empty() ? "" : ",";
    fields += rows.Field(column, FormOf(column));
  }
  out.value = EnvelopeText(space, fields, connector);
  if (table.has_key()) {
    FieldWriter keys;
    fields.clear();
    for (const uint32_t index : table.primary_key) {
      fields += fields.empty() ? "" : ",";
      fields += keys.Field(table.columns[index], FormOf(table.columns[index]));
    }
    out.key = fmt::format(
        R"({{"type":"record","name":"Key","namespace":{},"fields":[{}],"connect.name":{}}})",
        Quoted(space),
        fields,
        Quoted(space + ".Key")
    );
  }
  return out;
}

}  // namespace rowhouse::types
