#include "config/problem.h"

#include <fmt/format.h>

namespace rowhouse::config {

std::string Render(const Problem& problem) {
  std::string out = problem.where;
  if (problem.place.line > 0) {
    out += fmt::format(":{}:{}", problem.place.line, problem.place.column);
  }
  out += fmt::format(
      " {}{} {}\n",
      problem.severity == Severity::kWarning ? "warning " : "",
      problem.code,
      problem.message
  );
  if (problem.place.line > 0 && !problem.source_line.empty()) {
    const std::string number = std::to_string(problem.place.line);
    std::string under;
    for (int i = 0; i + 1 < problem.place.column; ++i) {
      const auto at = static_cast<size_t>(i);
      const bool tab = at < problem.source_line.size() && problem.source_line[at] == '\t';
      under += tab ? '\t' : ' ';
    }
    out += fmt::format("  {} | {}\n", number, problem.source_line);
    out += fmt::format("  {} | {}^\n", std::string(number.size(), ' '), under);
  }
  if (!problem.fix.empty()) {
    out += fmt::format("  fix: {}\n", problem.fix);
  }
  return out;
}

std::string Render(const std::vector<Problem>& problems) {
  std::string out;
  for (const Problem& problem : problems) {
    out += Render(problem);
  }
  return out;
}

}  // namespace rowhouse::config
