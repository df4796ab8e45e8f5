#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/table.h"
#include "model/topic.h"
#include "types/wire_table.h"

namespace rowhouse::types {

// Which flavour of Debezium's source block and name a pipeline writes.
enum class Connector { kMySql, kMariaDb };

// "mysql", "mariadb".
std::string_view ConnectorName(Connector connector);

// nullopt-like: kConfig for any other word.
Result<Connector> ParseConnector(std::string_view name);

// The source block of every record, which differs by connector.
std::string SourceSchema(Connector connector);

// The Avro schemas of a table's key and value, as text.
struct DebeziumSchemas {
  std::string key;  // empty: the table has no key
  std::string value;
};

// The schemas Debezium 3.6 registers for the table through Confluent's
// AvroConverter, letter by letter: attribute order, names, namespaces, connect.*
// properties, column defaults, order of unions. The registry compares texts, and the
// producer's partitioner hashes the schema id, so the text decides where a row goes.
//
// Differences, on purpose: names that Avro does not allow are adjusted (Debezium's
// mode "avro") where Debezium's default would fail.
//
// Errors: kUnsupported names the column whose type has no mapping, or two columns that get
//         the same name.
Result<DebeziumSchemas> MakeDebeziumSchemas(
    const TableSchema& table,
    const TopicNaming& topics,
    Connector connector,
    const Format& format = {}
);

// The same for columns already decided on.
DebeziumSchemas SchemasOf(
    const TableSchema& table,
    const WireTable& wire,
    const TopicNaming& topics,
    Connector connector,
    const Format& format
);

}  // namespace rowhouse::types
