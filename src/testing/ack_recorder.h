#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/mutex.h"
#include "model/ports.h"

namespace rowhouse::testing {

// Remembers what became of every token, and how often it was told.
//
// Threads: any.
class AckRecorder : public AckListener {
 public:
  void OnAck(AckToken token) override {
    MutexLock lock(mu_);
    ++acks_[token];
    ++told_;
    changed_.NotifyAll();
  }

  void OnLost(AckToken token, const Error& error) override {
    MutexLock lock(mu_);
    lost_.insert_or_assign(token, error);
    ++told_;
    changed_.NotifyAll();
  }

  void OnRefused(const RefusedRecord& record, const Error& error) override {
    {
      MutexLock lock(mu_);
      std::optional<std::string> key;
      if (record.key) {
        key.emplace(*record.key);
      }
      refused_.insert_or_assign(record.token, Refused{std::string(record.topic), std::move(key)});
    }
    OnLost(record.token, error);
  }

  // Waits until `count` have been told of, acknowledged or lost.
  bool WaitForTold(uint64_t count, Deadline deadline) {
    MutexLock lock(mu_);
    while (told_ < count) {
      if (!changed_.WaitUntil(mu_, deadline)) {
        return told_ >= count;
      }
    }
    return true;
  }

  std::map<AckToken, int> acks() const {
    MutexLock lock(mu_);
    return acks_;
  }

  // Those refused among them.
  std::map<AckToken, Error> lost() const {
    MutexLock lock(mu_);
    return lost_;
  }

  struct Refused {
    std::string topic;
    std::optional<std::string> key;
  };

  std::map<AckToken, Refused> refused() const {
    MutexLock lock(mu_);
    return refused_;
  }

 private:
  mutable Mutex mu_;
  CondVar changed_;
  std::map<AckToken, int> acks_ GUARDED_BY(mu_);
  std::map<AckToken, Error> lost_ GUARDED_BY(mu_);
  std::map<AckToken, Refused> refused_ GUARDED_BY(mu_);
  uint64_t told_ GUARDED_BY(mu_) = 0;
};

}  // namespace rowhouse::testing
