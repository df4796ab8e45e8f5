// decode: rows events of `orders` (6 columns) through the binlog decoder, in memory.
#include "bench/machine.h"
#include "bench/recorded.h"
#include "bench/workload.h"
#include "mysql/binlog_fixture.h"

namespace rowhouse::bench {

namespace {

constexpr size_t kEventsABatch = 64;

Result<Run> DecodeOnce(const RecordedRows& events, uint64_t rows_wanted) {
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
  const RecordedRows events = ROWHOUSE_TRY(Recorded("mariadb.hex", "orders"));
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
