#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "base/check.h"

namespace rowhouse::http {

// A bare TCP client for tests that need to send and see exact bytes.
class WireClient {
 public:
  explicit WireClient(uint16_t port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
  }

  ~WireClient() { Close(); }

  WireClient(WireClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)), seen_(std::move(other.seen_)) {}

  WireClient(const WireClient&) = delete;
  WireClient& operator=(const WireClient&) = delete;

  bool Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        return false;
      }
      bytes.remove_prefix(static_cast<size_t>(sent));
    }
    return true;
  }

  // Everything up to and with `mark`; what came before the end or 10 s, if it never comes.
  std::string ReadTo(std::string_view mark) {
    for (;;) {
      const size_t at = seen_.find(mark);
      if (at != std::string::npos) {
        std::string out = seen_.substr(0, at + mark.size());
        seen_.erase(0, at + mark.size());
        return out;
      }
      if (!Fill()) {
        return std::exchange(seen_, {});
      }
    }
  }

  // Everything up to the end of the connection.
  std::string ReadToEnd() {
    while (Fill()) {
    }
    return std::exchange(seen_, {});
  }

  // True when the other side has closed and everything has been read.
  bool AtEnd() { return seen_.empty() && !Fill(); }

  void Close() {
    if (socket_ >= 0) {
      ::close(std::exchange(socket_, -1));
    }
  }

 private:
  bool Fill() {
    pollfd wait{socket_, POLLIN, 0};
    if (::poll(&wait, 1, 10'000) <= 0) {
      return false;
    }
    std::string more(64 * 1024, '\0');
    const ssize_t got = ::recv(socket_, more.data(), more.size(), 0);
    if (got > 0) {
      seen_.append(more, 0, static_cast<size_t>(got));
    }
    return got > 0;
  }

  int socket_;
  std::string seen_;
};

}  // namespace rowhouse::http
