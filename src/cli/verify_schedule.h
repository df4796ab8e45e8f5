#pragma once

#include <functional>
#include <string>

#include "base/mutex.h"
#include "base/thread.h"
#include "cli/verify_report.h"
#include "config/config.h"
#include "metrics/registry.h"

namespace rowhouse::cli {

// Verifies all tables every `verify.every` while the pipeline runs here, and keeps what came out.
//
// A pass is for metrics, status and the log; it never repairs. The log and the API tell tables and
// numbers, and no values of rows.
//
// Place:   one a process that runs a pipeline.
// Owns:    its thread ("verify"), which ends with it: after the chunk that is being summed.
// Threads: LastJson from any.
class VerifySchedule {
 public:
  // `active` says whether this process runs the pipeline now.
  VerifySchedule(
      config::Config config,
      VerifyPass pass,
      metrics::Registry& metrics,
      std::function<bool()> active
  );

  // Without verify.every, or without a sink, nothing is started.
  void Start();

  // The last pass as JSON, {"at", "equal", "seconds", "tables"}; "null" before the first.
  std::string LastJson() const;

 private:
  void Loop(const std::stop_token& stop);
  void Pass(const std::stop_token& stop);
  void Keep(const VerifyRun& run);

  const config::Config config_;
  const VerifyPass pass_;
  metrics::Registry& metrics_;
  const std::function<bool()> active_;
  mutable Mutex mu_;
  std::string last_ GUARDED_BY(mu_) = "null";
  Thread thread_;
};

}  // namespace rowhouse::cli
