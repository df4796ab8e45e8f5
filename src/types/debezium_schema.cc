#include "types/debezium_schema.h"

#include <optional>
#include <set>

#include <fmt/format.h>

#include "base/json_text.h"
#include "model/topic.h"
#include "types/avro_name.h"
#include "types/cell_encoder.h"
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

struct Digits {
  int precision;
  int scale;
};

// Of a form that is Connect's Decimal.
std::optional<Digits> DigitsOf(const Column& column, Form form) {
  if (form == Form::kDecimal) {
    return Digits{column.precision, column.scale};
  }
  return form == Form::kUInt64Exact ? std::optional(Digits{20, 0}) : std::nullopt;
}

// "connect.parameters" of the types that have some; empty for the others.
std::string Parameters(const Column& column, Form form, const Treatment& treatment) {
  std::vector<std::string> parts;
  if (const auto digits = DigitsOf(column, form)) {
    parts.push_back(fmt::format(R"("scale":"{}")", digits->scale));
    parts.push_back(fmt::format(R"("connect.decimal.precision":"{}")", digits->precision));
  } else if (form == Form::kBits) {
    parts.push_back(fmt::format(R"("length":"{}")", column.length));
  } else if (form == Form::kEnum || form == Form::kSet) {
    const std::string all = fmt::format("{}", fmt::join(column.labels, ","));
    parts.push_back(R"("allowed":)" + Quoted(all));
  }
  if (treatment.kind == Treatment::Kind::kTruncate) {
    parts.push_back(fmt::format(R"("truncateLength":"{}")", treatment.chars));
  } else if (treatment.kind != Treatment::Kind::kNone) {
    parts.emplace_back(R"("masked":"true")");
  }
  return parts.empty() ? "" : fmt::format("{{{}}}", fmt::join(parts, ","));
}

std::string_view LogicalType(Form form) {
  switch (form) {
    case Form::kDecimal:
    case Form::kUInt64Exact:
      return "decimal";
    case Form::kConnectDate:
      return "date";
    case Form::kConnectTime:
      return "time-millis";
    case Form::kConnectTimestamp:
      return "timestamp-millis";
    default:
      return "";
  }
}

// Attributes of a type in the order AvroConverter adds them, each with a comma before it.
std::string Attributes(
    const Column& column,
    const TypeRow& row,
    const Treatment& treatment,
    const std::string& default_json
) {
  std::string out;
  if (const auto digits = DigitsOf(column, row.form)) {
    out += fmt::format(R"(,"scale":{},"precision":{})", digits->scale, digits->precision);
  }
  if (!row.connect_name.empty()) {
    out += R"(,"connect.version":1)";
  }
  const std::string parameters = Parameters(column, row.form, treatment);
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
  if (const std::string_view logical = LogicalType(row.form); !logical.empty()) {
    out += fmt::format(R"(,"logicalType":"{}")", logical);
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
  FieldWriter(const TableSchema& table, const Format& format) : table_(table), format_(format) {}

  std::string Field(const WireColumn& wire) {
    const Column& column = table_.columns[wire.column];
    const auto standard = DefaultJson(table_, wire);
    const std::string type = Type(column, wire, standard.value_or(""));
    const std::string name = AvroFieldName(column.name, format_.field_names);
    std::string out = fmt::format(R"({{"name":{},"type":)", Quoted(name));
    const bool optional = IsOptional(column, wire.form);
    if (optional && standard) {
      out += fmt::format(R"([{},"null"],"default":{})", type, *standard);
    } else if (optional) {
      out += fmt::format(R"(["null",{}],"default":null)", type);
    } else {
      out += type;
      out += standard ? R"(,"default":)" + *standard : "";
    }
    return out + "}";
  }

 private:
  std::string Type(const Column& column, const WireColumn& wire, const std::string& default_json) {
    const TypeRow& row = RowOf(wire.form);
    if (row.avro == "record") {
      const bool first = defined_.insert(row.connect_name).second;
      return first ? std::string(row.form == Form::kPoint ? kPointType : kGeometryType)
                   : Quoted(row.connect_name);
    }
    const std::string attributes = Attributes(column, row, wire.treatment, default_json);
    if (row.avro == "array") {
      return fmt::format(R"({{"type":"array","items":"float"{}}})", attributes);
    }
    return attributes.empty() ? Quoted(row.avro)
                              : fmt::format(R"({{"type":"{}"{}}})", row.avro, attributes);
  }

  const TableSchema& table_;
  const Format& format_;
  std::set<std::string_view> defined_;
};

std::string Fields(
    const TableSchema& table, const std::vector<WireColumn>& columns, const Format& format
) {
  FieldWriter writer(table, format);
  std::string fields;
  for (const WireColumn& column : columns) {
    fields += fields.empty() ? "" : ",";
    fields += writer.Field(column);
  }
  return fields;
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
  out += fmt::format(R"({{"name":"source","type":{}}},)", SourceSchema(connector));
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

}  // namespace

std::string_view ConnectorName(Connector connector) {
  return connector == Connector::kMySql ? "mysql" : "mariadb";
}

std::string SourceSchema(Connector connector) {
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

Result<Connector> ParseConnector(std::string_view name) {
  if (name == "mysql" || name == "mariadb") {
    return name == "mysql" ? Connector::kMySql : Connector::kMariaDb;
  }
  return Error(ErrorKind::kConfig, fmt::format("'{}' is no connector", name))
      .WithHint("write mysql or mariadb");
}

Result<DebeziumSchemas> MakeDebeziumSchemas(
    const TableSchema& table, const TopicNaming& topics, Connector connector, const Format& format
) {
  const WireTable wire = ROWHOUSE_TRY(MakeWireTable(table, format));
  return SchemasOf(table, wire, topics, connector, format);
}

DebeziumSchemas SchemasOf(
    const TableSchema& table,
    const WireTable& wire,
    const TopicNaming& topics,
    Connector connector,
    const Format& format
) {
  const std::string space = AvroFullName(DataTopic(topics, table.id), format.schema_names);
  DebeziumSchemas out;
  out.value = EnvelopeText(space, Fields(table, wire.value, format), connector);
  if (!wire.key.empty()) {
    out.key = fmt::format(
        R"({{"type":"record","name":"Key","namespace":{},"fields":[{}],"connect.name":{}}})",
        Quoted(space),
        Fields(table, wire.key, format),
        Quoted(space + ".Key")
    );
  }
  return out;
}

}  // namespace rowhouse::types
