// The records of the schema-change topic, read back by their own schemas. Here because types and
// avro do not see each other.
#include "types/schema_change.h"

#include <gtest/gtest.h>

#include "avro/decoder.h"
#include "avro/schema.h"
#include "avro/wire.h"

namespace rowhouse {
namespace {

using types::Connector;

types::SchemaChange Sample() {
  auto table = std::make_shared<TableSchema>();
  table->id = {"shop", "orders"};
  Column& id = table->columns.emplace_back();
  id.name = "id";
  id.type = ColumnType::kInt;
  id.is_unsigned = true;
  id.nullable = false;
  id.declared = "int(10) unsigned";
  Column& size = table->columns.emplace_back();
  size.name = "size";
  size.type = ColumnType::kEnum;
  size.labels = {"S", "M"};
  size.declared = "enum('S','M')";
  size.default_value = ColumnDefault{"M", false};
  Column& price = table->columns.emplace_back();
  price.name = "price";
  price.type = ColumnType::kDecimal;
  price.declared = "decimal(10,2)";
  table->primary_key = {0};
  types::SchemaChange change;
  change.at = {2, {"binlog.000007", 1234}, "", ""};
  change.gtid = "0-1-5";
  change.ts_us = 1'700'000'000'123'456;
  change.now_us = 1'700'000'001'000'000;
  change.server_id = 7;
  change.database = "shop";
  change.ddl = "ALTER TABLE orders ADD price DECIMAL(10,2)";
  change.changes.push_back({"ALTER", {table->id}, table});
  change.changes.push_back({"DROP", {{"shop", "old"}}, nullptr});
  return change;
}

TEST(SchemaChange, SchemasAreAsAvroPrintsThem) {
  for (const Connector connector : {Connector::kMySql, Connector::kMariaDb}) {
    const auto schemas = types::MakeSchemaChangeSchemas(connector);
    for (const std::string& text : {schemas.key, schemas.value}) {
      const auto parsed = avro::Schema::Parse(text);
      ASSERT_TRUE(parsed) << parsed.error().ToString();
      EXPECT_EQ((*parsed)->Text(), text);
    }
  }
}

TEST(SchemaChange, RecordsReadBackByTheirSchemas) {
  const auto schemas = types::MakeSchemaChangeSchemas(Connector::kMariaDb);
  Buffer key;
  types::EncodeSchemaChangeKey(Sample(), 5, key);
  const auto framed = avro::ReadFrame(AsBytes(key.view()));
  ASSERT_TRUE(framed);
  EXPECT_EQ(framed->schema_id, 5);
  EXPECT_EQ(
      *avro::DecodeToJson(**avro::Schema::Parse(schemas.key), framed->payload),
      R"({"databaseName":"shop"})"
  );
  Buffer value;
  types::EncodeSchemaChangeValue(Sample(), "rh", "rowhouse 1", Connector::kMariaDb, 300, value);
  const auto body = avro::ReadFrame(AsBytes(value.view()));
  ASSERT_TRUE(body);
  EXPECT_EQ(body->schema_id, 300);
  const auto json = avro::DecodeToJson(**avro::Schema::Parse(schemas.value), body->payload);
  ASSERT_TRUE(json) << json.error().ToString();
  EXPECT_EQ(
      *json,
      R"({"source":{"version":"rowhouse 1","connector":"mariadb","name":"rh",)"
      R"("ts_ms":1700000000123,"snapshot":"false","db":"shop",)"
      R"("sequence":"0002000000070000000004d200000000","ts_us":1700000000123456,)"
      R"("ts_ns":1700000000123456000,"table":"orders","server_id":7,"gtid":"0-1-5",)"
      R"("file":"binlog.000007","pos":1234,"row":0,"thread":null,"query":null},)"
      R"("ts_ms":1700000001000,"databaseName":"shop","schemaName":null,)"
      R"x("ddl":"ALTER TABLE orders ADD price DECIMAL(10,2)","tableChanges":[)x"
      R"({"type":"ALTER","id":"\"shop\".\"orders\"","table":{"defaultCharsetName":null,)"
      R"("primaryKeyColumnNames":["id"],"columns":[)"
      R"({"name":"id","jdbcType":4,"nativeType":null,"typeName":"INT UNSIGNED",)"
      R"("typeExpression":"INT UNSIGNED","charsetName":null,"length":10,"scale":null,)"
      R"("position":1,"optional":false,"autoIncremented":false,"generated":false,)"
      R"("comment":null,"defaultValueExpression":null,"enumValues":null},)"
      R"({"name":"size","jdbcType":1,"nativeType":null,"typeName":"ENUM",)"
      R"("typeExpression":"ENUM","charsetName":null,"length":null,"scale":null,)"
      R"("position":2,"optional":true,"autoIncremented":false,"generated":false,)"
      R"("comment":null,"defaultValueExpression":"M","enumValues":["'S'","'M'"]},)"
      R"({"name":"price","jdbcType":3,"nativeType":null,"typeName":"DECIMAL",)"
      R"("typeExpression":"DECIMAL","charsetName":null,"length":10,"scale":2,)"
      R"("position":3,"optional":true,"autoIncremented":false,"generated":false,)"
      R"("comment":null,"defaultValueExpression":null,"enumValues":null}],"comment":null}},)"
      R"({"type":"DROP","id":"\"shop\".\"old\"","table":null}]})"
  );
}

}  // namespace
}  // namespace rowhouse
