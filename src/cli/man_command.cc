#include <filesystem>
#include <string>
#include <system_error>

#include <fmt/format.h>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/man_pages.h"

namespace rowhouse::cli {

namespace {

Result<ExitCode> Man(Context& context) {
  const std::filesystem::path directory(context.args().words.front());
  for (const ManPage& page : ManPages()) {
    const std::filesystem::path file = directory / page.Path();
    std::error_code failed;
    std::filesystem::create_directories(file.parent_path(), failed);
    if (failed) {
      return Error(
                 ErrorKind::kConfig,
                 fmt::format("making {}: {}", file.parent_path().string(), failed.message())
      )
          .WithHint("name a directory that may be written to, such as ~/.local/share/man");
    }
    ROWHOUSE_TRY(WriteFileAtomically(file.string(), page.text));
    Context::Print(file.string() + "\n");
  }
  return ExitCode::kOk;
}

}  // namespace

Command ManCommand() {
  return {
      .name = "man",
      .group = "Learn",
      .summary = "write pages for man(1) into a directory of its search path",
      .examples =
          {"rowhouse man ~/.local/share/man   # then: man rowhouse-backfill",
           "rowhouse man /usr/local/share/man"},
      .words = "DIRECTORY",
      .words_count = Words::kOne,
      .run = Man};
}

}  // namespace rowhouse::cli
