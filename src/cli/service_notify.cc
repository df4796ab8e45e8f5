#include "cli/service_notify.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <utility>

#include "base/backoff.h"

namespace rowhouse::cli {

namespace {

constexpr milliseconds kStatusEvery{5'000};

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

int64_t NumberIn(const std::string& text) {
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

}  // namespace

std::unique_ptr<ServiceNotify> ServiceNotify::FromEnvironment() {
  std::string socket = Environment("NOTIFY_SOCKET");
  if (socket.empty()) {
    return nullptr;
  }
  const std::string pid = Environment("WATCHDOG_PID");  // set where it is not for everybody
  const bool ours = pid.empty() || NumberIn(pid) == ::getpid();
  const int64_t limit_us = ours ? NumberIn(Environment("WATCHDOG_USEC")) : 0;
  return std::make_unique<ServiceNotify>(std::move(socket), milliseconds(limit_us / 1000));
}

ServiceNotify::~ServiceNotify() {
  thread_.RequestStop();
  thread_.Join();
  Send("STOPPING=1");
}

void ServiceNotify::Start(std::function<bool()> alive, std::function<std::string()> status) {
  Send("READY=1");
  thread_ = Thread(
      "notify",
      [this, alive = std::move(alive), status = std::move(status)](const std::stop_token& stop) {
        const milliseconds every =
            watchdog_.count() == 0 ? kStatusEvery : std::min(kStatusEvery, watchdog_ / 2);
        std::string told;
        do {
          if (watchdog_.count() > 0 && alive()) {
            Send("WATCHDOG=1");
          }
          std::string now = status();
          if (now != told) {
            told = std::move(now);
            Send("STATUS=" + told);
          }
        } while (WaitUnlessStopped(stop, every));
      }
  );
}

void ServiceNotify::Send(const std::string& text) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (socket_.size() >= sizeof(address.sun_path)) {
    return;
  }
  std::memcpy(address.sun_path, socket_.data(), socket_.size());
  if (socket_.front() == '@') {
    address.sun_path[0] = '\0';  // Linux's abstract names
  }
  const int fd = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return;
  }
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket_.size());
  (void)::sendto(
      fd,
      text.data(),
      text.size(),
      MSG_NOSIGNAL | MSG_DONTWAIT,
      reinterpret_cast<const sockaddr*>(&address),
      size
  );
  ::close(fd);
}

}  // namespace rowhouse::cli
