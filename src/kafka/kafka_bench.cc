// What a record costs us on its way into Kafka.
//
//   kafka_bench [BENCHMARK...] [--bootstrap=HOST:PORT] [--num=N] [--value_size=N]
//               [--partitions=N] [--queue_mb=N] [--property=NAME=VALUE]
//
// Benchmarks (default: all, in this order):
//   produce        rd_kafka_produce, payload copied by librdkafka
//   produce_free   rd_kafka_produce, payload malloced by us and freed by librdkafka
//   produceva      rd_kafka_produceva, no headers
//   produce_batch  rd_kafka_produce_batch of 1000, payload copied
//   append         KafkaEventLog::Append with its acknowledgements
//   append_4h      the same with 4 small constant headers a record
//
// Measured (2 cores shared with a broker and other work, 500-byte values, lz4, so +-40 %):
// append 2.2-3.2 us of CPU a record; rd_kafka_produce, produceva and produce_batch do not differ
// beyond that noise, so the event log uses the first. Four headers add about 2.3 us.
//
// Prints records/s, CPU a record of this process (librdkafka's threads included)
// and peak RSS. Needs a broker; makes the topics bench.<name>.
#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <thread>
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/admin.h"
#include "kafka/event_log.h"

namespace rowhouse::kafka {
namespace {

struct Settings {
  std::vector<std::string> benchmarks;
  KafkaOptions kafka;
  uint64_t num = 1'000'000;
  size_t value_size = 500;
  int32_t partitions = 3;
};

struct Usage {
  double cpu_us;
  std::chrono::steady_clock::time_point at;

  static Usage Now() {
    rusage u{};
    getrusage(RUSAGE_SELF, &u);
    const auto micros = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_usec);
    };
    return {micros(u.ru_utime) + micros(u.ru_stime), std::chrono::steady_clock::now()};
  }
};

int64_t PeakRssMb() {
  rusage u{};
  getrusage(RUSAGE_SELF, &u);
  return u.ru_maxrss / 1024;
}

// Values that compress about as rows do: half random hex, half the same text.
std::vector<std::string> MakeValues(size_t size) {
  std::vector<std::string> values(1024);
  uint64_t state = 1;
  for (std::string& v : values) {
    while (v.size() < size) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      v += fmt::format("{:016x},status=shipped,", state);
    }
    v.resize(size);
  }
  return values;
}

class Count : public AckListener {
 public:
  void OnAck(AckToken token) override { sum_.fetch_add(token, std::memory_order_relaxed); }

  void OnLost(AckToken token, const Error& error) override {
    std::fprintf(stderr, "lost %lu: %s\n", token, error.ToString().c_str());
  }

 private:
  std::atomic<uint64_t> sum_{0};
};

void Report(const std::string& name, const Settings& s, const Usage& from) {
  const Usage now = Usage::Now();
  const double elapsed = std::chrono::duration<double>(now.at - from.at).count();
  const double n = static_cast<double>(s.num);
  fmt::print(
      "{:<14}: {:8.0f} records/s; {:6.1f} MB/s; {:5.2f} us CPU/record; peak RSS {} MB\n",
      name,
      n / elapsed,
      n * static_cast<double>(s.value_size) / elapsed / 1e6,
      (now.cpu_us - from.cpu_us) / n,
      PeakRssMb()
  );
  std::fflush(stdout);
}

bool MakeTopic(const Settings& s, const std::string& topic) {
  const auto admin = Admin::Open(s.kafka);
  const Status made =
      admin ? (*admin)->EnsureTopics({{topic, s.partitions, 1, {}}}, Deadline::After(seconds{30}))
            : Status(admin.error());
  if (!made) {
    std::fprintf(stderr, "%s\n", made.error().ToString().c_str());
  }
  return made.has_value();
}

std::string KeyOf(uint64_t i) {
  return std::string("\0\0\0\0\1", 5) + std::to_string(i);
}

