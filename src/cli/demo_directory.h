#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace rowhouse::cli {

// What happens to what an earlier demo left.
enum class Leftovers { kKeep, kRemove };

// The directory of one demo, held by this process alone.
//
// A marker file says that the directory is a demo's, so that nothing else is ever written
// into or removed; a lock on it keeps a second demo out, and goes with the process.
//
// Owns:   the lock.
// Errors: kConfig: E-DEMO-004 for a directory with somebody else's files, E-DEMO-005 where
//         another demo runs in it.
class DemoDirectory {
 public:
  static Result<std::unique_ptr<DemoDirectory>> Open(const std::string& path, Leftovers leftovers);

  ~DemoDirectory();
  DemoDirectory(const DemoDirectory&) = delete;
  DemoDirectory& operator=(const DemoDirectory&) = delete;

 private:
  explicit DemoDirectory(int lock) : lock_(lock) {}

  const int lock_;
};

}  // namespace rowhouse::cli
