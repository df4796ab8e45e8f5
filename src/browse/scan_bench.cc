// How fast a topic is searched.
//
//   scan_bench [--num=N]
//
// Starts a broker, writes N (default 2,000,000) change events of about 400 bytes as Debezium makes
// them, of a table with eight columns, into three partitions, and searches all of them in several
// ways. Prints records/s, CPU a record of this process (librdkafka's threads included), and peak
// RSS.
#include <array>
#include <bit>
#include <cstdio>
#include <string>
#include <string_view>
#include <sys/resource.h>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/heap.h"
#include "base/varint.h"
#include "browse/scan.h"
#include "kafka/event_log.h"
#include "testing/real_kafka.h"

namespace rowhouse::browse {
namespace {

constexpr std::string_view kSchema =
    R"({"type":"record","name":"s.t.Envelope","fields":[{"name":"before","type":["null",{"type":"record","name":"Value","fields":[{"name":"id","type":"long"},{"name":"customer","type":"string"},{"name":"status","type":"string"},{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":12,"scale":2}},{"name":"quantity","type":"int"},{"name":"made","type":{"type":"long","connect.name":"io.debezium.time.MicroTimestamp"}},{"name":"note","type":["null","string"]},{"name":"ratio","type":"double"}]}]},{"name":"after","type":["null","Value"]},{"name":"source","type":{"type":"record","name":"Source","fields":[{"name":"version","type":"string"},{"name":"connector","type":"string"},{"name":"name","type":"string"},{"name":"ts_ms","type":"long"},{"name":"snapshot","type":["string","null"]},{"name":"db","type":"string"},{"name":"sequence","type":["null","string"]},{"name":"ts_us","type":["null","long"]},{"name":"ts_ns","type":["null","long"]},{"name":"table","type":["null","string"]},{"name":"server_id","type":"long"},{"name":"gtid","type":["null","string"]},{"name":"file","type":"string"},{"name":"pos","type":"long"},{"name":"row","type":"int"},{"name":"thread","type":["null","long"]},{"name":"query","type":["null","string"]}]}},{"name":"transaction","type":["null","string"]},{"name":"op","type":"string"},{"name":"ts_ms","type":["null","long"]},{"name":"ts_us","type":["null","long"]},{"name":"ts_ns","type":["null","long"]}]})";

class OneSchema : public SchemaSource {
 public:
  Result<registry::SchemaText> ById(int32_t /*id*/) override {
    return registry::SchemaText{std::string(kSchema), {}};
  }

  Result<registry::SchemaText> Version(const std::string& /*subject*/, int32_t /*version*/)
      override {
    return Error(ErrorKind::kNotFound, "none");
  }

  Result<std::vector<std::pair<std::string, int32_t>>> UsesOf(int32_t /*id*/) override {
    return std::vector<std::pair<std::string, int32_t>>();
  }
};

class Writer {
 public:
  void Long(int64_t v) {
    std::array<uint8_t, kVarintBytesMax> raw{};
    const auto* end = PutVarint(raw.data(), ZigZag(v));
    bytes += AsText({raw.data(), static_cast<size_t>(end - raw.data())});
  }

  void Text(std::string_view text) {
    Long(static_cast<int64_t>(text.size()));
    bytes += text;
  }

  std::string bytes;
};

