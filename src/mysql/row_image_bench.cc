#include <cstring>

#include <benchmark/benchmark.h>
#include <zlib.h>

#include "base/check.h"
#include "mysql/binlog_fixture.h"
#include "mysql/event_header.h"

namespace rowhouse::mysql {
namespace {

constexpr size_t kRowsHead = 8 + 1 + 1;  // table id, flags, column count, bitmap: MariaDB's v1

void Seal(std::string& event) {
  const auto length = static_cast<uint32_t>(event.size() + EventHeader::kChecksumBytes);
  std::memcpy(event.data() + 9, &length, sizeof(length));
  const auto crc = static_cast<uint32_t>(crc32_z(0, AsBytes(event).data(), event.size()));
  event.append(reinterpret_cast<const char*>(&crc), sizeof(crc));
}

struct Orders {
  std::string map;
  std::string rows;  // one event of `count` rows of (id, customer, status, total, note, created)
  size_t count = 0;
};

// The shop.orders table of the fixture, its first row said often enough for an 8 KB event.
Orders MakeOrders() {
  Orders out;
  bool next = false;
  for (const std::string& event : ReadEvents("mariadb.hex")) {
    const auto type = static_cast<EventType>(event[4]);
    if (type == EventType::kTableMap && event.find("orders") != std::string::npos) {
      out.map = event;
      next = true;
    } else if (next && type == EventType::kWriteRowsV1) {
      const size_t head = EventHeader::kBytes + kRowsHead;
      // null bits, id, customer, status, total, note, created
      const std::string row = event.substr(head, 1 + 8 + 4 + 1 + 6 + 2 + 5 + 7);
      std::string rows = event.substr(0, head);
      rows[EventHeader::kBytes + 6] = 1;  // ends its statement
      while (rows.size() < 8192) {
        rows += row;
        ++out.count;
      }
      Seal(rows);
      out.rows = rows;
      return out;
    }
  }
  return out;
}

void Decode(benchmark::State& state, bool checksum, bool wanted) {
  const Orders orders = MakeOrders();
  CHECK(orders.count > 0);
  DecoderOptions options;
  options.flavor = Flavor::kMariaDb;
  options.verify_checksum = checksum;
  options.wanted = [&](const TableId&) { return wanted; };
  SourcePosition start;
  start.binlog = {"binlog.000001", 4};
  auto decoder = std::move(BinlogDecoder::Open(options, start, true)).value();
  ChangeBatch batch;
  CHECK(FeedCopy(*decoder, ReadEvents("mariadb.hex")[0], batch).has_value());
  batch.Clear();
  int64_t rows = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    batch.Clear();
    for (int i = 0; i < 64;
         ++i) {  // a batch of about half a megabyte, its bytes copied in as from a socket
      CHECK(FeedCopy(*decoder, orders.map, batch).has_value());
      CHECK(FeedCopy(*decoder, orders.rows, batch).has_value());
      bytes += static_cast<int64_t>(orders.map.size() + orders.rows.size());
    }
    decoder->FinishBatch(batch);
    rows += static_cast<int64_t>(64 * orders.count);
    CHECK(!wanted || batch.changes.size() == 64 * orders.count);
    benchmark::DoNotOptimize(batch.changes.data());
  }
  state.SetItemsProcessed(rows);
  state.SetBytesProcessed(bytes);
}

BENCHMARK_CAPTURE(Decode, orders, false, true);
BENCHMARK_CAPTURE(Decode, orders_with_checksum, true, true);
BENCHMARK_CAPTURE(Decode, not_captured, false, false);

}  // namespace
}  // namespace rowhouse::mysql
