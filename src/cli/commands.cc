#include "cli/commands.h"

#include <algorithm>

#include "cli/produce_command.h"

namespace rowhouse::cli {

const std::vector<OptionSpec>& GlobalOptions() {
  static const std::vector<OptionSpec> options = {
      {.name = "config", .value = "FILE", .doc = "configuration file", .letter = 'c'},
      {.name = "set", .value = "KEY=VALUE", .doc = "override one option", .repeated = true},
      {.name = "output",
       .value = "FORMAT",
       .doc = "form of the result",
       .choices = "text|json",
       .letter = 'o'},
      {.name = "log-level",
       .value = "LEVEL",
       .doc = "least level logged",
       .choices = "debug|info|warn|error"},
      {.name = "quiet", .value = "", .doc = "only warnings and errors", .letter = 'q'},
      {.name = "help", .value = "", .doc = "this text", .letter = 'h'},
  };
  return options;
}

const std::vector<Command>& Commands() {
  static const std::vector<Command> commands = {
      RunCommand(),
      DemoCommand(),
      ClickHouseCommand(),
      RegistryCommand(),
      DoctorCommand(),
      PlanCommand(),
      SetupCommand(),
      ResyncCommand(),
      PauseCommand(),
      ResumeCommand(),
      SkipCommand(),
      LoadCommand(),
      BackfillCommand(),
      BackfillListCommand(),
      BackfillShowCommand(),
      BackfillCancelCommand(),
      BackfillResumeCommand(),
      StatusCommand(),
      LagCommand(),
      VerifyCommand(),
      DiffCommand(),
      TraceCommand(),
      TopicsCommand(),
      ConsumeCommand(),
      TablesCommand(),
      ProduceCommand(),
      GroupsCommand(),
      GroupsResetCommand(),
      SchemaListCommand(),
      SchemaShowCommand(),
      SchemaCheckCommand(),
      SchemaRegisterCommand(),
      SchemaDeleteCommand(),
      LogsCommand(),
      EventsCommand(),
      PositionCommand(),
      DlqListCommand(),
      DlqShowCommand(),
      DlqRetryCommand(),
      DlqDropCommand(),
      SupportCommand(),
      MetricsDumpCommand(),
      MetricsRulesCommand(),
      MetricsDashboardCommand(),
      ConfigCheckCommand(),
      ConfigShowCommand(),
      ConfigExplainCommand(),
      ConfigSchemaCommand(),
      ConfigConvertCommand(),
      UserAddCommand(),
      UserListCommand(),
      UserPasswdCommand(),
      UserRmCommand(),
      HelpCommand(),
      CompletionCommand(),
      VersionCommand(),
      ManCommand(),
      ManualCommand(),
  };
  return commands;
}

const Command* FindCommand(const std::string& name) {
  const auto at = std::ranges::find(Commands(), name, &Command::name);
  return at == Commands().end() ? nullptr : &*at;
}

}  // namespace rowhouse::cli
