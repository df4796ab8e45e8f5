#include "capture/runner.h"

#include "base/backoff.h"
#include "base/log.h"
#include "capture/run.h"

namespace rowhouse::capture {

namespace {

constexpr seconds kHealthyAfter{30};

bool HealedByWaiting(const Error& error) {
  return error.kind() == ErrorKind::kUnavailable || error.kind() == ErrorKind::kSchemaChanged;
}

}  // namespace

Runner::Runner(World world, RunnerOptions options, Progress& progress)
    : world_(std::move(world)), options_(std::move(options)), progress_(progress) {
  if (options_.requests == nullptr) {
    options_.requests = &own_requests_;
  }
}

Status Runner::Run(const std::stop_token& stop) {
  Backoff backoff(options_.first_wait, options_.longest_wait);
  while (!stop.stop_requested()) {
    const Clock::TimePoint began = Clock::Real().Now();
    Status ran = RunOnce(stop);
    if (stop.stop_requested()) {
      return ran || ran.error().kind() == ErrorKind::kCancelled ? Ok() : ran;
    }
    if (ran) {
      continue;  // a parked table is to be followed again
    }
    if (!HealedByWaiting(ran.error())) {
      return ran;
    }
    if (Clock::Real().Now() - began > kHealthyAfter) {
      backoff.Reset();
    }
    const milliseconds wait = backoff.Next();
    LogWarn("capture interrupted; trying again", ran.error(), {{"wait_ms", wait.count()}});
    ++progress_.restarts;
    WaitUnlessStopped(stop, wait);
  }
  return Ok();
}

Status Runner::RunOnce(const std::stop_token& stop) {
  OneRun run(world_, options_, progress_);
  return run.Run(stop);
}

}  // namespace rowhouse::capture
