#include <algorithm>

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/context.h"
#include "cli/error_pages.h"
#include "cli/help.h"

namespace rowhouse::cli {

namespace {

Result<ExitCode> Help(Context& context) {
  std::string topic;
  for (const std::string& word : context.args().words) {
    topic += (topic.empty() ? "" : " ") + word;
  }
  if (topic.empty()) {
    Context::Print(OverviewHelp());
    return ExitCode::kOk;
  }
  if (topic == "exit-codes") {
    Context::Print(ExitCodesPage());
    return ExitCode::kOk;
  }
  if (const Command* command = FindCommand(topic)) {
    Context::Print(CommandHelp(*command));
    return ExitCode::kOk;
  }
  if (const std::string group = GroupHelp(topic); !group.empty()) {
    Context::Print(group);
    return ExitCode::kOk;
  }
  if (const auto page = RenderErrorPage(topic)) {
    Context::Print(*page);
    return ExitCode::kOk;
  }
  return Error(ErrorKind::kNotFound, fmt::format("no help on \"{}\"", topic))
      .WithCode("E-CLI-001")
      .WithHint("rowhouse help COMMAND, rowhouse help E-CFG-002, rowhouse help exit-codes");
}

}  // namespace

Command HelpCommand() {
  return {
      .name = "help",
      .group = "Learn",
      .summary = "help on a command, an error code, or exit-codes",
      .examples = {"rowhouse help run", "rowhouse help E-CFG-002", "rowhouse help exit-codes"},
      .words = "TOPIC",
      .words_count = Words::kMany,
      .run = Help};
}

}  // namespace rowhouse::cli
