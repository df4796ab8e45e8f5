#include "cli/capture_world.h"

#include <algorithm>
#include <thread>
#include <unistd.h>

#include "base/check.h"
#include "cli/format_options.h"
#include "cli/wiring.h"
#include "kafka/admin.h"
#include "kafka/open_event_log.h"
#include "model/topic.h"
#include "mysql/binlog_source.h"
#include "mysql/catalog.h"
#include "mysql/chunk_reader.h"
#include "mysql/run_lock.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kClusterLimit{5};

Result<std::unique_ptr<ChangeSource>> OpenSource(
    const mysql::SourceOptions& options, const SourcePosition& from, capture::World::Wanted wanted
) {
  // The decoder asks for what only the data dictionary knows, on a connection of its own.
  std::shared_ptr<mysql::Catalog> catalog = ROWHOUSE_TRY(mysql::Catalog::Open(options));
  mysql::BinlogFilter filter;
  filter.wanted = std::move(wanted);
  filter.complete = [catalog](TableSchema from_log) {
    return catalog->Complete(std::move(from_log));
  };
  return mysql::BinlogSource::Open(options, from, std::move(filter));
}

template <typename Port, typename Adapter>
Result<std::unique_ptr<Port>> As(Result<std::unique_ptr<Adapter>> opened) {
  if (!opened) {
    return std::move(opened).error();
  }
  return std::unique_ptr<Port>(*std::move(opened));
}

void SetFormat(const config::Config& config, capture::TableEncoderOptions& encoder) {
  auto format = FormatOf(config);
  CHECK(format);  // the configuration has been checked when it was read
  encoder.format = *std::move(format);
  encoder.null_as_default = config.format.null_as_default;
  encoder.tombstones = config.format.tombstones;
  for (const std::string& operation : config.format.skip_operations) {
    encoder.skipped += operation;
  }
}

capture::SideTopicSpecs SideTopicsOf(const config::Config& config) {
  const config::Capture& c = config.capture;
  const TopicNaming naming = TopicNamingOf(config);
  const auto replication = static_cast<int32_t>(config.kafka.replication);
  // One partition each: they are read in the order of the log.
  const auto spec = [&](bool wanted, std::string name) {
    return TopicSpec{wanted ? std::move(name) : std::string(), 1, replication, {}};
  };
  capture::SideTopicSpecs specs;
  specs.schema_changes = spec(c.schema_changes, SchemaChangeTopic(naming));
  specs.transactions = spec(c.transaction_metadata, TransactionTopic(naming, c.transaction_topic));
  specs.heartbeats = spec(
      c.heartbeat_topic_every > milliseconds::zero(),
      HeartbeatTopic(naming, c.heartbeat_topic_prefix)
  );
  return specs;
}

}  // namespace

int SnapshotReaders(const config::Capture& capture) {
  constexpr unsigned kMost = 4;
  const unsigned by_cores = std::clamp(std::thread::hardware_concurrency(), 1U, kMost);
  return static_cast<int>(capture.snapshot_readers > 0 ? capture.snapshot_readers : by_cores);
}

capture::World CaptureWorldOf(const config::Config& config) {
  capture::World world;
  const mysql::SourceOptions source = SourceOptionsOf(config);
  world.open_source = [source](const SourcePosition& from, capture::World::Wanted wanted) {
    return OpenSource(source, from, std::move(wanted));
  };
  world.open_reader = [source] { return mysql::ChunkReader::Open(source); };
  world.open_catalog = [source] { return As<SourceCatalog>(mysql::Catalog::Open(source)); };
  world.open_leadership = [config, source]() -> Result<std::unique_ptr<Leadership>> {
    const auto admin = ROWHOUSE_TRY(kafka::Admin::Open(KafkaOptionsOf(config)));
    const std::string cluster = ROWHOUSE_TRY(admin->ClusterId(Deadline::After(kClusterLimit)));
    return mysql::RunLock::Open(source, mysql::RunLockName(config.pipeline, cluster));
  };
  world.open_log = [config, source](AckListener& listener) -> Result<std::unique_ptr<EventLog>> {
    kafka::EventLogOptions log = EventLogOptionsOf(config);
    if (config.kafka.headers) {
      const auto catalog = ROWHOUSE_TRY(mysql::Catalog::Open(source));
      log.headers = ContextHeaders(config, ROWHOUSE_TRY(catalog->Connector()));
    }
    return kafka::OpenEventLog(log, &listener);
  };
  return world;
}

capture::RunnerOptions RunnerOptionsOf(const config::Config& config) {
  const config::Capture& c = config.capture;
  capture::RunnerOptions options;
  options.wanted = WantedTables(config);
  options.first_load = c.snapshot != "never";
  options.loader.chunk_rows = c.chunk_rows;
  options.loader.chunk_bytes = c.chunk_bytes.bytes;
  options.loader.readers = SnapshotReaders(c);
  options.loader.reads_replica = !config.source.read_endpoint.empty();
  options.encode.workers = static_cast<int>(c.encode_workers);
  options.encode.queue_bytes = c.queue_bytes.bytes / 2 / c.encode_workers;
  options.encode.encoder.topics = TopicNamingOf(config);
  options.encode.encoder.partitions = static_cast<int32_t>(config.kafka.partitions);
  options.encode.encoder.replication = static_cast<int32_t>(config.kafka.replication);
  options.encode.encoder.record_bytes_max = KafkaOptionsOf(config).record_bytes_max;
  SetFormat(config, options.encode.encoder);
  options.in_flight_bytes = c.queue_bytes.bytes;
  options.reload = c.reload == "automatic";
  options.side_topics = SideTopicsOf(config);
  options.heartbeat_interval = c.heartbeat_topic_every;
  options.checkpoint_interval = c.checkpoint_interval;
  options.delivery =
      ExactlyOnce(config) ? capture::Delivery::kExactlyOnce : capture::Delivery::kAtLeastOnce;
  options.commit_interval = c.commit_interval;
  // Somebody who watches wants to see more of it than a log should hold.
  options.report_interval = isatty(STDERR_FILENO) == 1 ? seconds(3) : seconds(30);
  return options;
}

}  // namespace rowhouse::cli
