// One insert into `orders`, six columns: key and value, as the encode workers make them.
#include <benchmark/benchmark.h>

#include "types/row_encoder.h"

namespace rowhouse::types {
namespace {

Column Make(std::string name, ColumnType type, bool nullable = false) {
  Column c;
  c.name = std::move(name);
  c.type = type;
  c.nullable = nullable;
  return c;
}

TableSchemaPtr Orders() {
  auto table = std::make_shared<TableSchema>();
  table->id = {"shop", "orders"};
  table->columns = {
      Make("id", ColumnType::kBigInt),
      Make("customer", ColumnType::kVarchar),
      Make("status", ColumnType::kEnum),
      Make("total", ColumnType::kDecimal),
      Make("note", ColumnType::kText, true),
      Make("created_at", ColumnType::kTimestamp)};
  table->columns[2].labels = {"new", "paid", "sent"};
  table->columns[3].precision = 10;
  table->columns[3].scale = 2;
  table->primary_key = {0};
  return table;
}

void Orders6(benchmark::State& state, bool with_key) {
  const TableSchemaPtr table = Orders();
  auto plan = EncodePlan::Make(table, {});
  (*plan)->SetSchemaIds(1, 2);
  EventOrigin origin;
  origin.ts_us = 1767225600123456;
  origin.server_id = 1;
  origin.file = "binlog.000007";
  origin.file_number = 7;
  origin.pos = 47110815;
  origin.gtid = "0-1-4242";
  const Cell cells[] = {
      Cell::OfInt(CellKind::kInt, 123456789),
      Cell::OfBytes(CellKind::kText, "somebody@example.com"),
      Cell::OfUint(CellKind::kEnum, 2),
      Cell::OfInt(CellKind::kDecimal, 129900),
      Cell::Null(),
      Cell::OfInt(CellKind::kTimestamp, 1767225600000000)};
  Change change;
  change.table = table.get();
  change.origin = &origin;
  change.after = cells;
  Buffer key;
  Buffer value;
  uint64_t bytes = 0;
  for (auto _ : state) {
    key.Clear();
    value.Clear();
    if (with_key) {
      benchmark::DoNotOptimize((*plan)->EncodeKey(change, key).has_value());
    }
    benchmark::DoNotOptimize((*plan)->EncodeValue(change, {1767225601000001}, value).has_value());
    benchmark::ClobberMemory();
    bytes += key.size() + value.size();
    ++change.ordinal;
  }
  state.SetItemsProcessed(static_cast<int64_t>(state.iterations()));
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
}

BENCHMARK_CAPTURE(Orders6, insert_key_and_value, true);
BENCHMARK_CAPTURE(Orders6, insert_value, false);

}  // namespace
}  // namespace rowhouse::types
