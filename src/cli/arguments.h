#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace rowhouse::cli {

// What stood on the command line, by option name.
struct Arguments {
  std::string command;  // "config check"; empty: none was given
  std::map<std::string, std::vector<std::string>> options;
  std::vector<std::string> words;

  bool Has(const std::string& option) const { return options.contains(option); }

  // The last value given, or `otherwise`.
  std::string Text(const std::string& option, const std::string& otherwise = "") const;

  std::vector<std::string> All(const std::string& option) const;

  // A whole number in min .. max; kBadRecord with E-CLI-003 otherwise.
  Result<int64_t> Number(
      const std::string& option, int64_t otherwise, int64_t min = 0, int64_t max = INT64_MAX
  ) const;
};

// Reads a command line by the table of commands. An error has kind kBadRecord,
// code E-CLI-00N, and a hint with the nearest name.
Result<Arguments> ParseArguments(const std::vector<std::string>& args);

}  // namespace rowhouse::cli
