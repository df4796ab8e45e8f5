#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "model/position.h"
#include "model/table.h"
#include "types/debezium_schema.h"

namespace rowhouse::types {

// What one statement did to one table, for the topic of schema changes.
struct TableChange {
  std::string type;                // CREATE, ALTER, DROP
  std::vector<TableId> tables;     // one; of a rename: old and new name
  TableSchemaPtr table = nullptr;  // as it is afterwards; null: gone, or not known
};

// A statement that changes captured tables.
struct SchemaChange {
  SourcePosition at;
  std::string gtid;
  int64_t ts_us = 0;   // at the source
  int64_t now_us = 0;  // our clock
  uint32_t server_id = 0;
  std::string database;
  std::string ddl;
  std::vector<TableChange> changes;
};

// The Avro schemas of the topic's key and value, as Debezium 3 registers them.
DebeziumSchemas MakeSchemaChangeSchemas(Connector connector);

// The record's key and value behind Confluent's header.
//
// As Debezium's, except what only its parser of DDL knows: nativeType, charsetName and
// defaultCharsetName are null, autoIncremented is false, and a table is as the data dictionary
// has it once the statement is met. source.sequence holds the place as a row's version.
void EncodeSchemaChangeKey(const SchemaChange& change, int32_t schema_id, Buffer& out);
void EncodeSchemaChangeValue(
    const SchemaChange& change,
    std::string_view topic_prefix,
    std::string_view version,
    Connector connector,
    int32_t schema_id,
    Buffer& out
);

}  // namespace rowhouse::types
