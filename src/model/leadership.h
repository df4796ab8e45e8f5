#pragma once

#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace rowhouse {

// The right to run a pipeline, which one process has at a time; given up in the destructor.
//
// It keeps standbys from starting. It does not prove that the one who had it before has
// stopped: one that was frozen finds out only when it wakes up. What that one may still write
// is shut out by the log's and the checkpoint's takeover.
//
// Threads: one at a time.
// Errors:  kUnavailable: who grants the right is away.
class Leadership {
 public:
  virtual ~Leadership() = default;

  // Waits up to `wait` for the right; false: another has it.
  virtual Result<bool> Take(milliseconds wait) = 0;

  // Who has it, for people.
  virtual Result<std::string> Holder() = 0;

  // Keeps the right, once it is taken; to be called every few seconds. After an error it may be
  // another's.
  virtual Status Renew() = 0;
};

}  // namespace rowhouse
