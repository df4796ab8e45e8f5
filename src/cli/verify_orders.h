#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "base/thread.h"
#include "cli/verify_report.h"
#include "config/config.h"
#include "console/routes.h"
#include "model/table.h"

namespace rowhouse::cli {

// Comparisons that people order by POST /api/v1/tables/DB.TABLE/verify: one at a time, a few wait.
//
// What came out last is kept for each table, with the first rows that differ.
//
// Place:   one a console.
// Owns:    thread "verify-orders", which ends after the chunk that is being summed.
// Threads: any. Errors: Order: kConfig where too many wait or the table is among them.
class VerifyOrders {
 public:
  explicit VerifyOrders(VerifyPass pass) : pass_(std::move(pass)) {}

  void Start();

  // Gives the order's id.
  Result<std::string> Order(const TableId& table, const verify::VerifyOptions& options);

  console::Json Running() const;
  // By table's name.
  std::map<std::string, console::Json> Last() const;

  void AddRoute(console::ConsoleRoutes& routes, std::function<bool(const TableId&)> wanted);

  static constexpr size_t kWaitingMax = 8;
  static constexpr size_t kFirstRows = 20;

 private:
  struct One {
    std::string id;
    TableId table;
    verify::VerifyOptions options;
    int64_t started_us = 0;  // 0: it waits
    uint64_t rows = 0;
  };

  void Run(const std::stop_token& stop);
  void Keep(const One& order, const Result<VerifyRun>& run);

  const VerifyPass pass_;
  mutable Mutex mu_;
  CondVar ordered_;
  std::deque<One> orders_ GUARDED_BY(mu_);  // the first one runs
  int64_t last_id_ GUARDED_BY(mu_) = 0;
  std::map<std::string, console::Json> last_ GUARDED_BY(mu_);
  Thread thread_;
};

// A table of VerifyJson as pages show it: rows as text, the first that differ with their cells.
console::Json VerifyResultOf(const console::Json& table, size_t rows_most);

}  // namespace rowhouse::cli
