#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/version.h"

namespace rowhouse::cli {

std::string Version() {
  return ROWHOUSE_VERSION;
}

namespace {

Result<ExitCode> ShowVersion(Context& context) {
  const bool json = context.format() == Format::kJson;
  Context::Print(
      json ? fmt::format(R"({{"schema":"version/v1","version":"{}"}})", Version()) + "\n"
           : fmt::format("rowhouse {}\n", Version())
  );
  return ExitCode::kOk;
}

}  // namespace

Command VersionCommand() {
  return {
      .name = "version",
      .group = "Learn",
      .summary = "the version",
      .examples = {"rowhouse version", "rowhouse version -o json"},
      .run = ShowVersion};
}

}  // namespace rowhouse::cli