void RunAppend(const Settings& s, const std::string& name, const EventLogOptions& options) {
  const auto values = MakeValues(s.value_size);
  Count count;
  const auto log = KafkaEventLog::Open(options, &count).value();
  TopicWriter* writer = log->Writer("bench." + name).value();
  const Usage from = Usage::Now();
  for (uint64_t i = 0; i < s.num; ++i) {
    const std::string key = KeyOf(i);
    if (!writer->Append({key, values[i % values.size()]}, i)) {
      return;
    }
  }
  const Status flushed = log->Flush(Deadline::After(seconds{120}));
  if (!flushed) {
    std::fprintf(stderr, "%s\n", flushed.error().ToString().c_str());
  }
  Report(name, s, from);
}

// librdkafka bare, with its reports taken off by one thread as the event log does.
class Bare {
 public:
  Bare(const Settings& s, const std::string& name)
      : client_(Client::Open(s.kafka, Role::kProducer).value()),
        topic_(rd_kafka_topic_new(client_->native(), ("bench." + name).c_str(), nullptr)),
        queue_(rd_kafka_queue_get_main(client_->native())),
        reports_([this](const std::stop_token& stop) { Drain(stop); }) {}

  ~Bare() {
    reports_.request_stop();
    reports_.join();
    rd_kafka_queue_destroy(queue_);
    rd_kafka_topic_destroy(topic_);
  }

  Bare(const Bare&) = delete;
  Bare& operator=(const Bare&) = delete;

  rd_kafka_topic_t* topic() const { return topic_; }

  rd_kafka_t* native() const { return client_->native(); }

