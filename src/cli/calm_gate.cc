#include "cli/calm_gate.h"

#include <utility>

#include <fmt/format.h>

#include "base/backoff.h"
#include "base/log.h"

namespace rowhouse::cli {

namespace {

constexpr milliseconds kAskEvery{1'000};

}  // namespace

Result<std::string> WhyNotNow(const mysql::ServerLoad& load, const CalmLimits& limits) {
  if (limits.threads_running != 0 && load.threads_running > limits.threads_running) {
    return fmt::format(
        "{} threads run on the server, more than --max-threads-running {}",
        load.threads_running,
        limits.threads_running
    );
  }
  if (limits.replica_lag_s == 0) {
    return std::string();
  }
  if (!load.is_replica) {
    return Error(ErrorKind::kConfig, "--max-replica-lag: the server that is read is no replica")
        .WithHint("leave it out, or name a replica: source.read_endpoint");
  }
  if (!load.replica_lag_s) {
    return std::string("the replica's replication stands still");
  }
  if (*load.replica_lag_s > limits.replica_lag_s) {
    return fmt::format(
        "the replica is {} s late, more than --max-replica-lag {}",
        *load.replica_lag_s,
        limits.replica_lag_s
    );
  }
  return std::string();
}

Result<std::string> CalmGate::Ask() {
  if (catalog_ == nullptr) {
    catalog_ = ROWHOUSE_TRY(mysql::Catalog::Open(source_));
  }
  return WhyNotNow(ROWHOUSE_TRY(catalog_->Load()), limits_);
}

Status CalmGate::Wait(const std::stop_token& stop) {
  MutexLock lock(asking_);
  const auto began = Clock::Real().Now();
  bool waited = false;
  while (true) {
    std::string reason = ROWHOUSE_TRY(Ask());
    const bool calm = reason.empty();
    if (!calm && !std::exchange(waited, true)) {
      LogInfo("waiting: " + reason, {{"server", source_.Where()}});
    }
    SetReason(std::move(reason));
    if (calm) {
      break;
    }
    if (!WaitUnlessStopped(stop, kAskEvery)) {
      return Error(ErrorKind::kCancelled, "stopped while the source was busy");
    }
  }
  if (waited) {
    SetReason("");
    const auto took = std::chrono::duration_cast<seconds>(Clock::Real().Now() - began);
    LogInfo("going on", {{"waited_s", took.count()}});
  }
  return Ok();
}

std::string CalmGate::waiting() const {
  MutexLock lock(mu_);
  return reason_;
}

void CalmGate::SetReason(std::string reason) {
  MutexLock lock(mu_);
  reason_ = std::move(reason);
}

}  // namespace rowhouse::cli
