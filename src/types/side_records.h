#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "types/debezium_schema.h"

namespace rowhouse::types {

// That a transaction of the source begins or ends, for the topic of transactions.
struct TransactionRecord {
  enum class Status { kBegin, kEnd };

  Status status = Status::kBegin;
  std::string id;
  int64_t ts_ms = 0;  // at the source
  // kEnd: records that tell of rows, together and by table ("db.table"), in order of appearance.
  int64_t events = 0;
  std::vector<std::pair<std::string, int64_t>> tables{};
};

// The Avro schemas of a topic's key and value, as Debezium 3 registers them.
DebeziumSchemas TransactionSchemas();
DebeziumSchemas HeartbeatSchemas();

// Keys and values behind Confluent's header.
void EncodeTransactionKey(const TransactionRecord& record, int32_t schema_id, Buffer& out);
void EncodeTransactionValue(const TransactionRecord& record, int32_t schema_id, Buffer& out);
void EncodeHeartbeatKey(std::string_view topic_prefix, int32_t schema_id, Buffer& out);
void EncodeHeartbeatValue(int64_t ts_ms, int32_t schema_id, Buffer& out);

}  // namespace rowhouse::types
