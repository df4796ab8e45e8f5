#pragma once

#include <string>

#include "base/error.h"

namespace rowhouse::cli {

// What a shell or a supervisor sees; stable, and told by `rowhouse help exit-codes`.
enum class ExitCode : int {
  kOk = 0,
  kFailure = 1,
  kUsage = 2,
  kDifference = 3,
  kAuth = 4,
  kUnreachable = 5,
  kPreflight = 6,
  kUnhealthy = 7,
  kSomeTables = 8,
  kInternal = 70,
  kConfig = 78,
  kInterrupted = 130,
  kTerminated = 143,
};

// The code a command ends with when it failed for this reason.
ExitCode ExitCodeOf(ErrorKind kind);

// The page of `rowhouse help exit-codes`.
std::string ExitCodesPage();

}  // namespace rowhouse::cli
