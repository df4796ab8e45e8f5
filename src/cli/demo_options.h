#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "cli/arguments.h"

namespace rowhouse::cli {

// The account that the demo makes in its database; it is no secret.
inline constexpr const char* kDemoAccount = "rowhouse";

// Who may sign in to its console; no secret either.
inline constexpr const char* kDemoEmail = "admin@test.com";
inline constexpr const char* kDemoPassword = "admin";

// What `rowhouse demo` was asked for.
struct DemoOptions {
  std::string directory;     // absolute
  uint64_t rows = 0;         // orders to load
  double rate = 0;           // row changes a second
  milliseconds duration{0};  // 0: until it is interrupted
  bool fresh = false;
  uint16_t mysql_port = 0;
  uint16_t kafka_port = 0;
  uint16_t registry_port = 0;
  uint16_t clickhouse_port = 0;
  uint16_t console_port = 0;

  std::string ConfigFile() const { return directory + "/rowhouse.yaml"; }

  std::string LogFile(const std::string& service) const {
    return directory + "/log/" + service + ".log";
  }
};

// Errors: kBadRecord with E-CLI-00N for a value that makes no sense.
Result<DemoOptions> ReadDemoOptions(const Arguments& args);

// The configuration by which every command works beside the demo.
std::string DemoConfig(const DemoOptions& options);

}  // namespace rowhouse::cli
