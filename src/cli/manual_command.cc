#include <iterator>

#include <fmt/format.h>

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

Result<ExitCode> Manual(Context& context) {
  const auto& words = context.args().words;
  const std::string directory = words.empty() ? "docs/manual" : words.front();
  const std::pair<std::string, std::string> pages[] = {
      {"configuration.md", config::ManualPage()},
      {"commands.md", CommandsPage()},
      {"errors.md", ErrorsManualPage()},
      {"metrics.md", MetricsPage()},
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
