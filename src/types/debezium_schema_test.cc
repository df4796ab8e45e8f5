#include "types/debezium_schema.h"

#include <gtest/gtest.h>

#include "types/avro_name.h"

namespace rowhouse::types {
namespace {

Column Make(std::string name, ColumnType type, bool nullable = false) {
  Column c;
  c.name = std::move(name);
  c.type = type;
  c.nullable = nullable;
  return c;
}

Column Standing(Column column, std::string text, bool is_expression = false) {
  column.default_value = ColumnDefault{std::move(text), is_expression};
  return column;
}

Column Digits(std::string name, uint8_t precision, uint8_t scale) {
  Column c = Make(std::move(name), ColumnType::kDecimal);
  c.precision = precision;
  c.scale = scale;
  return c;
}

Column Fraction(Column column, uint8_t fsp) {
  column.fsp = fsp;
  return column;
}

Column Unsigned(Column column) {
  column.is_unsigned = true;
  return column;
}

Column Labelled(Column column, std::vector<std::string> labels) {
  column.labels = std::move(labels);
  return column;
}

TableSchema Orders() {
  return {
      {"shop", "orders"},
      {Make("id", ColumnType::kBigInt),
       Make("customer", ColumnType::kVarchar),
       Standing(Labelled(Make("status", ColumnType::kEnum), {"new", "paid", "sent"}), "new"),
       Digits("total", 10, 2),
       Make("note", ColumnType::kText, true),
       Standing(Make("created_at", ColumnType::kTimestamp), "current_timestamp()", true)},
      {0},
      ""};
}

// The fields of the row type, between "fields":[ and the end of Value.
std::string RowFields(const TableSchema& table) {
  const auto schemas = MakeDebeziumSchemas(table, {"p"}, Connector::kMariaDb);
  if (!schemas) {
    return schemas.error().message();
  }
  const std::string start = R"("name":"Value","fields":[)";
  const size_t from = schemas->value.find(start) + start.size();
  return schemas->value.substr(from, schemas->value.find(R"(],"connect.name":"p.)", from) - from);
}

std::string FieldText(const Column& column) {
  return RowFields({{"shop", "t"}, {column}, {}, ""});
}

TEST(DebeziumSchema, KeyOfOrders) {
  const auto schemas = MakeDebeziumSchemas(Orders(), {"demo"}, Connector::kMySql);
  ASSERT_TRUE(schemas);
  EXPECT_EQ(
      schemas->key,
      R"({"type":"record","name":"Key","namespace":"demo.shop.orders",)"
      R"("fields":[{"name":"id","type":"long"}],"connect.name":"demo.shop.orders.Key"})"
  );
}

TEST(DebeziumSchema, ValueOfOrders) {
  const auto schemas = MakeDebeziumSchemas(Orders(), {"demo"}, Connector::kMySql);
  ASSERT_TRUE(schemas);
  EXPECT_EQ(
      schemas->value,
      R"({"type":"record","name":"Envelope","namespace":"demo.shop.orders","fields":[)"
      R"({"name":"before","type":["null",{"type":"record","name":"Value","fields":[)"
      R"({"name":"id","type":"long"},{"name":"customer","type":"string"},)"
      R"({"name":"status","type":{"type":"string","connect.version":1,"connect.parameters":)"
      R"({"allowed":"new,paid,sent"},"connect.default":"new","connect.name":"io.debezium.data.Enum"},"default":"new"},)"
      R"({"name":"total","type":{"type":"bytes","scale":2,"precision":10,"connect.version":1,)"
      R"("connect.parameters":{"scale":"2","connect.decimal.precision":"10"},)"
      R"("connect.name":"org.apache.kafka.connect.data.Decimal","logicalType":"decimal"}},)"
      R"({"name":"note","type":["null","string"],"default":null},)"
      R"({"name":"created_at","type":{"type":"string","connect.version":1,)"
      R"("connect.default":"1970-01-01T00:00:00Z","connect.name":"io.debezium.time.ZonedTimestamp"},)"
      R"("default":"1970-01-01T00:00:00Z"}],"connect.name":"demo.shop.orders.Value"}],"default":null},)"
      R"({"name":"after","type":["null","Value"],"default":null},)"
      R"({"name":"source","type":{"type":"record","name":"Source","namespace":"io.debezium.connector.mysql",)"
      R"("fields":[{"name":"version","type":"string"},{"name":"connector","type":"string"},)"
      R"({"name":"name","type":"string"},{"name":"ts_ms","type":"long"},)"
      R"({"name":"snapshot","type":[{"type":"string","connect.version":1,"connect.parameters":{"allowed":)"
      R"("true,first,first_in_data_collection,last_in_data_collection,last,false,incremental"},)"
      R"("connect.default":"false","connect.name":"io.debezium.data.Enum"},"null"],"default":"false"},)"
      R"({"name":"db","type":"string"},{"name":"sequence","type":["null","string"],"default":null},)"
      R"({"name":"ts_us","type":["null","long"],"default":null},{"name":"ts_ns","type":["null","long"],"default":null},)"
      R"({"name":"table","type":["null","string"],"default":null},{"name":"server_id","type":"long"},)"
      R"({"name":"gtid","type":["null","string"],"default":null},{"name":"file","type":"string"},)"
      R"({"name":"pos","type":"long"},{"name":"row","type":"int"},)"
      R"({"name":"thread","type":["null","long"],"default":null},{"name":"query","type":["null","string"],"default":null}],)"
      R"("connect.version":1,"connect.name":"io.debezium.connector.mysql.Source"}},)"
      R"({"name":"transaction","type":["null",{"type":"record","name":"block","namespace":"event","fields":[)"
      R"({"name":"id","type":"string"},{"name":"total_order","type":"long"},)"
      R"({"name":"data_collection_order","type":"long"}],"connect.version":1,"connect.name":"event.block"}],"default":null},)"
      R"({"name":"op","type":"string"},{"name":"ts_ms","type":["null","long"],"default":null},)"
      R"({"name":"ts_us","type":["null","long"],"default":null},{"name":"ts_ns","type":["null","long"],"default":null}],)"
      R"("connect.version":2,"connect.name":"demo.shop.orders.Envelope"})"
  );
}

TEST(DebeziumSchema, ATableWithoutKeyHasNoKeySchema) {
  TableSchema table = Orders();
  table.primary_key.clear();
  const auto schemas = MakeDebeziumSchemas(table, {"demo"}, Connector::kMySql);
  ASSERT_TRUE(schemas);
  EXPECT_EQ(schemas->key, "");
}

TEST(DebeziumSchema, KeyFieldsStandInKeyOrder) {
  TableSchema table = Orders();
  table.primary_key = {1, 0};
  const auto schemas = MakeDebeziumSchemas(table, {"p"}, Connector::kMySql);
  ASSERT_TRUE(schemas);
  EXPECT_NE(
      schemas->key.find(R"([{"name":"customer","type":"string"},{"name":"id","type":"long"}])"),
      std::string::npos
  );
}

struct FieldCase {
  Column column;
  std::string text;  // after the name
};

TEST(DebeziumSchema, EachTypeHasDebeziumsShape) {
  Column bits = Make("c", ColumnType::kBit);
  bits.length = 10;
  Column flag = bits;
  flag.length = 1;
  Column point = Make("c", ColumnType::kGeometry);
  point.declared = "POINT";
  Column wide = Make("c", ColumnType::kFloat);
  wide.declared = "float(7,4)";
  const auto named = [](const std::string& avro, const std::string& name) {
    return R"({"type":")" + avro + R"(","connect.version":1,"connect.name":")" + name + R"("})";
  };
  const std::string int16 = R"({"type":"int","connect.type":"int16"})";
  const std::vector<FieldCase> cases = {
      {Make("c", ColumnType::kTinyInt), int16},
      {Unsigned(Make("c", ColumnType::kTinyInt)), int16},
      {Make("c", ColumnType::kSmallInt), int16},
      {Unsigned(Make("c", ColumnType::kSmallInt)), R"("int")"},
      {Make("c", ColumnType::kMediumInt), R"("int")"},
      {Unsigned(Make("c", ColumnType::kMediumInt)), R"("int")"},
      {Make("c", ColumnType::kInt), R"("int")"},
      {Unsigned(Make("c", ColumnType::kInt)), R"("long")"},
      {Unsigned(Make("c", ColumnType::kBigInt)), R"("long")"},
      {Make("c", ColumnType::kFloat), R"("float")"},
      {wide, R"("double")"},
      {Make("c", ColumnType::kDouble), R"("double")"},
      {flag, R"("boolean")"},
      {bits,
       R"({"type":"bytes","connect.version":1,"connect.parameters":{"length":"10"},"connect.name":"io.debezium.data.Bits"})"},
      {Make("c", ColumnType::kDate), named("int", "io.debezium.time.Date")},
      {Fraction(Make("c", ColumnType::kTime), 3), named("long", "io.debezium.time.MicroTime")},
      {Fraction(Make("c", ColumnType::kDateTime), 3), named("long", "io.debezium.time.Timestamp")},
      {Fraction(Make("c", ColumnType::kDateTime), 4),
       named("long", "io.debezium.time.MicroTimestamp")},
      {Make("c", ColumnType::kTimestamp), named("string", "io.debezium.time.ZonedTimestamp")},
      {Make("c", ColumnType::kYear), named("int", "io.debezium.time.Year")},
      {Make("c", ColumnType::kBlob), R"("bytes")"},
      {Labelled(Make("c", ColumnType::kSet), {"a", "b"}),
       R"({"type":"string","connect.version":1,"connect.parameters":{"allowed":"a,b"},"connect.name":"io.debezium.data.EnumSet"})"},
      {Make("c", ColumnType::kJson), named("string", "io.debezium.data.Json")},
      {Make("c", ColumnType::kUuid), named("string", "io.debezium.data.Uuid")},
      {Make("c", ColumnType::kInet6), R"("string")"},
      {Make("c", ColumnType::kVector),
       R"({"type":"array","items":"float","connect.version":1,"connect.name":"io.debezium.data.FloatVector"})"},
      {point,
       R"x({"type":"record","name":"Point","namespace":"io.debezium.data.geometry","fields":[{"name":"x","type":"double"},)x"
       R"x({"name":"y","type":"double"},{"name":"wkb","type":["null","bytes"],"default":null},)x"
       R"x({"name":"srid","type":["null","int"],"default":null}],"connect.doc":"Geometry (POINT)","connect.version":1,)x"
       R"x("connect.name":"io.debezium.data.geometry.Point"})x"},
  };
  for (const FieldCase& c : cases) {
    EXPECT_EQ(FieldText(c.column), R"({"name":"c","type":)" + c.text + "}");
  }
}

TEST(DebeziumSchema, AGeometryIsAlwaysOptionalAndDefinedOnce) {
  const TableSchema table = {
      {"shop", "t"},
      {Make("g", ColumnType::kGeometry), Make("h", ColumnType::kGeometry, true)},
      {},
      ""};
  EXPECT_EQ(
      RowFields(table),
      R"({"name":"g","type":["null",{"type":"record","name":"Geometry","namespace":"io.debezium.data.geometry",)"
      R"("fields":[{"name":"wkb","type":"bytes"},{"name":"srid","type":["null","int"],"default":null}],)"
      R"("connect.doc":"Geometry","connect.version":1,"connect.name":"io.debezium.data.geometry.Geometry"}],"default":null},)"
      R"({"name":"h","type":["null","io.debezium.data.geometry.Geometry"],"default":null})"
  );
}

struct DefaultCase {
  Column column;
  std::string json;  // of the default; empty: none
};

TEST(DebeziumSchema, DefaultsFollowDebeziumsRules) {
  const auto of = [](ColumnType type, const char* text, bool nullable = false, bool expr = false) {
    return Standing(Make("c", type, nullable), text, expr);
  };
  Column bits = of(ColumnType::kBit, "b'1000000001'");
  bits.length = 10;
  Column flag = of(ColumnType::kBit, "b'1'");
  flag.length = 1;
  Column binary = of(ColumnType::kBinary, "ab");
  binary.length = 3;
  const std::vector<DefaultCase> cases = {
      {of(ColumnType::kInt, "-7"), "-7"},
      {of(ColumnType::kInt, "1.5"), "2"},
      {of(ColumnType::kTinyInt, "TRUE"), "1"},
      {of(ColumnType::kInt, "seven"), ""},
      {Standing(Digits("c", 10, 2), "-1.005"), "\"\xC2\x9B\""},
      {Standing(Digits("c", 10, 2), "0.00"), R"("\u0000")"},
      {of(ColumnType::kDouble, "1e10"), "1.0E10"},
      {of(ColumnType::kFloat, "1.1"), "1.1"},
      {bits, R"("\u0001\u0002")"},
      {flag, "true"},
      {binary, R"("ab\u0000")"},
      {of(ColumnType::kVarchar, "it's \"é\""), R"("it's \"é\"")"},
      {of(ColumnType::kVarchar, "_utf8mb4'x'"), R"("x")"},
      {of(ColumnType::kDate, "2000-02-29"), "11016"},
      {of(ColumnType::kDate, "0000-00-00"), "0"},
      {of(ColumnType::kDate, "0000-00-00", true), ""},
      {of(ColumnType::kDate, "1969-12-31 12:00:00"), "-1"},
      {of(ColumnType::kDateTime, "2020-01-01 10:00:00"), "1577872800000"},
      {Fraction(of(ColumnType::kDateTime, "2020-01-01 10:00:00.5"), 6), "1577872800500000"},
      {of(ColumnType::kDateTime, "current_timestamp()", true, true), "0"},
      {of(ColumnType::kTimestamp, "current_timestamp()", true, true), ""},
      {of(ColumnType::kTimestamp, "CURRENT_TIMESTAMP", false, true), R"("1970-01-01T00:00:00Z")"},
      {of(ColumnType::kTimestamp, "2020-01-01 10:00:00"), R"("2020-01-01T10:00:00Z")"},
      {Fraction(of(ColumnType::kTimestamp, "2020-01-01 10:00:00.25"), 3),
       R"("2020-01-01T10:00:00.250Z")"},
      {of(ColumnType::kTime, "-838:59:59.5"), "-3020399500000"},
      {of(ColumnType::kYear, "2155"), "2155"},
      {of(ColumnType::kVarchar, "uuid()", false, true), ""},
      {of(ColumnType::kVector, "x"), ""},
  };
  for (const DefaultCase& c : cases) {
    const std::string text = FieldText(c.column);
    const std::string end = c.json.empty() ? "" : R"(,"default":)" + c.json + "}";
    EXPECT_EQ(text.find(R"("connect.default":)") != std::string::npos, !c.json.empty()) << text;
    EXPECT_NE(text.find(end), std::string::npos) << text << " wants " << c.json;
  }
}

TEST(DebeziumSchema, ADefaultOfANullableColumnTurnsTheUnionRound) {
  EXPECT_EQ(
      FieldText(Standing(Make("c", ColumnType::kSmallInt, true), "7")),
      R"({"name":"c","type":[{"type":"int","connect.default":7,"connect.type":"int16"},"null"],"default":7})"
  );
}

TEST(DebeziumSchema, NamesAvroForbidsAreAdjusted) {
  const TableSchema table = {{"my-db", "1t"}, {Make("a-b", ColumnType::kInt)}, {0}, ""};
  const auto schemas = MakeDebeziumSchemas(table, {"2p"}, Connector::kMySql);
  ASSERT_TRUE(schemas);
  EXPECT_EQ(
      schemas->key,
      R"({"type":"record","name":"Key","namespace":"_2p.my_db.1t",)"
      R"("fields":[{"name":"a_b","type":"int"}],"connect.name":"_2p.my_db.1t.Key"})"
  );
  EXPECT_EQ(AvroFieldName("é.1"), "__1");
  EXPECT_EQ(AvroFieldName("9"), "_9");
}

TEST(DebeziumSchema, AnUnknownTypeIsNamed) {
  Column strange = Make("x", ColumnType::kUnknown);
  strange.declared = "xmltype";
  const auto schemas =
      MakeDebeziumSchemas({{"shop", "t"}, {strange}, {}, ""}, {"p"}, Connector::kMySql);
  ASSERT_FALSE(schemas);
  EXPECT_EQ(schemas.error().kind(), ErrorKind::kUnsupported);
  EXPECT_EQ(schemas.error().message(), "shop.t.x: type 'xmltype' has no mapping to Avro");
}

TEST(DebeziumSchema, ConnectorsHaveTwoNames) {
  EXPECT_TRUE(ParseConnector("mysql"));
  EXPECT_TRUE(ParseConnector("mariadb"));
  EXPECT_FALSE(ParseConnector("oracle"));
}

}  // namespace
}  // namespace rowhouse::types
