#pragma once

#include <memory>
#include <stop_token>

#include "base/result.h"
#include "base/thread.h"

namespace rowhouse::cli {

// Turns SIGINT, SIGTERM and SIGHUP into a stop request.
//
// The first asks for a clean stop; the second (not within 0.3 s, which is the same
// request doubled) ends the process at once with 130 or 143, which is safe: nothing is
// checkpointed before it is acknowledged.
// SIGPIPE is ignored, so that a gone client is an error and not our end.
//
// Place:   one a process, made before any other thread: the signals are blocked
//          in the calling thread and in all that it starts. A child process has to unblock
//          them itself.
// Threads: token() from any.
class Signals {
 public:
  static Result<std::unique_ptr<Signals>> Install();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  std::stop_token token() const { return stop_.get_token(); }

  // Waits for the first signal or RequestStop().
  void Wait() const;

  // As if a signal had come: for a limit on the run's duration, or a failed part.
  void RequestStop() { stop_.request_stop(); }

 private:
  Signals(int signal_fd, int wake_fd);
  void Watch(const std::stop_token& end);

  const int signal_fd_;
  const int wake_fd_;
  std::stop_source stop_;
  Thread thread_;
};

}  // namespace rowhouse::cli
