// insert: a million rows and more of 8 columns, RowBinary, into the embedded ClickHouse: over its
// HTTP interface, and into the same engine called directly in this process, one after the other.
#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "bench/machine.h"
#include "bench/workload.h"
#include "bench/world.h"
#include "chserver/engine.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"

namespace rowhouse::bench {

namespace {

constexpr size_t kChunk = 1 << 20;  // as an HTTP client's body comes
constexpr seconds kInsertWithin{120};
constexpr std::string_view kColumns =
    "id Int64, customer String, status String, amount Int64, created DateTime64(6), "
    "updated DateTime64(6), quantity Int32, flag UInt8";
constexpr std::string_view kNames =
    "id, customer, status, amount, created, updated, quantity, flag";

template <typename T>
void Put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));  // little endian, as x86 is
}

void PutText(std::string& out, std::string_view text) {
  out.push_back(static_cast<char>(text.size()));  // below 128
  out.append(text);
}

std::string Rows(uint64_t count) {
  constexpr std::string_view kStatus[] = {"pending", "paid", "shipped", "delivered", "cancelled"};
  std::string out;
  out.reserve(count * 72);
  for (uint64_t i = 0; i < count; ++i) {
    Put<int64_t>(out, static_cast<int64_t>(i));
    PutText(out, fmt::format("customer {:07}", i * 7919 % 1'000'000));
    PutText(out, kStatus[i % 5]);
    Put<int64_t>(out, static_cast<int64_t>(i * 31 % 100'000));
    Put<int64_t>(out, static_cast<int64_t>(1'767'225'600'000'000 + i * 1000));
    Put<int64_t>(out, static_cast<int64_t>(1'767'225'700'000'000 + i * 1000));
    Put<int32_t>(out, static_cast<int32_t>(i % 100));
    Put<uint8_t>(out, i % 2);
  }
  return out;
}

std::string CreateSql(int round) {
  return fmt::format("CREATE TABLE bench_{} ({}) ENGINE = MergeTree ORDER BY id", round, kColumns);
}

Result<double> OverHttp(clickhouse::Client& client, int round, const std::string& rows) {
  ROWHOUSE_TRY(client.Execute(CreateSql(round)));
  clickhouse::StatementOptions options;
  options.deadline = Deadline::After(kInsertWithin);
  const Usage from = Usage::Now();
  const std::string sql = fmt::format("INSERT INTO bench_{} ({}) FORMAT RowBinary", round, kNames);
  ROWHOUSE_TRY(client.Insert(sql, rows, options));
  const double took = Usage::Now().SecondsSince(from);
  ROWHOUSE_TRY(client.Execute(fmt::format("DROP TABLE bench_{} SYNC", round)));
  return took;
}

Result<double> Directly(const chserver::Engine& engine, int round, const std::string& rows) {
  const auto session = ROWHOUSE_TRY(engine.Connect());
  const auto ignore = [](std::string_view) { return Ok(); };
  ROWHOUSE_TRY(session->Run(CreateSql(round), "Null", {}, ignore));
  std::string_view left = rows;
  const auto give = [&left]() -> Result<std::string_view> {
    const std::string_view chunk = left.substr(0, kChunk);
    left.remove_prefix(chunk.size());
    return chunk;
  };
  const Usage from = Usage::Now();
  const std::string sql = fmt::format("INSERT INTO bench_{} ({})", round, kNames);
  ROWHOUSE_TRY(session->Insert(sql, "RowBinary", {}, give));
  const double took = Usage::Now().SecondsSince(from);
  ROWHOUSE_TRY(session->Run(fmt::format("DROP TABLE bench_{} SYNC", round), "Null", {}, ignore));
  return took;
}

}  // namespace

Status RunInsert(const Settings& settings, Report& report) {
  const auto world = ROWHOUSE_TRY(World::Start(World::With::kKafkaAndClickHouse));
  ROWHOUSE_TRY(world->NoteVersions(report));
  const World::RunConfig run = ROWHOUSE_TRY(world->NewRun({}));
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(cli::ClickHouseOptionsOf(run.config)));
  chserver::EngineOptions options = ROWHOUSE_TRY(cli::EmbeddedOptionsOf(run.config)).engine;
  options.data_dir = world->directory() + "/direct";
  const auto engine = ROWHOUSE_TRY(chserver::Engine::Open(options));
  const std::string rows = Rows(settings.rows);
  const auto n = static_cast<double>(settings.rows);
  report.Begin(
      "insert",
      fmt::format(
          "{} rows of 8 columns in RowBinary, {:.0f} bytes each: over HTTP, and by libchdb itself",
          settings.rows,
          static_cast<double>(rows.size()) / n
      )
  );
  for (int i = 0; i < settings.runs; ++i) {
    // Who comes first changes from run to run.
    double http = 0;
    double direct = 0;
    for (int turn = 0; turn < 2; ++turn) {
      if ((i + turn) % 2 == 0) {
        http = ROWHOUSE_TRY(OverHttp(*client, i, rows));
      } else {
        direct = ROWHOUSE_TRY(Directly(*engine, i, rows));
      }
    }
    report.Add(Run{
        {"HTTP rows/s", n / http, 0},
        {"direct rows/s", n / direct, 0},
        {"HTTP/direct", direct / http, 2}});
  }
  report.End();
  return Ok();
}

}  // namespace rowhouse::bench
