#pragma once

#include <string>

#include "base/clock.h"
#include "base/mutex.h"

namespace rowhouse::console {

// The one-time link by which the first administrator is made.
//
// Whoever can read the terminal or the log of the process may have the console; whoever merely
// reaches its port may not. A link is good for 10 minutes; while there is no account, a visit
// after that makes a new one, which is logged as well.
//
// Threads: any.
class Claim {
 public:
  static constexpr seconds kValid{600};

  // `url`: where people reach the console.
  explicit Claim(std::string url, const Clock& clock = Clock::Real())
      : url_(std::move(url)), clock_(clock) {}

  // Makes and logs a link, unless the last one is still good.
  void Ensure();

  // True for the token of a good link.
  bool Matches(std::string_view token);

  // No link is good any more.
  void Spend();

  // The last link; for the demo and tests.
  std::string link();

 private:
  const std::string url_;
  const Clock& clock_;
  Mutex mu_;
  std::string token_ GUARDED_BY(mu_);
  Clock::TimePoint until_ GUARDED_BY(mu_);
};

}  // namespace rowhouse::console
