#pragma once

#include <memory>
#include <string>

#include "base/mutex.h"
#include "model/leadership.h"

namespace rowhouse::testing {

// Who grants the right to run one pipeline.
//
// Threads: any.
class FakeGrant {
 public:
  std::unique_ptr<Leadership> Open() { return std::make_unique<Right>(*this); }

  // Takes the right away from who has it, as a server does that has not heard of it for long.
  void Revoke() {
    MutexLock lock(mu_);
    holder_ = nullptr;
    freed_.NotifyAll();
  }

  bool held() const {
    MutexLock lock(mu_);
    return holder_ != nullptr;
  }

 private:
  class Right : public Leadership {
   public:
    explicit Right(FakeGrant& grant) : grant_(grant) {}

    ~Right() override {
      MutexLock lock(grant_.mu_);
      if (grant_.holder_ == this) {
        grant_.holder_ = nullptr;
        grant_.freed_.NotifyAll();
      }
    }

    Result<bool> Take(milliseconds wait) override {
      const Deadline deadline = Deadline::After(wait);
      MutexLock lock(grant_.mu_);
      while (grant_.holder_ != nullptr && !deadline.Passed()) {
        grant_.freed_.WaitUntil(grant_.mu_, deadline);
      }
      if (grant_.holder_ == nullptr) {
        grant_.holder_ = this;
      }
      return grant_.holder_ == this;
    }

    Result<std::string> Holder() override { return std::string("the other"); }

    Status Renew() override {
      MutexLock lock(grant_.mu_);
      return grant_.holder_ == this ? Ok() : Status(Error(ErrorKind::kUnavailable, "revoked"));
    }

   private:
    FakeGrant& grant_;
  };

  mutable Mutex mu_;
  CondVar freed_;
  const Right* holder_ GUARDED_BY(mu_) = nullptr;
};

}  // namespace rowhouse::testing
