#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "chserver/server.h"
#include "clickhouse/client.h"
#include "clickhouse/pipeline_sql.h"
#include "config/config.h"
#include "http/client.h"
#include "inspect/watch.h"
#include "kafka/checkpoint_store.h"
#include "kafka/event_log.h"
#include "kafka/options.h"
#include "model/table.h"
#include "model/topic.h"
#include "mysql/source_options.h"
#include "registry/server.h"

// From the configuration to the options of each adapter: the one place that knows both.
namespace rowhouse::cli {

mysql::SourceOptions SourceOptionsOf(const config::Config& config);

kafka::KafkaOptions KafkaOptionsOf(const config::Config& config);

// Where the pipeline's position is kept.
kafka::CheckpointPlace CheckpointPlaceOf(const config::Config& config);

// Of who runs the pipeline, and not only looks: its position store shuts earlier owners out,
// unless its event log does.
kafka::KafkaOptions CheckpointOwnerOptionsOf(const config::Config& config);

bool ExactlyOnce(const config::Config& config);

// The data topics' producer, without headers.
kafka::EventLogOptions EventLogOptionsOf(const config::Config& config);

// How the pipeline's topics are named.
TopicNaming TopicNamingOf(const config::Config& config);

// Debezium's context headers, the same on every record of a run; `connector` is mysql or mariadb.
std::vector<std::pair<std::string, std::string>> ContextHeaders(
    const config::Config& config, const std::string& connector
);

clickhouse::ClientOptions ClickHouseOptionsOf(const config::Config& config);

// Names and tuning of ClickHouse's objects.
clickhouse::PipelineOptions PipelineOptionsOf(const config::Config& config);

// The registry that we serve ourselves.
Result<registry::ServerOptions> RegistryServerOptionsOf(const config::Config& config);

// Where its schemas are kept.
registry::Store::OpenLog OpenSchemasTopic(const config::Config& config);

// The registry as a client sees it.
http::ClientOptions RegistryOptionsOf(const config::Config& config);

// All servers of the pipeline, as its watch looks at them.
inspect::WatchOptions WatchOptionsOf(const config::Config& config);

// `rowhouse clickhouse`; kConfig where no libchdb is known.
Result<chserver::ServerOptions> EmbeddedOptionsOf(const config::Config& config);

// By source.tables and source.exclude_tables.
std::function<bool(const TableId&)> WantedTables(const config::Config& config);

}  // namespace rowhouse::cli
