#pragma once

#include <condition_variable>
#include <mutex>
#include <stop_token>

#include "base/clock.h"

// Clang's thread-safety attributes; nothing under g++.
#if defined(__clang__)
#define ROWHOUSE_TSA(x) __attribute__((x))
#else
#define ROWHOUSE_TSA(x)
#endif

#define CAPABILITY(x) ROWHOUSE_TSA(capability(x))
#define SCOPED_CAPABILITY ROWHOUSE_TSA(scoped_lockable)
#define GUARDED_BY(x) ROWHOUSE_TSA(guarded_by(x))
#define REQUIRES(...) ROWHOUSE_TSA(requires_capability(__VA_ARGS__))
#define EXCLUDES(...) ROWHOUSE_TSA(locks_excluded(__VA_ARGS__))
#define ACQUIRE(...) ROWHOUSE_TSA(acquire_capability(__VA_ARGS__))
#define RELEASE(...) ROWHOUSE_TSA(release_capability(__VA_ARGS__))
#define NO_THREAD_SAFETY_ANALYSIS ROWHOUSE_TSA(no_thread_safety_analysis)

namespace rowhouse {

// std::mutex that clang can check.
class CAPABILITY("mutex") Mutex {
 public:
  void lock() ACQUIRE() { mu_.lock(); }

  void unlock() RELEASE() { mu_.unlock(); }

 private:
  std::mutex mu_;
};

// Holds a Mutex for a scope.
class SCOPED_CAPABILITY MutexLock {
 public:
  explicit MutexLock(Mutex& mu) ACQUIRE(mu) : mu_(mu) { mu_.lock(); }

  ~MutexLock() RELEASE() { mu_.unlock(); }

  MutexLock(const MutexLock&) = delete;
  MutexLock& operator=(const MutexLock&) = delete;

 private:
  Mutex& mu_;
};

// Condition variable over Mutex: the caller holds the mutex, loops on its own
// condition and gives a deadline or a stop token; there is no unbounded wait.
class CondVar {
 public:
  void NotifyOne() { cv_.notify_one(); }

  void NotifyAll() { cv_.notify_all(); }

  // Returns false when the deadline has passed.
  bool WaitUntil(Mutex& mu, Deadline deadline) REQUIRES(mu) NO_THREAD_SAFETY_ANALYSIS {
    if (deadline.at() == Clock::TimePoint::max()) {
      cv_.wait(mu);
      return true;
    }
    return cv_.wait_until(mu, deadline.at()) == std::cv_status::no_timeout;
  }

  // Waits for the condition, a stop request or the deadline; gives the condition's last value.
  template <typename Condition>
  bool WaitFor(Mutex& mu, const std::stop_token& stop, Deadline deadline, Condition condition)
      REQUIRES(mu) NO_THREAD_SAFETY_ANALYSIS {
    if (deadline.at() == Clock::TimePoint::max()) {
      return cv_.wait(mu, stop, condition);
    }
    return cv_.wait_until(mu, stop, deadline.at(), condition);
  }

 private:
  std::condition_variable_any cv_;
};

}  // namespace rowhouse
