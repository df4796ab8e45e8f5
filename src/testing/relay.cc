#include "testing/relay.h"

#include <algorithm>
#include <array>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"
#include "base/loopback.h"

namespace rowhouse::testing {

namespace {

constexpr int kLookEveryMs = 20;  // for a stop, and for pairs that closed

}  // namespace

Relay::Relay(uint16_t server_port) : server_port_(server_port) {
  listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(listening_ >= 0);
  sockaddr_in address = Loopback(0);
  socklen_t size = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  CHECK(::bind(listening_, any, size) == 0);
  CHECK(::listen(listening_, SOMAXCONN) == 0);
  CHECK(::getsockname(listening_, any, &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = Thread("relay", [this](const std::stop_token& stop) { Run(stop); });
}

Relay::~Relay() {
  thread_.RequestStop();
  thread_.Join();
  MutexLock lock(mu_);
  for (Pair& pair : pairs_) {
    Close(pair);
  }
  ::close(listening_);
}

void Relay::DropAnswers() {
  MutexLock lock(mu_);
  for (Pair& pair : pairs_) {
    pair.deaf = true;
  }
}

void Relay::Run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    std::vector<pollfd> polled = {{listening_, POLLIN, 0}};
    {
      MutexLock lock(mu_);
      for (const Pair& pair : pairs_) {
        polled.push_back({pair.client, POLLIN, 0});
        polled.push_back({pair.server, POLLIN, 0});
      }
    }
    if (::poll(polled.data(), polled.size(), kLookEveryMs) <= 0) {
      continue;
    }
    MutexLock lock(mu_);
    for (size_t i = 0; i < pairs_.size(); ++i) {
      Pair& pair = pairs_[i];
      const bool asked = polled[2 * i + 1].revents == 0 || Move(pair.client, pair.server, false);
      const bool told = polled[2 * i + 2].revents == 0 || Move(pair.server, pair.client, pair.deaf);
      if (!asked || !told) {
        Close(pair);
      }
    }
    std::erase_if(pairs_, [](const Pair& pair) { return pair.client < 0; });
    if (polled[0].revents != 0) {
      Accept();
    }
  }
}

// A server that is not there refuses the client as well: by an end at once.
void Relay::Accept() {
  Pair pair;
  pair.client = ::accept4(listening_, nullptr, nullptr, SOCK_CLOEXEC);
  pair.server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(server_port_);
  auto* const to = reinterpret_cast<sockaddr*>(&address);
  if (pair.client < 0 || ::connect(pair.server, to, sizeof address) != 0) {
    Close(pair);
    return;
  }
  pairs_.push_back(pair);
}

// One read and its write; false: the connection is over.
bool Relay::Move(int from, int to, bool drop) {
  std::array<char, 65'536> bytes{};
  const ssize_t got = ::recv(from, bytes.data(), bytes.size(), 0);
  if (got <= 0) {
    return false;
  }
  dropped_ += drop ? static_cast<uint64_t>(got) : 0;
  for (ssize_t sent = 0; sent < got && !drop;) {
    const ssize_t more =
        ::send(to, bytes.data() + sent, static_cast<size_t>(got - sent), MSG_NOSIGNAL);
    if (more <= 0) {
      return false;
    }
    sent += more;
  }
  return true;
}

void Relay::Close(Pair& pair) {
  for (int* const end : {&pair.client, &pair.server}) {
    if (*end >= 0) {
      ::close(std::exchange(*end, -1));
    }
  }
}

}  // namespace rowhouse::testing
