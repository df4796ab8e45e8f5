#include "services/child_process.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

namespace rowhouse::services {

namespace {

// What the child tells through the pipe when it could not become the program.
struct StartFailure {
  enum Step : int { kDirectory, kExec } step;

  int error;
};

std::vector<char*> Pointers(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) {
    // exec takes char* for C's sake and changes nothing.
    pointers.push_back(const_cast<char*>(text.c_str()));
  }
  pointers.push_back(nullptr);
  return pointers;
}

std::vector<std::string> Environment(const std::vector<std::string>& more) {
  std::vector<std::string> all = more;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::string_view name = text.substr(0, text.find('=') + 1);
    bool replaced = false;
    for (const std::string& one : more) {
      replaced = replaced || one.starts_with(name);
    }
    if (!replaced) {
      all.emplace_back(text);
    }
  }
  return all;
}

[[noreturn]] void Give(int pipe_fd, StartFailure failure) {
  [[maybe_unused]] const ssize_t n = ::write(pipe_fd, &failure, sizeof failure);
  ::_exit(127);
}

// Runs in the child between fork and exec: only async-signal-safe calls.
[[noreturn]] void BecomeProgram(
    char* const* argv,
    char* const* environment,
    const char* directory,
    int log_fd,
    int pipe_fd,
    pid_t parent
) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(127);  // the parent died before the line above
  }
  ::setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGCHLD}) {
    ::signal(number, SIG_DFL);
  }
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, STDIN_FILENO);
  ::dup2(log_fd, STDOUT_FILENO);
  ::dup2(log_fd, STDERR_FILENO);
  ::close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
  if (directory != nullptr && ::chdir(directory) != 0) {
    Give(pipe_fd, {StartFailure::kDirectory, errno});
  }
  ::execvpe(argv[0], argv, environment);
  Give(pipe_fd, {StartFailure::kExec, errno});
}

Error Unavailable(const char* doing, const std::string& what) {
  const int err = errno;
  return Error(ErrorKind::kUnavailable, fmt::format("{} {}: {}", doing, what, strerrordesc_np(err)))
      .WithNative(err);
}

ExitStatus FromWait(int status) {
  return WIFSIGNALED(status) ? ExitStatus{-1, WTERMSIG(status)} : ExitStatus{WEXITSTATUS(status)};
}

// Waits until exec has succeeded (the pipe closes empty) or the child said why not.
Status ExecOutcome(int pipe_fd, const Command& command) {
  StartFailure failure{};
  ssize_t n = 0;
  do {
    n = ::read(pipe_fd, &failure, sizeof failure);
  } while (n < 0 && errno == EINTR);
  if (n != sizeof failure) {
    return Ok();
  }
  const std::string& what =
      failure.step == StartFailure::kExec ? command.argv[0] : command.directory;
  const char* doing = failure.step == StartFailure::kExec ? "executing" : "entering directory";
  return Error(
             ErrorKind::kConfig,
             fmt::format("{} {}: {}", doing, what, strerrordesc_np(failure.error))
  )
      .WithNative(failure.error);
}

}  // namespace

std::string ExitStatus::ToString() const {
  if (signal == 0) {
    return fmt::format("exit code {}", code);
  }
  const char* name = sigabbrev_np(signal);
  return fmt::format("signal {} ({})", signal, name == nullptr ? "?" : name);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(const Command& command) {
  CHECK(!command.argv.empty());
  const int log_fd =
      ::open(command.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (log_fd < 0) {
    return Unavailable("opening log file", command.log_file);
  }
  int pipe_fds[2];
  if (::pipe2(pipe_fds, O_CLOEXEC) != 0) {
    Error error = Unavailable("making a pipe for", command.argv[0]);
    ::close(log_fd);
    return error;
  }
  const std::vector<std::string> environment = Environment(command.environment);
  const std::vector<char*> argv = Pointers(command.argv);
  const std::vector<char*> envp = Pointers(environment);
  const char* directory = command.directory.empty() ? nullptr : command.directory.c_str();
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    BecomeProgram(argv.data(), envp.data(), directory, log_fd, pipe_fds[1], parent);
  }
  const int fork_errno = errno;
  ::close(log_fd);
  ::close(pipe_fds[1]);
  if (pid < 0) {
    ::close(pipe_fds[0]);
    errno = fork_errno;
    return Unavailable("forking for", command.argv[0]);
  }
  Status outcome = ExecOutcome(pipe_fds[0], command);
  ::close(pipe_fds[0]);
  if (!outcome) {
    ::waitpid(pid, nullptr, 0);
    return std::move(outcome).error();
  }
  // glibc 2.36 declares pidfd_open without C linkage.
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (pidfd < 0) {
    Error error = Unavailable("watching", command.argv[0]);
    ::kill(-pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return error;
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid, pidfd));
}

ChildProcess::~ChildProcess() {
  // The group first: while the leader is not reaped its id can't be another's.
  if (!ended_) {
    Signal(SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ::close(pidfd_);
}

std::optional<ExitStatus> ChildProcess::Poll() {
  if (ended_) {
    return ended_;
  }
  siginfo_t info{};
  if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT) != 0 ||
      info.si_pid == 0) {
    return std::nullopt;
  }
  Signal(SIGKILL);  // what it left behind in its group, while the id is still its own
  int status = 0;
  ::waitpid(pid_, &status, 0);
  ended_ = FromWait(status);
  return ended_;
}

std::optional<ExitStatus> ChildProcess::Wait(Deadline deadline) {
  while (true) {
    if (auto ended = Poll()) {
      return ended;
    }
    if (deadline.Passed()) {
      return std::nullopt;
    }
    pollfd wait{pidfd_, POLLIN, 0};
    ::poll(&wait, 1, static_cast<int>(deadline.Left().count()) + 1);
  }
}

void ChildProcess::Signal(int signal) const {
  if (!ended_) {
    ::kill(-pid_, signal);
  }
}

ExitStatus ChildProcess::Stop(Deadline deadline) {
  if (!Poll()) {
    ::kill(pid_, SIGTERM);
  }
  if (auto ended = Wait(deadline)) {
    return *ended;
  }
  Signal(SIGKILL);
  return *Wait(Deadline::Never());
}

}  // namespace rowhouse::services
