#include "cli/signals.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/log.h"
#include "base/mutex.h"

namespace rowhouse::cli {

namespace {

// Tools like timeout(1) signal the process and its group: that is one request.
constexpr milliseconds kSameRequest{300};
constexpr seconds kWaitStep{3600};
constexpr int kSignalled = 128;  // shells' offset of exit codes

Error Failed(std::string_view what) {
  return {ErrorKind::kInternal, fmt::format("{}: errno {}", what, errno)};
}

}  // namespace

Result<std::unique_ptr<Signals>> Signals::Install() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
    sigaddset(&set, signal);
  }
  if (pthread_sigmask(SIG_BLOCK, &set, nullptr) != 0) {
    return Failed("blocking signals");
  }
  const int signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
  const int wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (signal_fd < 0 || wake_fd < 0) {
    return Failed("signalfd");
  }
  // NOLINTNEXTLINE(cppcoreguidelines-owning-memory): the constructor is private
  return std::unique_ptr<Signals>(new Signals(signal_fd, wake_fd));
}

Signals::Signals(int signal_fd, int wake_fd) : signal_fd_(signal_fd), wake_fd_(wake_fd) {
  thread_ = Thread("signals", [this](const std::stop_token& end) { Watch(end); });
}

Signals::~Signals() {
  thread_.RequestStop();
  const uint64_t one = 1;
  (void)!write(wake_fd_, &one, sizeof one);
  thread_.Join();
  close(signal_fd_);
  close(wake_fd_);
}

void Signals::Wait() const {
  Mutex mu;
  CondVar changed;
  const std::stop_token stop = token();
  MutexLock lock(mu);
  while (!stop.stop_requested()) {
    changed.WaitFor(mu, stop, Deadline::After(kWaitStep), [&] { return stop.stop_requested(); });
  }
}

void Signals::Watch(const std::stop_token& end) {
  std::optional<Clock::TimePoint> first;
  while (!end.stop_requested()) {
    std::array<pollfd, 2> fds{{{signal_fd_, POLLIN, 0}, {wake_fd_, POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0) {
      continue;
    }
    signalfd_siginfo info{};
    if (read(signal_fd_, &info, sizeof info) != sizeof info) {
      continue;
    }
    const int signal = static_cast<int>(info.ssi_signo);
    const Clock::TimePoint now = Clock::Real().Now();
    if (first && now - *first < kSameRequest) {
      continue;
    }
    if (first) {
      _exit(kSignalled + signal);
    }
    first = now;
    LogInfo("stopping; once more to stop at once", {{"signal", sigabbrev_np(signal)}});
    stop_.request_stop();
  }
}

}  // namespace rowhouse::cli
