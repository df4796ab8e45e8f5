#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"

namespace rowhouse::console {

// Slows down guessing of passwords: after five wrong tries a key (an account, an address) waits
// 1 s, then twice as long after each further one, up to 5 minutes. Unknown accounts are treated
// like others, so that waiting tells nothing.
//
// In memory: a restart forgets it, which an attacker can't cause.
//
// Threads: any. Bounded: the oldest of 10,000 keys is forgotten.
class Attempts {
 public:
  static constexpr int kFree = 5;
  static constexpr seconds kLongest{300};

  explicit Attempts(const Clock& clock = Clock::Real()) : clock_(clock) {}

  // How long this key has still to wait; zero: it may try.
  seconds Wait(const std::string& key);

  void Failed(const std::string& key);
  void Succeeded(const std::string& key);

 private:
  static constexpr size_t kKeysMax = 10'000;
  static constexpr seconds kForgottenAfter{900};

  struct Key {
    int failures = 0;
    Clock::TimePoint last;
    Clock::TimePoint until;
  };

  void ForgetSome() REQUIRES(mu_);

  const Clock& clock_;
  Mutex mu_;
  std::map<std::string, Key> keys_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::console
