#pragma once

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>

#include "base/file.h"
#include "base/result.h"
#include "testing/real_server.h"

namespace rowhouse::testing {

// The embedded ClickHouse as a process of its own, for system tests.
//
// The target that uses it defines ROWHOUSE_TEST_CLICKHOUSE as the path of
// chserver_test_server and depends on it.
//
// Owns:   the process; the data directory is the caller's, so that a test can start
//         another process on it.
// Errors: kNotFound where libchdb is not installed: skip, aloud. kUnavailable with its
//         log when it ends before it answers.
class EmbeddedClickHouse {
 public:
  static Result<std::unique_ptr<EmbeddedClickHouse>> Start(
      const std::string& data_dir, const std::string& log_file, const std::string& password = ""
  ) {
    const auto library = InstalledPart("libchdb");
    if (!library) {
      return Error(ErrorKind::kNotFound, "libchdb is not installed")
          .WithHint("run tools/bootstrap demo");
    }
    std::unique_ptr<EmbeddedClickHouse> server(new EmbeddedClickHouse);
    server->process_ = ROWHOUSE_TRY(
        ChildProcess::Start({ROWHOUSE_TEST_CLICKHOUSE, *library, data_dir, "0", password}, log_file)
    );
    for (int i = 0; i < 3000; ++i) {
      const Result<std::string> log = ReadFile(log_file);
      const size_t at = log ? log->find("ready ") : std::string::npos;
      if (at != std::string::npos && log->find('\n', at) != std::string::npos) {
        server->port_ = static_cast<uint16_t>(std::atoi(log->c_str() + at + 6));
        return server;
      }
      if (server->process_->Ended()) {
        return Error(ErrorKind::kUnavailable, "ClickHouse ended: " + (log ? *log : ""));
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return Error(ErrorKind::kUnavailable, "ClickHouse is not ready after 30 s");
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  // SIGTERM; the exit code.
  int Stop() {
    process_->Signal(SIGTERM);
    return process_->Wait();
  }

  void Kill() {
    process_->Signal(SIGKILL);
    process_->Wait();
  }

  // Resident memory in KiB: "VmRSS" now or "VmHWM" at its highest.
  size_t MemoryKib(const std::string& field) const {
    const auto status = ReadFile("/proc/" + std::to_string(process_->pid()) + "/status");
    const size_t at = status ? status->find(field) : std::string::npos;
    return at == std::string::npos
               ? 0
               : std::strtoull(status->c_str() + at + field.size() + 1, nullptr, 10);
  }

 private:
  EmbeddedClickHouse() = default;

  std::unique_ptr<ChildProcess> process_;
  uint16_t port_ = 0;
};

}  // namespace rowhouse::testing

// Gives `server` the started server, or skips, saying why.
#define ROWHOUSE_START_CLICKHOUSE(server, data_dir, log_file)                                     \
  auto server##_started = ::rowhouse::testing::EmbeddedClickHouse::Start(data_dir, log_file);     \
  if (!server##_started && server##_started.error().kind() == ::rowhouse::ErrorKind::kNotFound) { \
    GTEST_SKIP() << "SKIPPED: " << server##_started.error().ToString();                           \
  }                                                                                               \
  ASSERT_TRUE(server##_started) << server##_started.error().ToString();                           \
  auto& server = *server##_started.value()
