#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "console/console.h"
#include "console/log_text.h"

namespace rowhouse::console {

// A part of the pipeline as people see it: a server, or a piece of this process.
struct ServiceFacts {
  std::string name;      // "mariadb"
  std::string kind;      // database, broker, registry, clickhouse, capture, sink, console
  std::string state;     // ready, starting, waiting, failed, stopped
  bool managed = false;  // this process starts and ends it
  std::string address = {};
  std::string version = {};
  int64_t pid = 0;       // 0: not known
  int64_t since_us = 0;  // in this state; wall clock
  int restarts = 0;
  std::string note = {};  // why it is not ready
  std::string code = {};
  std::string fix = {};
  std::string log_file = {};
  bool log_of_process = false;  // its log is ours
};

// What is asked about services; called on the server's workers, and the first of them also by the
// live feeds' thread.
struct ServiceDesk {
  std::function<std::vector<ServiceFacts>()> list;
  // kNotFound: none that this process manages.
  std::function<Status(const std::string& name)> restart;
};

// GET /api/v1/services, their logs (page, live, download) and POST …/restart.
void AddServices(Console& console, ServiceDesk desk);

}  // namespace rowhouse::console
