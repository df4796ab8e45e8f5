#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/report.h"
#include "config/config.h"
#include "mysql/connection.h"
#include "services/servers.h"
#include "services/supervisor.h"
#include "testing/real_server.h"

namespace rowhouse::bench {

// Real servers on free ports of 127.0.0.1, with a directory of their own: MariaDB and Kafka,
// and the embedded ClickHouse where it is asked for. Their CPU is not ours: they are children.
//
// Owns: servers and directory; ends and removes them.
class World {
 public:
  enum class With { kKafka, kKafkaAndClickHouse };

  static Result<std::unique_ptr<World>> Start(With with);
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // A configuration file for one run, with a pipeline, topics and schemas that no other run has.
  // `set`: further "key=value" lines.
  struct RunConfig {
    std::string file;
    config::Config config;
    std::string topic;  // of `orders`
  };

  Result<RunConfig> NewRun(const std::vector<std::string>& set);

  Result<std::unique_ptr<mysql::Connection>> Connect() const;

  // Removes a run's records, so that the next finds the disk as this one did.
  Status DropTopic(const RunConfig& run) const;

  // What the servers call themselves.
  Status NoteVersions(Report& report) const;

  std::string directory() const { return directory_.path(); }

 private:
  World() = default;

  Status Launch(With with);
  Status LaunchClickHouse();
  services::Place PlaceOf(const std::string& service, uint16_t port) const;

  testing::TempDir directory_;
  const uint16_t mysql_port_ = testing::FreePort();
  const uint16_t kafka_port_ = testing::FreePort();
  const uint16_t clickhouse_port_ = testing::FreePort();
  bool clickhouse_ = false;
  int runs_ = 0;
  std::unique_ptr<services::Supervisor> supervisor_;
};

}  // namespace rowhouse::bench
