#include "types/side_records.h"

#include <fmt/format.h>

#include "types/connect_records.h"

namespace rowhouse::types {

namespace {

constexpr std::string_view kSpace = "io.debezium.connector.common";
constexpr std::string_view kText = R"("string")";
constexpr std::string_view kLong = R"("long")";

// Debezium's items may be null, which they never are.
std::string CountsByTable() {
  const std::string item = ConnectRecord(
      "collection",
      "event",
      ConnectField("data_collection", kText) + "," + ConnectField("event_count", kLong),
      Namespace::kWritten
  );
  return fmt::format(R"(["null",{{"type":"array","items":["null",{}]}}],"default":null)", item);
}

}  // namespace

DebeziumSchemas TransactionSchemas() {
  DebeziumSchemas out;
  out.key = ConnectRecord(
      "TransactionMetadataKey", kSpace, ConnectField("id", kText), Namespace::kWritten
  );
  out.value = ConnectRecord(
      "TransactionMetadataValue",
      kSpace,
      ConnectField("status", kText) + "," + ConnectField("id", kText) + "," +
          ConnectField("event_count", kOptionalLong) + "," +
          ConnectField("data_collections", CountsByTable()) + "," + ConnectField("ts_ms", kLong),
      Namespace::kWritten
  );
  return out;
}

DebeziumSchemas HeartbeatSchemas() {
  DebeziumSchemas out;
  out.key = ConnectRecord(
      "ServerNameKey", kSpace, ConnectField("serverName", kText), Namespace::kWritten
  );
  out.value = ConnectRecord("Heartbeat", kSpace, ConnectField("ts_ms", kLong), Namespace::kWritten);
  return out;
}

void EncodeTransactionKey(const TransactionRecord& record, int32_t schema_id, Buffer& out) {
  ConnectWriter writer(out);
  writer.Header(schema_id);
  writer.Text(record.id);
}

void EncodeTransactionValue(const TransactionRecord& record, int32_t schema_id, Buffer& out) {
  const bool end = record.status == TransactionRecord::Status::kEnd;
  ConnectWriter writer(out);
  writer.Header(schema_id);
  writer.Text(end ? "END" : "BEGIN");
  writer.Text(record.id);
  if (end) {
    writer.OptionalLong(record.events);
    writer.Some();
    writer.Items(record.tables.size());
    for (const auto& [table, events] : record.tables) {
      writer.Some();
      writer.Text(table);
      writer.Long(events);
    }
    writer.End();
  } else {
    writer.Null();
    writer.Null();
  }
  writer.Long(record.ts_ms);
}

void EncodeHeartbeatKey(std::string_view topic_prefix, int32_t schema_id, Buffer& out) {
  ConnectWriter writer(out);
  writer.Header(schema_id);
  writer.Text(topic_prefix);
}

void EncodeHeartbeatValue(int64_t ts_ms, int32_t schema_id, Buffer& out) {
  ConnectWriter writer(out);
  writer.Header(schema_id);
  writer.Long(ts_ms);
}

}  // namespace rowhouse::types
