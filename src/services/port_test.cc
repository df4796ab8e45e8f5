#include "services/port.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace rowhouse::services {
namespace {

// A listener on a free port of 127.0.0.1.
class Listener {
 public:
  Listener() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd_, plain, size), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    EXPECT_EQ(::getsockname(fd_, plain, &size), 0);
    port_ = ntohs(address.sin_port);
  }

  ~Listener() { Close(); }

  void Close() {
    if (fd_ >= 0) {
      ::close(fd_);
      fd_ = -1;
    }
  }

  uint16_t port() const { return port_; }

 private:
  int fd_;
  uint16_t port_ = 0;
};

TEST(Port, ABusyPortIsNamedWithItsHolderAndTheFix) {
  const Listener listener;
  const Status free = CheckPortFree(listener.port(), "kafka", "choose another with --kafka-port");
  ASSERT_FALSE(free);
  EXPECT_EQ(free.error().kind(), ErrorKind::kConfig);
  EXPECT_EQ(free.error().code(), "E-DEMO-002");
  EXPECT_EQ(
      free.error().message(),
      "port " + std::to_string(listener.port()) + " for kafka is held by services_test (pid " +
          std::to_string(::getpid()) + ")"
  );
  EXPECT_EQ(free.error().hint(), "end that process, or choose another with --kafka-port");
}

TEST(Port, AFreePortIsFreeAndRefuses) {
  Listener listener;
  EXPECT_TRUE(CheckAccepts(listener.port()));
  listener.Close();
  EXPECT_TRUE(CheckPortFree(listener.port(), "kafka", ""));
  EXPECT_FALSE(CheckAccepts(listener.port()));
  EXPECT_EQ(PortHolder(listener.port()), std::nullopt);
}

}  // namespace
}  // namespace rowhouse::services
