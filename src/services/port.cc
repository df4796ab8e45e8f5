#include "services/port.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "base/file.h"
#include "base/loopback.h"

namespace rowhouse::services {

namespace {

namespace fs = std::filesystem;

// /proc/net/tcp's number of the LISTEN state.
constexpr std::string_view kListen = "0A";

// A TCP socket that closes itself.
class Socket {
 public:
  Socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}

  ~Socket() { ::close(fd_); }

  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  int get() const { return fd_; }

 private:
  int fd_;
};

// The socket inodes that listen on the port, as "socket:[123]".
std::set<std::string> ListeningInodes(uint16_t port) {
  std::set<std::string> inodes;
  const std::string wanted = fmt::format(":{:04X}", port);
  for (const char* table : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    std::ifstream file(table);
    std::string line;
    std::getline(file, line);
    while (std::getline(file, line)) {
      std::istringstream fields(line);
      std::string slot, local, remote, state, skip, inode;
      fields >> slot >> local >> remote >> state;
      for (int i = 0; i < 5; ++i) {
        fields >> skip;
      }
      fields >> inode;
      if (state == kListen && local.ends_with(wanted)) {
        inodes.insert("socket:[" + inode + "]");
      }
    }
  }
  return inodes;
}

bool HoldsOne(const fs::path& process, const std::set<std::string>& inodes) {
  std::error_code error;
  for (fs::directory_iterator fd(process / "fd", error), end; !error && fd != end;
       fd.increment(error)) {
    std::error_code gone;
    if (inodes.contains(fs::read_symlink(fd->path(), gone).string())) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::optional<std::string> PortHolder(uint16_t port) {
  const std::set<std::string> inodes = ListeningInodes(port);
  std::error_code error;
  for (fs::directory_iterator process("/proc", error), end; !error && process != end;
       process.increment(error)) {
    const std::string pid = process->path().filename();
    if (pid.find_first_not_of("0123456789") != std::string::npos ||
        !HoldsOne(process->path(), inodes)) {
      continue;
    }
    auto name = ReadFile(process->path() / "comm");
    std::string text = name ? *name : "a process";
    text.erase(text.find_last_not_of('\n') + 1);
    return fmt::format("{} (pid {})", text, pid);
  }
  return std::nullopt;
}

Status CheckPortFree(uint16_t port, const std::string& service, const std::string& fix) {
  const Socket socket;
  const int on = 1;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const sockaddr_in address = Loopback(port);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 &&
      ::listen(socket.get(), 1) == 0) {
    return Ok();
  }
  const int err = errno;
  if (err != EADDRINUSE) {
    return Error(
               ErrorKind::kConfig,
               fmt::format("port {} for {} can't be used: {}", port, service, strerrordesc_np(err))
    )
        .WithCode("E-DEMO-002")
        .WithHint(fix);
  }
  const std::string holder = PortHolder(port).value_or("another process");
  return Error(
             ErrorKind::kConfig, fmt::format("port {} for {} is held by {}", port, service, holder)
  )
      .WithCode("E-DEMO-002")
      .WithHint("end that process, or " + fix);
}

Status CheckAccepts(uint16_t port) {
  const Socket socket;
  const sockaddr_in address = Loopback(port);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
    return Ok();
  }
  const int err = errno;
  return Error(
             ErrorKind::kUnavailable,
             fmt::format("connecting to 127.0.0.1:{}: {}", port, strerrordesc_np(err))
  )
      .WithNative(err);
}

}  // namespace rowhouse::services
