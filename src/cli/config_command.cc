#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cli/commands.h"
#include "cli/context.h"
#include "config/show.h"

namespace rowhouse::cli {

namespace {

// What `run` needs beyond the defaults.
const std::vector<std::string>& RequiredToRun() {
  static const std::vector<std::string> required = {"source.tables"};
  return required;
}

Result<ExitCode> Check(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig(RequiredToRun()));
  const std::string file = context.LoadRaw().file;
  const std::string where = file.empty() ? "defaults, no file" : file;
  Context::Print(
      context.format() == Format::kJson
          ? nlohmann::ordered_json{{"schema", "config-check/v1"},
                                   {"ok", true},
                                   {"file", file},
                                   {"pipeline", config.pipeline}}
                    .dump() +
                "\n"
          : fmt::format("{}: ok, pipeline {}\n", where, config.pipeline)
  );
  return ExitCode::kOk;
}

Result<ExitCode> Show(Context& context) {
  // A configuration with mistakes is an error, as for any other command.
  (void)ROWHOUSE_TRY(context.LoadConfig());
  const config::Loaded loaded = context.LoadRaw();
  if (context.format() == Format::kJson) {
    Context::Print(config::ShowJson(loaded));
    return ExitCode::kOk;
  }
  const bool origins = context.args().Has("origin");
  Context::Print(config::ShowYaml(loaded, origins ? config::Origins::kShow : config::Origins::kHide)
  );
  return ExitCode::kOk;
}

Result<ExitCode> Explain(Context& context) {
  const auto& words = context.args().words;
  Context::Print(ROWHOUSE_TRY(config::Explain(words.empty() ? "" : words.front())));
  return ExitCode::kOk;
}

Result<ExitCode> Schema(Context&) {
  Context::Print(config::JsonSchema());
  return ExitCode::kOk;
}

}  // namespace

Command ConfigCheckCommand() {
  return {
      .name = "config check",
      .group = "Configure",
      .summary = "name every mistake in the configuration with its place",
      .examples = {"rowhouse config check -c rowhouse.yaml", "rowhouse config check -o json"},
      .run = Check};
}

Command ConfigShowCommand() {
  return {
      .name = "config show",
      .group = "Configure",
      .summary = "the effective configuration, secrets masked",
      .examples = {"rowhouse config show -c rowhouse.yaml", "rowhouse config show --origin"},
      .options = {{.name = "origin", .value = "", .doc = "say where each value comes from"}},
      .run = Show};
}

Command ConfigExplainCommand() {
  return {
      .name = "config explain",
      .group = "Configure",
      .summary = "meaning, default and range of an option, a section or all",
      .examples =
          {"rowhouse config explain",
           "rowhouse config explain kafka",
           "rowhouse config explain kafka.linger"},
      .words = "KEY",
      .words_count = Words::kOptional,
      .run = Explain};
}

Command ConfigSchemaCommand() {
  return {
      .name = "config schema",
      .group = "Configure",
      .summary = "JSON Schema of the configuration, for editors",
      .examples = {"rowhouse config schema > rowhouse.schema.json"},
      .run = Schema};
}

}  // namespace rowhouse::cli
