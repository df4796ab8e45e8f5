#include "cli/app.h"

#include "cli/command.h"
#include "cli/context.h"
#include "cli/help.h"

namespace rowhouse::cli {

namespace {

// -o json is honoured for errors of parsing too.
Arguments OnlyFormat(const std::vector<std::string>& args) {
  Arguments out;
  for (size_t i = 0; i < args.size(); ++i) {
    const bool joined = args[i] == "-ojson" || args[i] == "--output=json";
    const bool split =
        i > 0 && args[i] == "json" && (args[i - 1] == "-o" || args[i - 1] == "--output");
    if (joined || split) {
      out.options["output"] = {"json"};
    }
  }
  return out;
}

int Code(ExitCode code) {
  return static_cast<int>(code);
}

// Help and version flags, and a line without a whole command.
int WithoutCommand(const Arguments& args, const std::vector<std::string>& raw) {
  if (args.Has("version")) {
    Context context(args);
    (void)FindCommand("version")->run(context);
    return Code(ExitCode::kOk);
  }
  for (const std::string& word : raw) {
    if (const std::string group = GroupHelp(word); !group.empty()) {
      Context::Print(group);
      return Code(args.Has("help") ? ExitCode::kOk : ExitCode::kUsage);
    }
  }
  Context::Print(OverviewHelp());
  return Code(args.Has("help") || raw.empty() ? ExitCode::kOk : ExitCode::kUsage);
}

}  // namespace

int Main(const std::vector<std::string>& args) {
  auto parsed = ParseArguments(args);
  if (!parsed) {
    Context(OnlyFormat(args)).PrintError(parsed.error());
    return Code(ExitCode::kUsage);
  }
  const Command* command = FindCommand(parsed->command);
  if (command == nullptr) {
    return WithoutCommand(*parsed, args);
  }
  if (parsed->Has("help")) {
    Context::Print(CommandHelp(*command));
    return Code(ExitCode::kOk);
  }
  Context context(*std::move(parsed));
  const auto result = command->run(context);
  if (result) {
    return Code(*result);
  }
  context.PrintError(result.error());
  const bool usage = result.error().code().starts_with("E-CLI-");
  return Code(usage ? ExitCode::kUsage : ExitCodeOf(result.error().kind()));
}

}  // namespace rowhouse::cli
