#include "console/scan_jobs.h"

#include <utility>

#include "base/heap.h"

namespace rowhouse::console {

void ScanJobs::Reap() {
  std::erase_if(jobs_, [](const Job& job) { return job.done->load(); });
}

bool ScanJobs::Full() {
  const MutexLock lock(mu_);
  Reap();
  return jobs_.size() >= kMost;
}

void ScanJobs::Start(std::function<void(const std::stop_token&)> work) {
  auto done = std::make_shared<std::atomic<bool>>(false);
  Thread thread(
      "console-scan",
      [done, work = std::move(work)](const std::stop_token& stop) mutable {
        work(stop);
        work = nullptr;  // with all it held, before what is free goes back
        ReturnFreeHeap();
        done->store(true);
      }
  );
  const MutexLock lock(mu_);
  Reap();
  jobs_.push_back({std::move(done), std::move(thread)});
}

}  // namespace rowhouse::console
