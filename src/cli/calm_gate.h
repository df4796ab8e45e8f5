#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

#include "base/mutex.h"
#include "base/result.h"
#include "mysql/catalog.h"
#include "mysql/source_options.h"

namespace rowhouse::cli {

// Up to what a server may be busy while rows are copied from it; 0: no limit.
struct CalmLimits {
  uint64_t threads_running = 0;
  uint64_t replica_lag_s = 0;

  bool any() const { return threads_running != 0 || replica_lag_s != 0; }
};

// Why rows are not to be read now, as a person is told; empty: they are.
// kConfig: a lag is to be looked at, and the server is no replica.
Result<std::string> WhyNotNow(const mysql::ServerLoad& load, const CalmLimits& limits);

// Lets readers of a copy wait while the server that they read has too much to do.
//
// Place:   one a copy. Owns: a connection of its own.
// Threads: any; one asks the server, the others wait behind it.
// Errors:  the server's; kConfig as WhyNotNow; kCancelled at a stop.
class CalmGate {
 public:
  CalmGate(mysql::SourceOptions source, const CalmLimits& limits)
      : source_(std::move(source)), limits_(limits) {}

  // Begin and end of a pause are told in the log.
  Status Wait(const std::stop_token& stop);

  // Why readers wait now; empty: they do not.
  std::string waiting() const;

 private:
  Result<std::string> Ask() REQUIRES(asking_);
  void SetReason(std::string reason);

  const mysql::SourceOptions source_;
  const CalmLimits limits_;

  Mutex asking_;
  std::unique_ptr<mysql::Catalog> catalog_ GUARDED_BY(asking_);
  mutable Mutex mu_;
  std::string reason_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::cli
