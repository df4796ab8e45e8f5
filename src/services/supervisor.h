#pragma once

#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "services/service.h"

namespace rowhouse::services {

// Keeps the child processes of one program: starts them, waits until they are usable,
// starts dead ones again, and ends them in the reverse order.
//
// Place:    one a process, made by the demo (and by tests that need real servers).
// Owns:     the children, and the one thread that forks them: when that thread ends, by
//           Stop or by the death of the process, the kernel ends what is left of them.
// Threads:  Add, WaitReady, States, Failure and Restart from any; StopOne and Stop from one.
// Blocking: Add waits for the port check only; WaitReady and the stops up to their deadlines.
// Errors:   Add gives kConfig for a busy port. A service's death is logged when it is
//           answered by a restart; one that has failed for good is given by WaitReady and Failure.
class Supervisor {
 public:
  static Result<std::unique_ptr<Supervisor>> Start(RestartPolicy policy = {});

  // Stops with a deadline of 10 s where Stop was not called.
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  // Begins to start the service. Services start side by side: whoever needs one before
  // the next calls WaitReady in between.
  Status Add(ServiceSpec spec);

  // Waits for the first or next time it is usable.
  Status WaitReady(const std::string& name, Deadline deadline, const std::stop_token& stop);

  std::vector<ServiceState> States() const;

  // The error of the first service that will not be started again.
  std::optional<Error> Failure() const;

  // Has the named service ended and started again, soon. kNotFound: there is none.
  Status Restart(const std::string& name);

  // Ends the named service for good, for one whose end must come before that of a part in
  // this process. Killed at the deadline.
  void StopOne(const std::string& name, Deadline deadline);

  // Ends all, the last added first. A service that ignores TERM is killed so that all are
  // gone by the deadline.
  void Stop(Deadline deadline);

 private:
  Supervisor(RestartPolicy policy, int wake_fd) : policy_(policy), wake_fd_(wake_fd) {}

  void Run();
  void TakeIncoming();
  milliseconds StepAll();
  void Publish();
  void PollFor(milliseconds wait);
  void EndOrdered();
  void RestartOrdered();
  void StopAll(Deadline deadline);
  void Wake() const;

  const RestartPolicy policy_;
  const int wake_fd_;

  mutable Mutex mu_;
  CondVar changed_;
  std::vector<ServiceSpec> incoming_ GUARDED_BY(mu_);
  std::vector<ServiceState> states_ GUARDED_BY(mu_);
  std::set<std::string> restart_ GUARDED_BY(mu_);
  std::optional<std::pair<std::string, Deadline>> stop_one_ GUARDED_BY(mu_);
  std::optional<Deadline> stop_by_ GUARDED_BY(mu_);

  std::vector<std::unique_ptr<Service>> services_;  // of the thread alone
  Thread thread_;
};

}  // namespace rowhouse::services
