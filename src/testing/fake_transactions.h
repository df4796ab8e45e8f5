#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "model/checkpoint.h"
#include "model/ports.h"
#include "model/record.h"

namespace rowhouse::testing {

// What a cluster keeps of one transactional id over the lives of its logs: what has been
// committed, and who may commit.
//
// Threads: any.
class FakeTransactions {
 public:
  // How a commit fails: without having happened, or having happened with the answer lost.
  enum class Fault { kBefore, kAfter };

  // `checkpoints` gets the checkpoint of each commit.
  explicit FakeTransactions(CheckpointStore& checkpoints) : checkpoints_(checkpoints) {}

  // A new log of the id: the one before is shut out, and what it has left open is dropped.
  uint64_t Open() {
    MutexLock lock(mu_);
    return ++epoch_;
  }

  Status Commit(uint64_t epoch, std::vector<Record> records, const Checkpoint& checkpoint) {
    MutexLock lock(mu_);
    if (epoch != epoch_) {
      return Error(ErrorKind::kUnavailable, "shut out by a newer log")
          .WithCode(std::string(kShutOutCode));
    }
    const auto fault = faults_.find(++commits_);
    if (fault != faults_.end() && fault->second == Fault::kBefore) {
      return Error(ErrorKind::kUnavailable, "the coordinator went away before the commit");
    }
    ROWHOUSE_TRY(checkpoints_.Save(checkpoint));
    ++happened_;
    for (Record& record : records) {
      std::vector<Record>& topic = records_[record.topic];
      record.offset = static_cast<int64_t>(topic.size());
      record.timestamp_ms = happened_;
      topic.push_back(std::move(record));
    }
    if (fault != faults_.end()) {
      return Error(ErrorKind::kUnavailable, "the coordinator went away after the commit");
    }
    return Ok();
  }

  // The `nth` commit from the start, counted from 1, fails.
  void FailCommit(uint64_t nth, Fault fault) {
    MutexLock lock(mu_);
    faults_[nth] = fault;
  }

  uint64_t commits() const {
    MutexLock lock(mu_);
    return commits_;
  }

  // What a consumer sees that reads committed records, in order of commit; their time is the
  // number of the commit among those that happened, from 1.
  std::vector<Record> Records(const std::string& topic) const {
    MutexLock lock(mu_);
    const auto found = records_.find(topic);
    return found == records_.end() ? std::vector<Record>() : found->second;
  }

 private:
  CheckpointStore& checkpoints_;

  mutable Mutex mu_;
  uint64_t epoch_ GUARDED_BY(mu_) = 0;
  uint64_t commits_ GUARDED_BY(mu_) = 0;  // asked for
  int64_t happened_ GUARDED_BY(mu_) = 0;
  std::map<uint64_t, Fault> faults_ GUARDED_BY(mu_);
  std::map<std::string, std::vector<Record>> records_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::testing
