#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "model/leadership.h"
#include "mysql/connection.h"
#include "mysql/source_options.h"

namespace rowhouse::mysql {

// The source's name for the lock of a pipeline on a Kafka cluster: at most 64 characters, as
// servers want it, and different where pipeline or cluster is.
std::string RunLockName(std::string_view pipeline, std::string_view kafka_cluster);

// Leadership as a lock by name in the source (GET_LOCK), on a connection of its own.
//
// The server frees it at once when the process dies, since the link then ends; and where
// nothing is heard for kIdleLimit, so that a frozen process or a lost network does not
// hold it for ever. It needs no grant. A lock is one server's: processes that follow different
// servers of a replication group do not see each other's.
//
// Threads:  one at a time.
// Blocking: all up to kAnswerLimit; Take up to half of it, also where `wait` is longer.
class RunLock : public Leadership {
 public:
  static constexpr seconds kIdleLimit{10};
  static constexpr seconds kAnswerLimit{5};  // so that we know it before another can have it

  static Result<std::unique_ptr<Leadership>> Open(const SourceOptions& options, std::string name);

  Result<bool> Take(milliseconds wait) override;
  Result<std::string> Holder() override;
  Status Renew() override;

 private:
  RunLock(std::unique_ptr<Connection> connection, std::string name)
      : connection_(std::move(connection)), name_(std::move(name)) {}

  const std::unique_ptr<Connection> connection_;
  const std::string name_;
};

}  // namespace rowhouse::mysql
