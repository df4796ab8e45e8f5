#pragma once

#include "cli/command.h"

namespace rowhouse::cli {

// One function a command, each in its own file.
Command RunCommand();
Command DemoCommand();
Command ClickHouseCommand();
Command RegistryCommand();
Command SetupCommand();
Command ResyncCommand();
Command PauseCommand();
Command ResumeCommand();
Command SkipCommand();
Command VerifyCommand();
Command DiffCommand();
Command TraceCommand();
Command LoadCommand();
Command BackfillCommand();
Command BackfillListCommand();
Command BackfillShowCommand();
Command BackfillCancelCommand();
Command BackfillResumeCommand();
Command PlanCommand();
Command StatusCommand();
Command LagCommand();
Command PositionCommand();
Command SupportCommand();
Command MetricsDumpCommand();
Command MetricsRulesCommand();
Command MetricsDashboardCommand();
Command TopicsCommand();
Command ConsumeCommand();
Command TablesCommand();
Command GroupsCommand();
Command GroupsResetCommand();
Command SchemaListCommand();
Command SchemaShowCommand();
Command SchemaCheckCommand();
Command SchemaRegisterCommand();
Command SchemaDeleteCommand();
Command LogsCommand();
Command EventsCommand();
Command DlqListCommand();
Command DlqRetryCommand();
Command DlqShowCommand();
Command DlqDropCommand();
Command DoctorCommand();
Command ConfigCheckCommand();
Command ConfigShowCommand();
Command ConfigExplainCommand();
Command ConfigSchemaCommand();
Command ConfigConvertCommand();
Command UserAddCommand();
Command UserListCommand();
Command UserPasswdCommand();
Command UserRmCommand();
Command HelpCommand();
Command CompletionCommand();
Command VersionCommand();
Command ManualCommand();
Command ManCommand();

}  // namespace rowhouse::cli
