#include "types/side_records.h"

#include <gtest/gtest.h>

#include "base/bytes.h"

namespace rowhouse::types {
namespace {

std::string Hex(const Buffer& bytes) {
  return ToHex(AsBytes(bytes.view()));
}

TEST(TransactionRecord, ABeginHasNoCounts) {
  const TransactionRecord begin{TransactionRecord::Status::kBegin, "0-1-7", 1000};
  Buffer out;
  EncodeTransactionValue(begin, 5, out);
  EXPECT_EQ(
      Hex(out),
      "0000000005"
      "0a424547494e"  // "BEGIN"
      "0a302d312d37"
      "0000"  // event_count, data_collections: null
      "d00f"
  );
}

TEST(TransactionRecord, AnEndCountsByTable) {
  const TransactionRecord end{
      TransactionRecord::Status::kEnd, "0-1-7", 1000, 3, {{"a.b", 1}, {"a.c", 2}}};
  Buffer out;
  EncodeTransactionValue(end, 5, out);
  EXPECT_EQ(
      Hex(out),
      "0000000005"
      "06454e44"
      "0a302d312d37"
      "0206"  // event_count: 3
      "02"    // data_collections: there
      "04"    // two items
      "02"    // which might be null
      "06612e62"
      "02"
      "02"
      "06612e63"
      "04"
      "00"
      "d00f"
  );
}

TEST(TransactionRecord, OfNothingHasNoTables) {
  const TransactionRecord end{TransactionRecord::Status::kEnd, "x", 0};
  Buffer out;
  EncodeTransactionValue(end, 1, out);
  EXPECT_EQ(
      Hex(out),
      "0000000001"
      "06454e44"
      "0278"
      "0200"
      "0200"
      "00"
  );
}

TEST(TransactionRecord, TheKeyIsItsId) {
  Buffer out;
  EncodeTransactionKey({TransactionRecord::Status::kEnd, "xy", 0}, 1, out);
  EXPECT_EQ(
      Hex(out),
      "0000000001"
      "047879"
  );
}

TEST(HeartbeatRecord, SaysWhoLivesAndWhen) {
  Buffer key;
  EncodeHeartbeatKey("demo", 1, key);
  EXPECT_EQ(
      Hex(key),
      "0000000001"
      "0864656d6f"
  );
  Buffer value;
  EncodeHeartbeatValue(1000, 2, value);
  EXPECT_EQ(
      Hex(value),
      "0000000002"
      "d00f"
  );
}

TEST(HeartbeatRecord, HasDebeziumsSchemas) {
  const DebeziumSchemas schemas = HeartbeatSchemas();
  EXPECT_EQ(
      schemas.key,
      R"({"type":"record","name":"ServerNameKey","namespace":"io.debezium.connector.common",)"
      R"("fields":[{"name":"serverName","type":"string"}],"connect.version":1,)"
      R"("connect.name":"io.debezium.connector.common.ServerNameKey"})"
  );
  EXPECT_EQ(
      schemas.value,
      R"({"type":"record","name":"Heartbeat","namespace":"io.debezium.connector.common",)"
      R"("fields":[{"name":"ts_ms","type":"long"}],"connect.version":1,)"
      R"("connect.name":"io.debezium.connector.common.Heartbeat"})"
  );
}

}  // namespace
}  // namespace rowhouse::types
