#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/result.h"
#include "services/child_process.h"

namespace rowhouse::services {

// What is run under a name, and how one knows that it can be used.
struct ServiceSpec {
  std::string name;              // "mariadb"
  uint16_t port = 0;             // must be free on 127.0.0.1 before the first start; 0: none
  std::string port_fix;          // how to choose another: "choose another with --mysql-port"
  std::vector<Command> prepare;  // each run to its end once, before the first start
  Command command;
  std::function<Status()> probe;      // Ok once it is usable; must return within a second
  milliseconds ready_within{60'000};  // each start
};

// How often a service that was in use is started again.
struct RestartPolicy {
  milliseconds first_wait{500};
  milliseconds most_wait{30'000};
  int tries_max = 8;                  // deaths in a row; then it has failed for good
  milliseconds stable_after{30'000};  // ready for so long: its deaths are forgotten
};

enum class Phase { kPreparing, kStarting, kReady, kWaiting, kFailed, kStopped };

std::string_view PhaseName(Phase phase);

// What others may know of a service.
struct ServiceState {
  std::string name;
  Phase phase = Phase::kPreparing;
  pid_t pid = 0;  // 0 while nothing runs
  int restarts = 0;
  int64_t since_us = 0;         // in this phase; wall clock
  milliseconds ready_after{0};  // how long the last start took
  std::optional<Error> error;   // the last death; kept after a restart
};

// One child's way from preparation to its end, as a state machine that never waits.
//
// A death before it was ever usable is final: the cause is a mistake that a restart
// repeats. A later one is answered by starting again, with growing waits.
//
// Place:    made and stepped by Supervisor's thread, which also must be the one that stays
//           (see ChildProcess).
// Threads:  one owner.
// Blocking: Step for as long as the probe takes; Stop up to its deadline.
// Errors:   in state().error, with the last lines of the log; logged where they happen,
//           because nobody waits for the return value of a restart.
class Service {
 public:
  Service(ServiceSpec spec, RestartPolicy policy);

  // Moves on as far as it can now; gives the time after which to look again, unless
  // pidfd() becomes readable before.
  milliseconds Step();

  // -1 while nothing runs.
  int pidfd() const { return child_ == nullptr ? -1 : child_->pidfd(); }

  // Ends the process, which is then started again at once: this counts as a restart and not as a
  // death. Never waits. Also for a service that waits or has failed.
  void Restart();

  // TERM, then KILL at the deadline.
  void Stop(Deadline deadline);

  const ServiceState& state() const { return state_; }

 private:
  milliseconds Prepare();
  milliseconds Launch();
  milliseconds AwaitReady();
  milliseconds WatchReady();
  milliseconds Died(const std::string& how);
  std::optional<milliseconds> AwaitAskedEnd();
  void Enter(Phase phase);
  milliseconds Fail(Error error);
  Status StartChild(const Command& command);
  Error WithLastLines(std::string what) const;

  const ServiceSpec spec_;
  const RestartPolicy policy_;
  Backoff backoff_;
  std::unique_ptr<ChildProcess> child_;
  size_t prepared_ = 0;
  bool was_ready_ = false;
  int deaths_ = 0;
  uint64_t log_from_ = 0;  // where the current child's part of the log begins
  Clock::TimePoint started_;
  Clock::TimePoint ready_since_;
  Clock::TimePoint retry_at_;
  std::optional<Clock::TimePoint> kill_at_;  // a restart is asked for, and how long it may take
  ServiceState state_;
};

}  // namespace rowhouse::services
