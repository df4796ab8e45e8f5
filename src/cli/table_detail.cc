#include "cli/table_detail.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/format_options.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "types/debezium_schema.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

std::string KindOf(const clickhouse::PipelineObject& object) {
  switch (object.kind) {
    case clickhouse::PipelineObject::Kind::kDatabase:
      return "database";
    case clickhouse::PipelineObject::Kind::kData:
      return "table";
    case clickhouse::PipelineObject::Kind::kView:
      return "view";
    case clickhouse::PipelineObject::Kind::kRoute:
      return "materialized view";
    case clickhouse::PipelineObject::Kind::kQueue:
      return "Kafka queue";
  }
  return "";
}

// "long, io.debezium.time.MicroTimestamp" of a field's type; a union by its branch that is not
// null.
std::string AvroText(const Json& type) {
  if (type.is_string()) {
    return type;
  }
  if (type.is_array()) {
    for (const Json& branch : type) {
      if (branch != "null") {
        return AvroText(branch);
      }
    }
    return "null";
  }
  std::string text = AvroText(type.at("type"));
  if (const std::string name = type.value("connect.name", ""); !name.empty()) {
    text += ", " + name;
  } else if (const std::string logical = type.value("logicalType", ""); !logical.empty()) {
    text += ", " + logical;
  }
  if (type.contains("precision")) {
    text += fmt::format(
        " ({}, {})", type["precision"].dump(), type.contains("scale") ? type["scale"].dump() : "0"
    );
  }
  return text;
}

// The types of the row's fields, by name, out of the schema of a table's values.
std::map<std::string, std::string> AvroFields(const std::string& schema) {
  std::map<std::string, std::string> fields;
  const Json envelope = Json::parse(schema);
  for (const Json& field : envelope.at("fields")) {
    if (field.at("name") != "before") {
      continue;
    }
    for (const Json& branch : field.at("type")) {
      if (branch.is_object()) {
        for (const Json& column : branch.at("fields")) {
          fields[column.at("name")] = AvroText(column.at("type"));
        }
      }
    }
  }
  return fields;
}

}  // namespace

Result<Json> TableDetailOf(
    const config::Config& config, const TableId& table, const TableSchemaPtr& schema
) {
  std::vector<TableSchema> tables;
  if (schema != nullptr) {
    tables.push_back(*schema);
  } else {
    auto read = ReadSourceTables(config, {table.ToString()});
    if (!read && read.error().kind() == ErrorKind::kNotFound) {
      return Json(nullptr);
    }
    tables = ROWHOUSE_TRY(std::move(read));
  }
  const PlannedTables planned = ROWHOUSE_TRY(PlanTables(config, std::move(tables)));
  if (!planned.refused.empty()) {
    return planned.refused.front().error;
  }
  if (planned.pipelines.empty()) {
    return Json(nullptr);
  }
  const clickhouse::TablePipeline& pipeline = planned.pipelines.front();
  const TableSchema& source = planned.schemas.front();
  const types::Format format = ROWHOUSE_TRY(FormatOf(config));
  // Which connector's source block the values have is all the same for the row.
  const auto schemas = ROWHOUSE_TRY(
      types::MakeDebeziumSchemas(source, TopicNamingOf(config), types::Connector::kMySql, format)
  );
  const auto avro = AvroFields(schemas.value);
  Json json = {{"key", Json::array()}, {"columns", Json::array()}, {"objects", Json::array()}};
  for (const uint32_t column : source.primary_key) {
    json["key"].push_back(source.columns[column].name);
  }
  for (const auto& column : pipeline.columns) {
    const Column& from = source.columns[column.source];
    const auto field = avro.find(column.path.substr(0, column.path.find('.')));
    json["columns"].push_back(
        {{"name", column.name},
         {"mysql", from.declared.empty() ? std::string(ColumnTypeName(from.type)) : from.declared},
         {"avro", field == avro.end() ? "" : field->second},
         {"clickhouse", column.type},
         {"nullable", from.nullable},
         {"key", std::ranges::find(pipeline.key, column.name) != pipeline.key.end()},
         {"lossy", column.lossy},
         {"note", column.lossy_reason}}
    );
  }
  for (const auto& object : pipeline.objects) {
    const std::string name =
        object.name.empty() ? object.database : object.database + "." + object.name;
    json["objects"].push_back(
        {{"name", name}, {"kind", KindOf(object)}, {"sql", MaskSecrets(object.sql, config)}}
    );
  }
  return json;
}

}  // namespace rowhouse::cli
