#include "testing/real_server.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/file.h"
#include "base/loopback.h"

namespace rowhouse::testing {

namespace {

constexpr std::chrono::seconds kStartMost{60};
constexpr std::chrono::seconds kStopMost{20};

std::string DepsDirectory() {
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string(value == nullptr ? "" : value);
  };
  if (const std::string deps = variable("ROWHOUSE_DEPS"); !deps.empty()) {
    return deps;
  }
  const std::string cache = variable("XDG_CACHE_HOME");
  return (cache.empty() ? variable("HOME") + "/.cache" : cache) + "/rowhouse";
}

int CodeOf(int status) {
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

// True once the server sends its greeting.
bool Greets(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port);
  char byte = 0;
  bool greets = false;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    pollfd readable{fd, POLLIN, 0};
    greets = poll(&readable, 1, 1000) == 1 && recv(fd, &byte, 1, 0) == 1;
  }
  close(fd);
  return greets;
}

void RunInChild(const std::vector<std::string>& command, const std::string& output_file) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int out = open(output_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  const int in = open("/dev/null", O_RDONLY);
  dup2(in, 0);
  dup2(out, 1);
  dup2(out, 2);
  std::vector<char*> argv;
  for (const std::string& argument : command) {
    argv.push_back(const_cast<char*>(argument.c_str()));
  }
  argv.push_back(nullptr);
  execv(argv[0], argv.data());
  _exit(127);
}

}  // namespace

std::optional<std::string> InstalledPart(const std::string& name) {
  const Result<std::string> text = ReadFile(DepsDirectory() + "/env.json");
  if (!text) {
    return std::nullopt;
  }
  const nlohmann::json parts = nlohmann::json::parse(*text, nullptr, false);
  if (!parts.is_object() || !parts.contains(name) || !parts[name].is_string()) {
    return std::nullopt;
  }
  return parts[name].get<std::string>();
}

uint16_t FreePort() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  CHECK(bind(fd, reinterpret_cast<const sockaddr*>(&address), length) == 0);
  CHECK(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  close(fd);
  return ntohs(address.sin_port);
}

TempDir::TempDir() {
  std::string pattern = std::filesystem::temp_directory_path().string() + "/rowhouse-test-XXXXXX";
  CHECK(mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(
    const std::vector<std::string>& command, const std::string& output_file
) {
  const pid_t pid = fork();
  if (pid < 0) {
    return Error(ErrorKind::kUnavailable, "fork failed for " + command.front());
  }
  if (pid == 0) {
    RunInChild(command, output_file);
  }
  return std::unique_ptr<ChildProcess>(new ChildProcess(pid));
}

std::optional<int> ChildProcess::Ended() {
  int status = 0;
  if (!code_.has_value() && waitpid(pid_, &status, WNOHANG) == pid_) {
    code_ = CodeOf(status);
  }
  return code_;
}

int ChildProcess::Wait() {
  int status = 0;
  if (!code_.has_value() && waitpid(pid_, &status, 0) == pid_) {
    code_ = CodeOf(status);
  }
  return code_.value_or(-1);
}

void ChildProcess::Signal(int signal) {
  if (!Ended().has_value()) {
    kill(pid_, signal);
  }
}

ChildProcess::~ChildProcess() {
  Signal(SIGTERM);
  const Deadline deadline = Deadline::After(kStopMost);
  while (!Ended().has_value() && !deadline.Passed()) {
    poll(nullptr, 0, 5);
  }
  Signal(SIGKILL);
  Wait();
}

Result<std::unique_ptr<RealServer>> RealServer::Start(
    Database kind, const std::vector<std::string>& extra_arguments
) {
  const std::string part = kind == Database::kMariaDb ? "mariadbd" : "mysqld";
  if (!InstalledPart(part).has_value()) {
    return Error(ErrorKind::kNotFound, part + " is not installed here; run tools/bootstrap test");
  }
  std::unique_ptr<RealServer> server(new RealServer(kind));
  ROWHOUSE_TRY(server->Initialize());
  ROWHOUSE_TRY(server->Run(extra_arguments));
  ROWHOUSE_TRY(server->WaitUntilItAnswers());
  return server;
}

RealServer::~RealServer() = default;

Error RealServer::Failure(const std::string& what) const {
  const Result<std::string> log = ReadFile(dir_.path() + "/server.log");
  const std::string text = log ? *log : "";
  const size_t tail = text.size() > 2000 ? text.size() - 2000 : 0;
  return Error(ErrorKind::kUnavailable, what + "; its log ends:\n" + text.substr(tail));
}

Status RealServer::Initialize() {
  const std::string data = "--datadir=" + data_dir();
  std::vector<std::string> command;
  if (kind_ == Database::kMariaDb) {
    command = {
        InstalledPart("mariadb_install_db").value_or(""),
        "--no-defaults",
        data,
        "--tmpdir=" + dir_.path(),
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        "--skip-name-resolve",
        "--innodb-log-file-size=16M",
    };
  } else {
    command = {InstalledPart("mysqld").value_or(""), data, "--initialize-insecure"};
  }
  if (geteuid() == 0) {
    command.push_back("--user=root");
  }
  auto install = ROWHOUSE_TRY(ChildProcess::Start(command, dir_.path() + "/server.log"));
  if (const int code = install->Wait(); code != 0) {
    return Failure(fmt::format("{} ended with {}", command.front(), code));
  }
  return Ok();
}

Status RealServer::Run(const std::vector<std::string>& extra_arguments) {
  std::vector<std::string> command;
  if (kind_ == Database::kMariaDb) {
    command = {
        InstalledPart("mariadbd").value_or(""),
        "--no-defaults",
        "--server-id=1",
        "--binlog-format=ROW",
        "--innodb-log-file-size=16M",
        "--skip-name-resolve",
    };
  } else {
    command = {
        InstalledPart("mysqld").value_or(""),
        "--server-id=2",
        "--gtid-mode=ON",
        "--enforce-gtid-consistency=ON",
    };
  }
  const std::string& dir = dir_.path();
  const std::vector<std::string> both = {
      "--datadir=" + data_dir(),
      // Its own: a server that starts removes every temporary table of others it finds there.
      "--tmpdir=" + dir,
      "--socket=" + socket(),
      "--pid-file=" + dir + "/s.pid",
      "--bind-address=127.0.0.1",
      "--port=" + std::to_string(port_),
      "--log-bin=" + data_dir() + "/binlog",
      "--binlog-row-image=FULL",
      "--binlog-row-metadata=FULL",
      "--innodb-buffer-pool-size=128M",
  };
  command.insert(command.end(), both.begin(), both.end());
  if (geteuid() == 0) {
    command.push_back("--user=root");
  }
  command.insert(command.end(), extra_arguments.begin(), extra_arguments.end());
  process_ = ROWHOUSE_TRY(ChildProcess::Start(command, dir + "/server.log"));
  return Ok();
}

Status RealServer::WaitUntilItAnswers() {
  const Deadline deadline = Deadline::After(kStartMost);
  while (!Greets(port_)) {
    if (const auto code = process_->Ended()) {
      return Failure(fmt::format("the server ended with {} while starting", *code));
    }
    if (deadline.Passed()) {
      return Failure("the server does not answer");
    }
    poll(nullptr, 0, 10);
  }
  return Ok();
}

}  // namespace rowhouse::testing
