#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/arguments.h"
#include "config/loader.h"

namespace rowhouse::cli {

enum class Format { kText, kJson };

// What a command works with: its arguments, the configuration, and where
// results and errors go. Results go to standard output, all else to standard error.
//
// Place: one a process, made by Main().
class Context {
 public:
  explicit Context(Arguments args);

  const Arguments& args() const { return args_; }

  Format format() const { return format_; }

  // The configuration by -c, --set and the environment, with the log set up by it.
  // Warnings are printed. Errors: kConfig, its text being all problems rendered.
  Result<config::Config> LoadConfig(const std::vector<std::string>& required = {});

  // The same with everything found, for the `config` commands; never fails.
  config::Loaded LoadRaw(const std::vector<std::string>& required = {}) const;

  // Writes a result as it is.
  static void Print(std::string_view text);

  // Writes a failure: "E-... message" and "fix: ..." lines, or with -o json one object.
  void PrintError(const Error& error) const;

 private:
  const Arguments args_;
  const Format format_;
  std::vector<config::Problem> problems_;  // of the last LoadConfig
};

// Columns of text, aligned, two spaces between; the last column is not padded.
std::string AlignColumns(const std::vector<std::vector<std::string>>& rows);

}  // namespace rowhouse::cli
