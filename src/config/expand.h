#pragma once

#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "config/value.h"

namespace rowhouse::config {

using Environment = std::map<std::string, std::string, std::less<>>;

// The variables of this process.
Environment ProcessEnvironment();

// What a text with variables became.
struct Expanded {
  std::string text;
  bool had_variables = false;
};

// Replaces ${VAR}, ${VAR:-default} (also for an empty VAR) and ${VAR:?message};
// "$${" is a literal "${". Other dollars stay. An undefined VAR is an error.
// The result is text and never becomes structure.
std::variant<Expanded, Complaint> Expand(std::string_view text, const Environment& env);

}  // namespace rowhouse::config
