#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"

namespace rowhouse::testing {

// A TCP relay between a client and a server of 127.0.0.1, for tests of answers that are lost:
// what the server does and what the client hears of it come apart at a moment of the test's choice.
//
// Place:   one a server; the client is given port().
// Owns:    its sockets, and one thread.
// Threads: public methods from any.
class Relay {
 public:
  explicit Relay(uint16_t server_port);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  uint16_t port() const { return port_; }

  // The connections there are bring no more answers: requests go on to the server, what it says is
  // thrown away, and they close when it closes them. Connections made later are as usual.
  void DropAnswers();

  // Bytes of answers thrown away.
  uint64_t dropped() const { return dropped_.load(); }

 private:
  struct Pair {
    int client = -1;
    int server = -1;
    bool deaf = false;  // the client hears nothing any more
  };

  void Run(const std::stop_token& stop);
  void Accept() REQUIRES(mu_);
  bool Move(int from, int to, bool drop);
  static void Close(Pair& pair);

  const uint16_t server_port_;
  int listening_ = -1;
  uint16_t port_ = 0;
  std::atomic<uint64_t> dropped_{0};
  Mutex mu_;
  std::vector<Pair> pairs_ GUARDED_BY(mu_);
  Thread thread_;
};

}  // namespace rowhouse::testing