void Row(Writer& w, int64_t id) {
  w.Long(1);
  w.Long(id);
  w.Text(fmt::format("customer-{:08x}@example.com", static_cast<uint32_t>(id * 2654435761)));
  w.Text(id % 7 == 0 ? "shipped" : "paid");
  w.Text(std::string("\x01\x02", 2) + static_cast<char>(id));
  w.Long(id % 10);
  w.Long(1769853600'000000 + id);
  w.Long(1);
  w.Text("leave it at the door");
  const auto bits = std::bit_cast<std::array<char, 8>>(static_cast<double>(id) / 3);
  w.bytes.append(bits.data(), bits.size());
}

std::string Event(int64_t id) {
  Writer w;
  w.bytes = std::string("\0\0\0\0\1", 5);
  Row(w, id);
  Row(w, id);
  w.Text("3.6.0.Final");
  w.Text("mysql");
  w.Text("shop");
  w.Long(1769853600'000);
  w.Long(0);
  w.Text("false");
  w.Text("shop");
  w.Long(1);
  w.Text("00000000000200000000000005dd0003");
  for (int i = 0; i < 2; ++i) {
    w.Long(1);
    w.Long(1769853600'000000);
  }
  w.Long(1);
  w.Text("orders");
  w.Long(1);
  w.Long(1);
  w.Text("3e11fa47-71ca-11e1-9e33-c80aa9429562:123456");
  w.Text("binlog.000002");
  w.Long(id);
  w.Long(0);
  w.Long(0);
  w.Long(0);
  w.Long(0);
  w.Text("u");
  for (int i = 0; i < 3; ++i) {
    w.Long(1);
    w.Long(1769853600'000000);
  }
  return w.bytes;
}

class Ignore : public AckListener {
 public:
  void OnAck(AckToken /*token*/) override {}

  void OnLost(AckToken /*token*/, const Error& error) override {
    fmt::print(stderr, "lost: {}\n", error.ToString());
  }
};

class Silent : public ScanWatcher {
 public:
  void OnMatches(std::vector<Match> /*matches*/) override {}

  void OnProgress(const ScanProgress& /*progress*/) override {}
};

double CpuSeconds() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  const auto of = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return of(u.ru_utime) + of(u.ru_stime);
}

Status Fill(const kafka::KafkaOptions& options, const std::string& topic, int64_t num) {
  Ignore ignore;
  const auto log = ROWHOUSE_TRY(kafka::KafkaEventLog::Open({options, {}}, &ignore));
  ROWHOUSE_TRY(log->EnsureTopics({{topic, 3, 1, {}}}));
  TopicWriter* writer = ROWHOUSE_TRY(log->Writer(topic));
  for (int64_t i = 0; i < num; ++i) {
    ROWHOUSE_TRY(writer->Append({std::to_string(i), Event(i), static_cast<int32_t>(i % 3)}, 1));
  }
  return log->Flush(Deadline::After(seconds(300)));
}

struct Case {
  std::string_view name;
  std::string_view from;
  std::string_view filter;
  std::string_view text;
};

Status Search(const kafka::KafkaOptions& options, const std::string& topic, const Case& c) {
  ScanRequest request;
  request.from = ROWHOUSE_TRY(ScanFrom::Parse(c.from));
  if (!c.filter.empty()) {
    request.filter = ROWHOUSE_TRY(Filter::Parse(c.filter));
  }
  request.text = c.text;
  const auto stream = ROWHOUSE_TRY(kafka::OpenRecordStream(options, topic, size_t{64} << 20));
  Schemas schemas(std::make_unique<OneSchema>());
  Silent silent;
  const double cpu = CpuSeconds();
  const ScanEnd end = ROWHOUSE_TRY(Scan(request, *stream, schemas, silent, {}));
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  fmt::print(
      "{:<24} {:>9} scanned {:>6} matched {:>9.0f} records/s {:6.2f} us CPU/record  RSS {} MB\n",
      c.name,
      end.progress.scanned,
      end.progress.matched,
      end.progress.rate,
      (CpuSeconds() - cpu) * 1e6 / static_cast<double>(end.progress.scanned),
      u.ru_maxrss / 1024
  );
  std::fflush(stdout);
  return Ok();
}

Status Run(int64_t num) {
  const auto kafka = ROWHOUSE_TRY(testing::RealKafka::Start());
  const std::string topic = kafka->NewTopic();
  ROWHOUSE_TRY(Fill(kafka->options(), topic, num));
  constexpr std::array<Case, 8> kCases = {{
      {"offset", "beginning", "offset == -1", ""},
      {"key", "beginning", "key == \"17\"", ""},
      {"one field", "beginning", "value.after.price == 1.23", ""},
      {"three fields",
       "beginning",
       "op == 'u' && value.before.id != value.after.id && value.after.quantity > 100",
       ""},
      {"a text field", "beginning", "value.after.customer contains \"nobody\"", ""},
      {"a pattern", "beginning", "value.after.customer matches \"^nobody-[0-9]+@\"", ""},
      {"text anywhere", "beginning", "", "nobody@nowhere"},
      {"one field, newest first", "newest", "value.after.price == 1.23", ""},
  }};
  for (const Case& c : kCases) {
    ROWHOUSE_TRY(Search(kafka->options(), topic, c));
  }
  return Ok();
}

}  // namespace
}  // namespace rowhouse::browse

int main(int argc, char** argv) {
  rowhouse::TuneHeap();
  int64_t num = 2'000'000;
  constexpr std::string_view kNum = "--num=";
  if (argc > 1 && std::string_view(argv[1]).starts_with(kNum)) {
    num = std::stoll(argv[1] + kNum.size());
  }
  const rowhouse::Status run = rowhouse::browse::Run(num);
  if (!run) {
    fmt::print(stderr, "{}\n", run.error().ToString());
  }
  return run ? 0 : 1;
}
