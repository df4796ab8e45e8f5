#pragma once

#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace rowhouse::services {

// A program to run and where its output goes.
struct Command {
  std::vector<std::string> argv;  // argv[0] with a slash is a path, otherwise searched in PATH
  std::string log_file;           // output and errors, appended
  std::string directory;          // working directory; empty: ours
  std::vector<std::string> environment = {};  // "NAME=value", in addition to ours
};

// How a process ended.
struct ExitStatus {
  int code = 0;    // exit code; -1 when ended by a signal
  int signal = 0;  // 0 when it exited by itself

  bool ok() const { return code == 0; }

  // "exit code 3", "signal 9 (KILL)".
  std::string ToString() const;
};

// A child that can't outlive us.
//
// The child leads its own process group, so that Ctrl-C at the terminal reaches us alone
// and we decide the order. The kernel kills it when the *thread* that started it ends
// (PR_SET_PDEATHSIG is per thread), however we die: start it on a thread that stays.
//
// Owns:     the process: the destructor kills the whole group and reaps the child.
// Threads:  one owner.
// Blocking: Wait and Stop up to their deadline; they wait on a pidfd, not in a loop of naps.
// Errors:   Start: kConfig where the program can't be executed, kUnavailable where no
//           process or log file could be made.
class ChildProcess {
 public:
  static Result<std::unique_ptr<ChildProcess>> Start(const Command& command);

  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  // Becomes readable when the child ends; for poll().
  int pidfd() const { return pidfd_; }

  // How it ended, or nullopt while it runs.
  std::optional<ExitStatus> Poll();

  // nullopt when it still runs at the deadline.
  std::optional<ExitStatus> Wait(Deadline deadline);

  // To the whole group.
  void Signal(int signal) const;

  // TERM to the child, then KILL to the group at the deadline; the group is gone afterwards.
  ExitStatus Stop(Deadline deadline);

 private:
  ChildProcess(pid_t pid, int pidfd) : pid_(pid), pidfd_(pidfd) {}

  const pid_t pid_;
  const int pidfd_;
  std::optional<ExitStatus> ended_;
};

}  // namespace rowhouse::services
