#pragma once

#include <memory>
#include <string>

#include "base/result.h"

namespace rowhouse::cli {

// Sends standard error, and so the log, into a file while it lives: for a command that
// paints the terminal itself.
//
// Place: one a process, on the main thread.
class StderrToFile {
 public:
  static Result<std::unique_ptr<StderrToFile>> Open(const std::string& path);

  ~StderrToFile();
  StderrToFile(const StderrToFile&) = delete;
  StderrToFile& operator=(const StderrToFile&) = delete;

 private:
  explicit StderrToFile(int saved) : saved_(saved) {}

  const int saved_;
};

}  // namespace rowhouse::cli