  void Flush() { rd_kafka_flush(native(), 120'000); }

 private:
  void Drain(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      rd_kafka_event_t* event = rd_kafka_queue_poll(queue_, 100);
      if (event != nullptr) {
        rd_kafka_event_destroy(event);
      }
    }
  }

  std::shared_ptr<Client> client_;
  rd_kafka_topic_t* topic_;
  rd_kafka_queue_t* queue_;
  std::jthread reports_;
};

template <typename Produce>
void RunBare(const Settings& s, const std::string& name, Produce produce) {
  const auto values = MakeValues(s.value_size);
  Bare bare(s, name);
  const Usage from = Usage::Now();
  for (uint64_t i = 0; i < s.num; ++i) {
    const std::string key = KeyOf(i);
    while (!produce(bare, key, values[i % values.size()])) {
      std::fprintf(stderr, "%s\n", rd_kafka_err2str(rd_kafka_last_error()));
      return;
    }
  }
  bare.Flush();
  Report(name, s, from);
}

bool Produce(const Bare& bare, const std::string& key, void* value, size_t size, int flags) {
  return rd_kafka_produce(
             bare.topic(),
             RD_KAFKA_PARTITION_UA,
             flags,
             value,
             size,
             key.data(),
             key.size(),
             nullptr
         ) == 0;
}

bool ProduceCopy(const Bare& bare, const std::string& key, const std::string& value) {
  void* data = const_cast<char*>(value.data());
  return Produce(bare, key, data, value.size(), RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK);
}

bool ProduceFree(const Bare& bare, const std::string& key, const std::string& value) {
  void* data = std::malloc(value.size());  // NOLINT: librdkafka calls free()
  std::memcpy(data, value.data(), value.size());
  const bool taken =
      Produce(bare, key, data, value.size(), RD_KAFKA_MSG_F_FREE | RD_KAFKA_MSG_F_BLOCK);
  if (!taken) {
    std::free(data);  // NOLINT
  }
  return taken;
}

bool ProduceVa(const Bare& bare, const std::string& key, const std::string& value) {
  std::array<rd_kafka_vu_t, 4> parts{};
  parts[0].vtype = RD_KAFKA_VTYPE_RKT;
  parts[0].u.rkt = bare.topic();
  parts[1].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[1].u.i = RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK;
  parts[2].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[2].u.mem = {const_cast<char*>(value.data()), value.size()};
  parts[3].vtype = RD_KAFKA_VTYPE_KEY;
  parts[3].u.mem = {const_cast<char*>(key.data()), key.size()};
  rd_kafka_error_t* error = rd_kafka_produceva(bare.native(), parts.data(), parts.size());
  if (error != nullptr) {
    rd_kafka_error_destroy(error);
  }
  return error == nullptr;
}

void RunBatch(const Settings& s, const std::string& name) {
  constexpr size_t kBatch = 1000;
  const auto values = MakeValues(s.value_size);
  Bare bare(s, name);
  std::vector<rd_kafka_message_t> batch(kBatch);
  std::vector<std::string> keys(kBatch);
  const Usage from = Usage::Now();
  for (uint64_t i = 0; i < s.num; i += kBatch) {
    for (size_t j = 0; j < kBatch; ++j) {
      keys[j] = KeyOf(i + j);
      const std::string& value = values[(i + j) % values.size()];
      batch[j] = {};
      batch[j].payload = const_cast<char*>(value.data());
      batch[j].len = value.size();
      batch[j].key = keys[j].data();
      batch[j].key_len = keys[j].size();
    }
    const int taken = rd_kafka_produce_batch(
        bare.topic(),
        RD_KAFKA_PARTITION_UA,
        RD_KAFKA_MSG_F_COPY | RD_KAFKA_MSG_F_BLOCK,
        batch.data(),
        static_cast<int>(kBatch)
    );
    if (taken != static_cast<int>(kBatch)) {
      std::fprintf(stderr, "batch: %s\n", rd_kafka_err2str(batch[0].err));
      return;
    }
  }
  bare.Flush();
  Report(name, s, from);
}

void Run(const Settings& s, const std::string& name) {
  if (!MakeTopic(s, "bench." + name)) {
    return;
  }
  if (name == "produce") {
    RunBare(s, name, ProduceCopy);
  } else if (name == "produce_free") {
    RunBare(s, name, ProduceFree);
  } else if (name == "produceva") {
    RunBare(s, name, ProduceVa);
  } else if (name == "produce_batch") {
    RunBatch(s, name);
  } else if (name == "append") {
    RunAppend(s, name, {s.kafka, {}});
  } else if (name == "append_4h") {
    RunAppend(
        s, name, {s.kafka, {{"db", "shop"}, {"table", "orders"}, {"server", "prod-1"}, {"v", "1"}}}
    );
  } else {
    std::fprintf(stderr, "no benchmark '%s'\n", name.c_str());
  }
}

Settings Parse(int argc, char** argv) {
  Settings s;
  for (int i = 1; i < argc; ++i) {
    const std::string_view arg = argv[i];
    const auto value = [&](std::string_view flag) {
      return arg.starts_with(flag) ? argv[i] + flag.size() : nullptr;
    };
    if (const char* v = value("--bootstrap=")) {
      s.kafka.bootstrap = v;
    } else if (const char* n = value("--num=")) {
      s.num = std::strtoull(n, nullptr, 10);
    } else if (const char* size = value("--value_size=")) {
      s.value_size = std::strtoull(size, nullptr, 10);
    } else if (const char* p = value("--partitions=")) {
      s.partitions = std::atoi(p);
    } else if (const char* mb = value("--queue_mb=")) {
      s.kafka.queue_bytes = std::strtoull(mb, nullptr, 10) << 20;
    } else if (const char* property = value("--property=")) {
      const std::string_view text = property;
      const size_t at = text.find('=');
      s.kafka.properties[std::string(text.substr(0, at))] = text.substr(at + 1);
    } else {
      s.benchmarks.emplace_back(arg);
    }
  }
  if (s.benchmarks.empty()) {
    s.benchmarks = {"produce", "produce_free", "produceva", "produce_batch", "append", "append_4h"};
  }
  return s;
}

}  // namespace
}  // namespace rowhouse::kafka

int main(int argc, char** argv) {
  const auto settings = rowhouse::kafka::Parse(argc, argv);
  for (const std::string& name : settings.benchmarks) {
    rowhouse::kafka::Run(settings, name);
  }
}
