#include "cli/exit_code.h"

#include <string_view>

#include <fmt/format.h>

namespace rowhouse::cli {

namespace {

struct Meaning {
  ExitCode code;
  std::string_view text;
};

constexpr Meaning kMeanings[] = {
    {ExitCode::kOk, "done; for a server: stopped as asked"},
    {ExitCode::kFailure, "failed; the message says why"},
    {ExitCode::kUsage, "wrong command line"},
    {ExitCode::kDifference, "a difference was found (plan --exit-code)"},
    {ExitCode::kAuth, "credentials or rights were refused"},
    {ExitCode::kUnreachable, "cannot connect to a server"},
    {ExitCode::kPreflight, "a check of doctor failed"},
    {ExitCode::kUnhealthy, "unhealthy, or more lag than allowed"},
    {ExitCode::kSomeTables, "some tables failed, the others are done"},
    {ExitCode::kInternal, "a bug of rowhouse: please report it"},
    {ExitCode::kConfig, "wrong configuration"},
    {ExitCode::kInterrupted, "ended at once by a second Ctrl-C"},
    {ExitCode::kTerminated, "ended at once by a second SIGTERM"},
};

}  // namespace

ExitCode ExitCodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnavailable:
      return ExitCode::kUnreachable;
    case ErrorKind::kConfig:
      return ExitCode::kConfig;
    case ErrorKind::kAuth:
      return ExitCode::kAuth;
    case ErrorKind::kInternal:
      return ExitCode::kInternal;
    case ErrorKind::kCancelled:
      return ExitCode::kOk;
    case ErrorKind::kSchemaChanged:
    case ErrorKind::kBadRecord:
    case ErrorKind::kUnsupported:
    case ErrorKind::kNotFound:
      break;
  }
  return ExitCode::kFailure;
}

std::string ExitCodesPage() {
  std::string page = "Exit codes\n\n";
  for (const Meaning& m : kMeanings) {
    page += fmt::format("  {:>3}  {}\n", static_cast<int>(m.code), m.text);
  }
  return page;
}

}  // namespace rowhouse::cli
