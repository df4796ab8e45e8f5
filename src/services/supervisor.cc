#include "services/supervisor.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include "services/port.h"

namespace rowhouse::services {

Result<std::unique_ptr<Supervisor>> Supervisor::Start(RestartPolicy policy) {
  const int wake_fd = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd < 0) {
    const int err = errno;
    return Error(
        ErrorKind::kUnavailable, fmt::format("making an eventfd: {}", strerrordesc_np(err))
    );
  }
  std::unique_ptr<Supervisor> supervisor(new Supervisor(policy, wake_fd));
  supervisor->thread_ =
      Thread("children", [s = supervisor.get()](const std::stop_token&) { s->Run(); });
  return supervisor;
}

Supervisor::~Supervisor() {
  Stop(Deadline::After(seconds(10)));
  ::close(wake_fd_);
}

Status Supervisor::Add(ServiceSpec spec) {
  if (spec.port != 0) {
    ROWHOUSE_TRY(CheckPortFree(spec.port, spec.name, spec.port_fix));
  }
  MutexLock lock(mu_);
  states_.push_back({.name = spec.name, .error = std::nullopt});
  incoming_.push_back(std::move(spec));
  Wake();
  return Ok();
}

Status Supervisor::WaitReady(
    const std::string& name, Deadline deadline, const std::stop_token& stop
) {
  MutexLock lock(mu_);
  ServiceState found;
  const bool settled = changed_.WaitFor(mu_, stop, deadline, [&]() NO_THREAD_SAFETY_ANALYSIS {
    const auto at = std::find_if(states_.begin(), states_.end(), [&](const ServiceState& s) {
      return s.name == name;
    });
    CHECK(at != states_.end());
    found = *at;
    return found.phase == Phase::kReady || found.phase == Phase::kFailed ||
           found.phase == Phase::kStopped;
  });
  if (found.phase == Phase::kReady) {
    return Ok();
  }
  if (found.phase == Phase::kFailed && found.error) {
    return *found.error;
  }
  if (!settled && !stop.stop_requested()) {
    return Error(
        ErrorKind::kUnavailable,
        fmt::format("{} is still {} at the deadline", name, PhaseName(found.phase))
    );
  }
  return Error(ErrorKind::kCancelled, fmt::format("stopped while waiting for {}", name));
}

std::vector<ServiceState> Supervisor::States() const {
  MutexLock lock(mu_);
  return states_;
}

std::optional<Error> Supervisor::Failure() const {
  MutexLock lock(mu_);
  for (const ServiceState& state : states_) {
    if (state.phase == Phase::kFailed) {
      return state.error;
    }
  }
  return std::nullopt;
}

Status Supervisor::Restart(const std::string& name) {
  MutexLock lock(mu_);
  if (std::ranges::find(states_, name, &ServiceState::name) == states_.end()) {
    return Error(ErrorKind::kNotFound, fmt::format("there is no service {}", name));
  }
  restart_.insert(name);
  Wake();
  return Ok();
}

void Supervisor::StopOne(const std::string& name, Deadline deadline) {
  MutexLock lock(mu_);
  stop_one_.emplace(name, deadline);
  Wake();
  changed_.WaitFor(mu_, {}, Deadline::Never(), [&]() NO_THREAD_SAFETY_ANALYSIS {
    return !stop_one_ || stop_by_;
  });
}

void Supervisor::Stop(Deadline deadline) {
  {
    MutexLock lock(mu_);
    if (!stop_by_) {
      stop_by_ = deadline;
    }
  }
  Wake();
  thread_.Join();
}

void Supervisor::Run() {
  while (true) {
    {
      MutexLock lock(mu_);
      if (stop_by_) {
        break;
      }
    }
    TakeIncoming();
    EndOrdered();
    RestartOrdered();
    const milliseconds wait = StepAll();
    Publish();
    PollFor(wait);
  }
  Deadline deadline = [&] {
    MutexLock lock(mu_);
    return *stop_by_;
  }();
  StopAll(deadline);
}

void Supervisor::TakeIncoming() {
  MutexLock lock(mu_);
  for (ServiceSpec& spec : incoming_) {
    services_.push_back(std::make_unique<Service>(std::move(spec), policy_));
  }
  incoming_.clear();
}

// The one that StopOne waits for.
void Supervisor::EndOrdered() {
  const auto ordered = [&] {
    MutexLock lock(mu_);
    return stop_one_;
  }();
  if (!ordered) {
    return;
  }
  for (const auto& service : services_) {
    if (service->state().name == ordered->first) {
      service->Stop(ordered->second);
    }
  }
  Publish();
  MutexLock lock(mu_);
  stop_one_.reset();
  changed_.NotifyAll();
}

void Supervisor::RestartOrdered() {
  const auto ordered = [&] {
    MutexLock lock(mu_);
    return std::exchange(restart_, {});
  }();
  for (const auto& service : services_) {
    if (ordered.contains(service->state().name)) {
      service->Restart();
    }
  }
}

milliseconds Supervisor::StepAll() {
  milliseconds wait{1'000};
  for (const auto& service : services_) {
    wait = std::min(wait, service->Step());
  }
  return wait;
}

// The order is that of Add, so that services_[i] is states_[i]; one just added has no
// counterpart here yet.
void Supervisor::Publish() {
  MutexLock lock(mu_);
  for (size_t i = 0; i < services_.size(); ++i) {
    states_[i] = services_[i]->state();
  }
  changed_.NotifyAll();
}

void Supervisor::PollFor(milliseconds wait) {
  std::vector<pollfd> fds{{wake_fd_, POLLIN, 0}};
  for (const auto& service : services_) {
    fds.push_back({service->pidfd(), POLLIN, 0});  // a negative one is passed over
  }
  ::poll(fds.data(), fds.size(), static_cast<int>(wait.count()));
  uint64_t count = 0;
  [[maybe_unused]] const ssize_t n = ::read(wake_fd_, &count, sizeof count);
}

// One that takes its time gets at most half of what is left, so that those after it
// have a chance to end cleanly too.
void Supervisor::StopAll(Deadline deadline) {
  for (auto at = services_.rbegin(); at != services_.rend(); ++at) {
    const bool last = std::next(at) == services_.rend();
    (*at)->Stop(last ? deadline : Deadline::After(deadline.Left() / 2));
    Publish();
  }
}

void Supervisor::Wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wake_fd_, &one, sizeof one);
}

}  // namespace rowhouse::services
