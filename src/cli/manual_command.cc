#include <iterator>

#include <fmt/format.h>

#include "alerts/rule.h"
#include "base/file.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/error_pages.h"
#include "cli/help.h"
#include "config/show.h"
#include "metrics/names.h"

namespace rowhouse::cli {

namespace {

std::string MetricsPage() {
  std::string page =
      "# Metrics\n\nMade by `rowhouse manual` from `src/metrics/names.h`; do not edit.\n\n"
      "`GET /metrics` on `console.listen`. Every series carries `pipeline` as well.\n\n"
      "| Metric | Labels | Meaning |\n|---|---|---|\n";
  for (const metrics::MetricInfo& m : metrics::AllMetrics()) {
    page += fmt::format("| `{}` | {} | {} |\n", m.name, m.labels, m.help);
  }
  return page;
}

// "{what}" as a reader of the manual meets it.
std::string Said(std::string_view text) {
  std::string out(text);
  for (const auto& [mark, word] : {std::pair("{what}", "TABLE"), std::pair("{value}", "N")}) {
    const std::string_view from(mark);
    for (size_t at = out.find(from); at != std::string::npos; at = out.find(from, at)) {
      out.replace(at, from.size(), word);
    }
  }
  return out;
}

std::string AlertsPage() {
  std::string page =
      "# Alerts\n\nMade by `rowhouse manual` from `src/alerts/rules.cc`; do not edit.\n\n"
      "`rowhouse run` holds these rules against its own metrics every five seconds and tells the "
      "channels of the configuration and of the console (webhook, Slack, mail) when one fires, "
      "again "
      "every four hours (`alerts.repeat`) while it holds, and when it is resolved. `rowhouse "
      "metrics rules` prints the same as a file for "
      "Prometheus. A process that stands by tells nothing. The webhook's body is that of "
      "Prometheus' Alertmanager (version 4).\n";
  for (const alerts::Rule& rule : alerts::AllRules()) {
    page += fmt::format(
        "\n## {}\n\n{}, when for {} s: `{}`\n\nSays: {}.\n\n{}\n\nWhat to do: {} [More]({})\n",
        rule.name,
        alerts::SeverityName(rule.severity),
        rule.lasting.count(),
        alerts::Expression(rule),
        Said(rule.says),
        rule.why,
        Said(rule.fix),
        alerts::Runbook(rule.name)
    );
  }
  return page;
}

Result<ExitCode> Manual(Context& context) {
  const auto& words = context.args().words;
  const std::string directory = words.empty() ? "docs/manual" : words.front();
  const std::pair<std::string, std::string> pages[] = {
      {"configuration.md", config::ManualPage()},
      {"commands.md", CommandsPage()},
      {"errors.md", ErrorsManualPage()},
      {"metrics.md", MetricsPage()},
      {"alerts.md", AlertsPage()},
  };
  for (const auto& [name, text] : pages) {
    const std::string file = fmt::format("{}/{}", directory, name);
    ROWHOUSE_TRY(WriteFileAtomically(file, text));
    Context::Print(fmt::format("{}\n", file));
  }
  return ExitCode::kOk;
}

}  // namespace

Command ManualCommand() {
  return {
      .name = "manual",
      .group = "Learn",
      .summary = "write the manual's reference pages into a directory",
      .examples = {"rowhouse manual docs/manual"},
      .words = "DIRECTORY",
      .words_count = Words::kOptional,
      .run = Manual,
      .hidden = true};
}

}  // namespace rowhouse::cli
