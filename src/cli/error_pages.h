#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace rowhouse::cli {

// What `rowhouse help E-XXX-NNN` tells about one error.
struct ErrorPage {
  std::string_view code;
  std::string_view title;
  std::string_view why;  // what it means and why it matters
  std::string_view fix;
};

// Every code that any module uses, sorted; a test compares it with the sources.
std::span<const ErrorPage> ErrorPages();

// The page as text; nullopt for an unknown code. Case does not matter.
std::optional<std::string> RenderErrorPage(std::string_view code);

// All of them as the manual's page, in Markdown.
std::string ErrorsManualPage();

}  // namespace rowhouse::cli
