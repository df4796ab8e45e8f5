#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "kafka/wire/record_batch.h"

namespace rowhouse::kafka {

// Empty batches with memory of their own, for the next records.
//
// Threads: any.
class BatchPool {
 public:
  wire::RecordBatchPtr Take() {
    {
      MutexLock lock(mu_);
      if (!free_.empty()) {
        wire::RecordBatchPtr batch = std::move(free_.back());
        free_.pop_back();
        return batch;
      }
    }
    return std::make_unique<wire::RecordBatch>();
  }

  void Put(wire::RecordBatchPtr batch) {
    if (batch->memory() > kLargest) {
      return;  // of one record far above the usual
    }
    batch->Clear();
    MutexLock lock(mu_);
    if (free_.size() < kMost) {
      free_.push_back(std::move(batch));
    }
  }

 private:
  static constexpr size_t kMost = 12;
  static constexpr size_t kLargest = 4 << 20;

  Mutex mu_;
  std::vector<wire::RecordBatchPtr> free_ GUARDED_BY(mu_);  // at most kMost
};

}  // namespace rowhouse::kafka
