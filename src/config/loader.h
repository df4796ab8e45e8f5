#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/config.h"
#include "config/expand.h"
#include "config/problem.h"

namespace rowhouse::config {

// Where a configuration comes from.
struct LoadOptions {
  std::string file;                        // empty: no file
  std::vector<std::string> set = {};       // "key=value", each overriding file and environment
  Environment env = {};                    // for ${VAR} and ROWHOUSE_SECTION__KEY
  std::vector<std::string> required = {};  // options that must have a value
};

// A configuration with everything found wrong in it.
//
// Precedence: --set, then environment, then file, then default.
struct Loaded {
  Config config;
  std::string file;
  // Option path -> "rowhouse.yaml:4:9", "env ROWHOUSE_SOURCE__HOST", "--set",
  // "derived from kafka.bootstrap"; an option not in here has its default.
  std::map<std::string, std::string> origins;
  std::vector<Problem> problems;

  // No errors; warnings are fine.
  bool ok() const;

  // The errors as one kConfig error with the first one's code.
  Status ToStatus() const;
};

// Reads, checks and completes a configuration; collects all problems at once.
// Even with errors `config` is usable for showing.
Loaded Load(const LoadOptions& options);

// The file to read: `flag`, else ROWHOUSE_CONFIG, ./rowhouse.yaml, the user's
// (XDG_CONFIG_HOME) and /etc/rowhouse/rowhouse.yaml; "" where none of these is.
std::string FindConfigFile(const std::string& flag, const Environment& env);

}  // namespace rowhouse::config
