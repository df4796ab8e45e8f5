// decode: rows events of `orders` (6 columns) through the binlog decoder, in memory.
#include <cstring>

#include <zlib.h>

#include "bench/machine.h"
#include "bench/workload.h"
#include "mysql/binlog_fixture.h"
#include "mysql/event_header.h"

namespace rowhouse::bench {

namespace {

using mysql::EventHeader;

constexpr size_t kRowsHead = 8 + 1 + 1;  // table id, flags, column count, bitmap: MariaDB's v1
constexpr size_t kEventBytes = 8192;
constexpr size_t kEventsABatch = 64;

// A TABLE_MAP and an event of `count` inserted rows, as a MariaDB server wrote them.
struct Events {
  std::string first;  // FORMAT_DESCRIPTION
  std::string map;
  std::string rows;
  size_t count = 0;
};

void Seal(std::string& event) {
  const auto length = static_cast<uint32_t>(event.size() + EventHeader::kChecksumBytes);
  std::memcpy(event.data() + 9, &length, sizeof(length));
  const auto crc = static_cast<uint32_t>(crc32_z(0, AsBytes(event).data(), event.size()));
  event.append(reinterpret_cast<const char*>(&crc), sizeof(crc));
}

// One row of the recorded event, said often enough for an 8 KB event.
Result<Events> MakeEvents() {
  Events out;
  const std::vector<std::string> recorded = mysql::ReadEvents("mariadb.hex");
  for (const std::string& event : recorded) {
    const auto type = static_cast<mysql::EventType>(event[4]);
    if (type == mysql::EventType::kTableMap && event.find("orders") != std::string::npos) {
      out.map = event;
    } else if (!out.map.empty() && type == mysql::EventType::kWriteRowsV1) {
      const size_t head = EventHeader::kBytes + kRowsHead;
      // null bits, id, customer, status, total, note, created
      const std::string row = event.substr(head, 1 + 8 + 4 + 1 + 6 + 2 + 5 + 7);
      out.first = recorded.front();
      out.rows = event.substr(0, head);
      out.rows[EventHeader::kBytes + 6] = 1;  // ends its statement
      for (; out.rows.size() < kEventBytes; ++out.count) {
        out.rows += row;
      }
      Seal(out.rows);
      return out;
    }
  }
  return Error(ErrorKind::kNotFound, "no rows of `orders` in src/mysql/testdata/mariadb.hex");
}

Result<Run> DecodeOnce(const Events& events, uint64_t rows_wanted) {
  mysql::DecoderOptions options;
  options.flavor = mysql::Flavor::kMariaDb;
  options.wanted = [](const TableId&) { return true; };
  SourcePosition start;
  start.binlog = {"binlog.000001", 4};
  const auto decoder = ROWHOUSE_TRY(mysql::BinlogDecoder::Open(options, start, true));
  ChangeBatch batch;
  ROWHOUSE_TRY(mysql::FeedCopy(*decoder, events.first, batch));
  uint64_t rows = 0;
  uint64_t bytes = 0;
  const Usage from = Usage::Now();
  while (rows < rows_wanted) {
    batch.Clear();
    for (size_t i = 0; i < kEventsABatch; ++i) {  // bytes copied in, as from a socket
      ROWHOUSE_TRY(mysql::FeedCopy(*decoder, events.map, batch));
      ROWHOUSE_TRY(mysql::FeedCopy(*decoder, events.rows, batch));
      bytes += events.map.size() + events.rows.size();
    }
    decoder->FinishBatch(batch);
    rows += batch.changes.size();
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

Status RunDecode(const Settings& settings, Report& report) {
  const Events events = ROWHOUSE_TRY(MakeEvents());
  report.Begin(
      "decode", "binlog rows events of `orders` (6 columns), checksums verified, in memory"
  );
  for (int i = 0; i < settings.runs; ++i) {
    report.Add(ROWHOUSE_TRY(DecodeOnce(events, settings.rows)));
  }
  report.End();
  return Ok();
}

}  // namespace rowhouse::bench
