#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

#include "base/result.h"

namespace rowhouse::testing {

// One value of env.json, which tools/bootstrap writes below $ROWHOUSE_DEPS: the absolute path of an
// installed part ("mariadbd", "mysqld", "java", ...). nullopt: this machine has not got it.
std::optional<std::string> InstalledPart(const std::string& name);

// A port of 127.0.0.1 that was free a moment ago.
uint16_t FreePort();

// A directory of our own that goes away with its owner.
class TempDir {
 public:
  TempDir();
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// A program run by a test: its output goes to a file, and it ends with its owner or, should
// the test die first, with the test.
class ChildProcess {
 public:
  static Result<std::unique_ptr<ChildProcess>> Start(
      const std::vector<std::string>& command, const std::string& output_file
  );

  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  // The exit code (128 + signal where one ended it) once it is over.
  std::optional<int> Ended();
  int Wait();
  void Signal(int signal);

  pid_t pid() const { return pid_; }

 private:
  explicit ChildProcess(pid_t pid) : pid_(pid) {}

  pid_t pid_;
  std::optional<int> code_;
};

enum class Database { kMariaDb, kMySql };

// A real database server with its own data directory, port and temporary files: row-based
// binary log with FULL metadata, GTIDs on, root without password from 127.0.0.1.
//
// Place:    one a test binary (0.7 s for MariaDB, 3 s for MySQL).
// Errors:   kNotFound when this machine has no such server: skip, aloud. kUnavailable with the
//           end of its log when it does not come up.
class RealServer {
 public:
  static Result<std::unique_ptr<RealServer>> Start(
      Database kind, const std::vector<std::string>& extra_arguments = {}
  );

  ~RealServer();
  RealServer(const RealServer&) = delete;
  RealServer& operator=(const RealServer&) = delete;

  Database kind() const { return kind_; }

  uint16_t port() const { return port_; }

  // SIGSTOP makes it silent with its sockets open, SIGKILL ends it as a crash does.
  void Signal(int signal) { process_->Signal(signal); }

  std::string data_dir() const { return dir_.path() + "/data"; }

  std::string socket() const { return dir_.path() + "/s.sock"; }

 private:
  explicit RealServer(Database kind) : kind_(kind), port_(FreePort()) {}

  Status Initialize();
  Status Run(const std::vector<std::string>& extra_arguments);
  Status WaitUntilItAnswers();
  Error Failure(const std::string& what) const;

  const Database kind_;
  const uint16_t port_;
  TempDir dir_;
  std::unique_ptr<ChildProcess> process_;
};

}  // namespace rowhouse::testing
