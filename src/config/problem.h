#pragma once

#include <string>
#include <vector>

namespace rowhouse::config {

enum class Severity { kError, kWarning };

// A place in a file, both from 1; 0 is no place.
struct Place {
  int line = 0;
  int column = 0;
};

// One thing to mend in the configuration. All of them are collected, so that
// a user mends them in one round.
struct Problem {
  Severity severity = Severity::kError;
  std::string code;   // "E-CFG-002"
  std::string where;  // "rowhouse.yaml", "env ROWHOUSE_SOURCE__PORT", "--set"
  Place place = {};
  std::string message;
  std::string fix = {};          // empty: the message says it
  std::string source_line = {};  // the line at `place`
};

// "rowhouse.yaml:14:5 E-CFG-002 message", the line with a caret under the
// place, and "fix: ...". Ends with a newline.
std::string Render(const Problem& problem);

// All of them, errors and warnings in the order they were found.
std::string Render(const std::vector<Problem>& problems);

}  // namespace rowhouse::config
