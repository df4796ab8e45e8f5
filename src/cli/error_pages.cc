#include "cli/error_pages.h"

#include <algorithm>
#include <cctype>

#include <fmt/format.h>

namespace rowhouse::cli {

std::optional<std::string> RenderErrorPage(std::string_view code) {
  std::string upper(code);
  std::ranges::transform(upper, upper.begin(), [](unsigned char c) {
    return static_cast<char>(std::toupper(c));
  });
  const auto pages = ErrorPages();
  const auto at = std::ranges::find(pages, upper, &ErrorPage::code);
  if (at == pages.end()) {
    return std::nullopt;
  }
  return fmt::format("{}  {}\n\n{}\n\nfix: {}\n", at->code, at->title, at->why, at->fix);
}

std::string ErrorsManualPage() {
  std::string page =
      "# Errors\n\nMade by `rowhouse manual` from `src/cli/error_table.cc`; do not edit.\n\n"
      "| Code | What | Why | Fix |\n|---|---|---|---|\n";
  for (const ErrorPage& e : ErrorPages()) {
    page += fmt::format("| {} | {} | {} | {} |\n", e.code, e.title, e.why, e.fix);
  }
  return page;
}

}  // namespace rowhouse::cli
