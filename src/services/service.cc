#include "services/service.h"

#include <algorithm>
#include <csignal>

#include <fmt/format.h>

#include "base/log.h"
#include "services/log_file.h"

namespace rowhouse::services {

namespace {

constexpr milliseconds kProbeEvery{30};
constexpr milliseconds kLookEvery{1'000};
constexpr milliseconds kPrepareWithin{120'000};
constexpr seconds kEndWithin{10};

Clock::TimePoint Now() {
  return Clock::Real().Now();
}

milliseconds Since(Clock::TimePoint then) {
  return std::chrono::duration_cast<milliseconds>(Now() - then);
}

}  // namespace

std::string_view PhaseName(Phase phase) {
  switch (phase) {
    case Phase::kPreparing:
      return "preparing";
    case Phase::kStarting:
      return "starting";
    case Phase::kReady:
      return "ready";
    case Phase::kWaiting:
      return "waiting to restart";
    case Phase::kFailed:
      return "failed";
    case Phase::kStopped:
      return "stopped";
  }
  return "?";
}

Service::Service(ServiceSpec spec, RestartPolicy policy)
    : spec_(std::move(spec)), policy_(policy), backoff_(policy.first_wait, policy.most_wait) {
  state_.name = spec_.name;
  Enter(Phase::kPreparing);
}

void Service::Enter(Phase phase) {
  state_.phase = phase;
  state_.since_us = Clock::Real().WallMicros();
}

milliseconds Service::Step() {
  switch (state_.phase) {
    case Phase::kPreparing:
      return Prepare();
    case Phase::kStarting:
      return AwaitReady();
    case Phase::kReady:
      return WatchReady();
    case Phase::kWaiting:
      return Now() >= retry_at_ ? Launch() : std::chrono::ceil<milliseconds>(retry_at_ - Now());
    case Phase::kFailed:
    case Phase::kStopped:
      break;
  }
  return kLookEvery;
}

Status Service::StartChild(const Command& command) {
  ROWHOUSE_TRY(RotateLog(command.log_file));
  log_from_ = LogSize(command.log_file);
  started_ = Now();
  child_ = ROWHOUSE_TRY(ChildProcess::Start(command));
  state_.pid = child_->pid();
  return Ok();
}

milliseconds Service::Prepare() {
  while (prepared_ < spec_.prepare.size()) {
    const Command& command = spec_.prepare[prepared_];
    if (child_ == nullptr) {
      if (Status started = StartChild(command); !started) {
        return Fail(std::move(started).error());
      }
    }
    const auto ended = child_->Poll();
    if (!ended && Since(started_) < kPrepareWithin) {
      return kLookEvery;
    }
    child_.reset();
    state_.pid = 0;
    if (!ended || !ended->ok()) {
      const std::string how = ended ? "ended with " + ended->ToString() : "did not end in time";
      return Fail(
          WithLastLines(fmt::format("preparing {}: {} {}", spec_.name, command.argv.front(), how))
      );
    }
    ++prepared_;
  }
  return Launch();
}

milliseconds Service::Launch() {
  if (Status started = StartChild(spec_.command); !started) {
    return Fail(std::move(started).error());
  }
  Enter(Phase::kStarting);
  return AwaitReady();
}

milliseconds Service::AwaitReady() {
  if (const auto wait = AwaitAskedEnd()) {
    return *wait;
  }
  if (const auto ended = child_->Poll()) {
    return Died(fmt::format("ended while starting with {}", ended->ToString()));
  }
  const Status usable = spec_.probe();
  if (usable) {
    Enter(Phase::kReady);
    state_.ready_after = Since(started_);
    was_ready_ = true;
    ready_since_ = Now();
    LogDebug("service ready", {{"service", spec_.name}, {"ms", state_.ready_after.count()}});
    return kLookEvery;
  }
  if (Since(started_) < spec_.ready_within) {
    return kProbeEvery;
  }
  child_->Stop(Deadline::After(seconds(2)));
  return Died(fmt::format(
      "was not usable within {:g} s ({})",
      std::chrono::duration<double>(spec_.ready_within).count(),
      usable.error().message()
  ));
}

milliseconds Service::WatchReady() {
  if (const auto wait = AwaitAskedEnd()) {
    return *wait;
  }
  if (const auto ended = child_->Poll()) {
    return Died("ended with " + ended->ToString());
  }
  if (deaths_ > 0 && Now() - ready_since_ >= policy_.stable_after) {
    deaths_ = 0;
    backoff_.Reset();
  }
  return kLookEvery;
}

void Service::Restart() {
  switch (state_.phase) {
    case Phase::kStarting:
    case Phase::kReady:
      kill_at_ = Now() + kEndWithin;
      child_->Signal(SIGTERM);
      break;
    case Phase::kWaiting:
      retry_at_ = Now();
      break;
    case Phase::kFailed:
      deaths_ = 0;
      backoff_.Reset();
      retry_at_ = Now();
      Enter(prepared_ < spec_.prepare.size() ? Phase::kPreparing : Phase::kWaiting);
      break;
    case Phase::kPreparing:
    case Phase::kStopped:
      break;
  }
}

// How long to wait for the end that Restart has asked for; nullopt where it has not.
std::optional<milliseconds> Service::AwaitAskedEnd() {
  if (!kill_at_) {
    return std::nullopt;
  }
  if (!child_->Poll()) {
    if (Now() < *kill_at_) {
      return std::chrono::ceil<milliseconds>(*kill_at_ - Now());
    }
    child_->Stop(Deadline::After(milliseconds(0)));
  }
  kill_at_.reset();
  child_.reset();
  state_.pid = 0;
  state_.error.reset();
  ++state_.restarts;
  LogInfo("service is started again as asked", {{"service", spec_.name}});
  return Launch();
}

milliseconds Service::Died(const std::string& how) {
  child_.reset();
  state_.pid = 0;
  const std::string what = spec_.name + " " + how;
  if (!was_ready_) {
    return Fail(WithLastLines(what));
  }
  if (++deaths_ >= policy_.tries_max) {
    return Fail(WithLastLines(fmt::format("{}: given up after {} deaths in a row", what, deaths_)));
  }
  const milliseconds wait = backoff_.Next();
  retry_at_ = Now() + wait;
  Enter(Phase::kWaiting);
  ++state_.restarts;
  Error error = WithLastLines(fmt::format("{}; starting it again in {} ms", what, wait.count()));
  LogError(error.message());
  state_.error = std::move(error);
  return wait;
}

milliseconds Service::Fail(Error error) {
  child_.reset();
  state_.pid = 0;
  Enter(Phase::kFailed);
  state_.error = std::move(error);
  return kLookEvery;
}

Error Service::WithLastLines(std::string what) const {
  const std::string& log = spec_.command.log_file;
  const std::string tail = LogTail(log, log_from_);
  what +=
      tail.empty() ? "; it wrote nothing to " + log : "; the last lines of " + log + ":\n" + tail;
  return Error(ErrorKind::kUnavailable, std::move(what)).WithCode("E-DEMO-003");
}

void Service::Stop(Deadline deadline) {
  if (child_ != nullptr) {
    const auto before = Now();
    const ExitStatus how = child_->Stop(deadline);
    LogDebug(
        "service stopped",
        {{"service", spec_.name}, {"how", how.ToString()}, {"ms", Since(before).count()}}
    );
    child_.reset();
  }
  state_.pid = 0;
  Enter(Phase::kStopped);
}

}  // namespace rowhouse::services
