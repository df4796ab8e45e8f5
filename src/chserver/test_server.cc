// The server as a process of its own, for tests: chserver_test_server LIBRARY DATA_DIR [PORT].
// Prints "ready PORT", ends with SIGTERM.
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "base/log.h"
#include "chserver/server.h"

int main(int argc, char** argv) {
  using namespace rowhouse;
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s LIBRARY DATA_DIR [PORT] [PASSWORD]\n", argv[0]);
    return 64;
  }
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);

  chserver::ServerOptions options;
  options.engine.library = argv[1];
  options.engine.data_dir = argv[2];
  options.port = static_cast<uint16_t>(argc > 3 ? std::atoi(argv[3]) : 0);
  options.access.password = argc > 4 ? argv[4] : "";
  auto server = chserver::Server::Start(options);
  if (!server) {
    LogError("can't start", server.error());
    return 2;
  }
  std::printf("ready %d\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  (*server)->Stop(Deadline::After(seconds(2)));
  return 0;
}
