#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <stop_token>

#include "base/mutex.h"
#include "base/thread.h"

namespace rowhouse::console {

// Threads for scans whose viewers the server's I/O thread serves, so that no worker waits for them.
//
// Threads: any. The destructor stops all that run, and waits for them.
class ScanJobs {
 public:
  // Each has up to 16 MB of records before it and holds back as much.
  static constexpr size_t kMost = 8;

  // Whether there are so many that the next one has to wait.
  bool Full();

  void Start(std::function<void(const std::stop_token&)> work);

 private:
  struct Job {
    std::shared_ptr<std::atomic<bool>> done;
    Thread thread;
  };

  void Reap() REQUIRES(mu_);

  Mutex mu_;
  std::list<Job> jobs_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::console
