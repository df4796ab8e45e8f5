// encode: cells of `orders` (6 columns) to key and value in Avro, in memory.
#include "bench/machine.h"
#include "bench/workload.h"
#include "types/row_encoder.h"

namespace rowhouse::bench {

namespace {

Column Make(std::string name, ColumnType type) {
  Column c;
  c.name = std::move(name);
  c.type = type;
  return c;
}

TableSchemaPtr OrdersTable() {
  auto table = std::make_shared<TableSchema>();
  table->id = {"shop", "orders"};
  table->columns = {
      Make("id", ColumnType::kBigInt),
      Make("customer_name", ColumnType::kVarchar),
      Make("status", ColumnType::kEnum),
      Make("total_amount", ColumnType::kDecimal),
      Make("created_at", ColumnType::kTimestamp),
      Make("updated_at", ColumnType::kTimestamp)};
  table->columns[2].labels = {"pending", "paid", "shipped", "delivered", "cancelled"};
  table->columns[3].precision = 10;
  table->columns[3].scale = 2;
  table->primary_key = {0};
  return table;
}

Result<Run> EncodeOnce(uint64_t rows) {
  const TableSchemaPtr table = OrdersTable();
  const auto plan = ROWHOUSE_TRY(types::EncodePlan::Make(table, {}));
  plan->SetSchemaIds(1, 2);
  EventOrigin origin;
  origin.ts_us = 1'767'225'600'123'456;
  origin.server_id = 1;
  origin.file = "binlog.000007";
  origin.file_number = 7;
  origin.pos = 47'110'815;
  origin.gtid = "0-1-4242";
  Cell cells[] = {
      Cell::OfInt(CellKind::kInt, 1),
      Cell::OfBytes(CellKind::kText, "customer 0123456"),
      Cell::OfUint(CellKind::kEnum, 2),
      Cell::OfInt(CellKind::kDecimal, 129'900),
      Cell::OfInt(CellKind::kTimestamp, 1'767'225'600'000'000),
      Cell::OfInt(CellKind::kTimestamp, 1'767'225'601'000'000)};
  Change change;
  change.table = table.get();
  change.origin = &origin;
  change.after = cells;
  Buffer key;
  Buffer value;
  uint64_t bytes = 0;
  const Usage from = Usage::Now();
  for (uint64_t i = 0; i < rows; ++i) {
    cells[0].i = static_cast<int64_t>(i);
    change.ordinal = static_cast<uint32_t>(i);
    key.Clear();
    value.Clear();
    ROWHOUSE_TRY(plan->EncodeKey(change, key));
    ROWHOUSE_TRY(plan->EncodeValue(change, {1'767'225'602'000'001, {}}, value));
    bytes += key.size() + value.size();
  }
  const Usage to = Usage::Now();
  const double took = to.SecondsSince(from);
  const auto n = static_cast<double>(rows);
  return Run{
      {"rows/s", n / took, 0},
      {"MB/s", static_cast<double>(bytes) / took / 1e6, 0},
      {"ns/row", took * 1e9 / n, 1},
      {"CPU ns/row", (to.cpu_us - from.cpu_us) * 1e3 / n, 1}};
}

}  // namespace

Status RunEncode(const Settings& settings, Report& report) {
  report.Begin("encode", "an insert into `orders` (6 columns): key and value in Avro, in memory");
  for (int i = 0; i < settings.runs; ++i) {
    report.Add(ROWHOUSE_TRY(EncodeOnce(settings.rows)));
  }
  report.End();
  return Ok();
}

}  // namespace rowhouse::bench
