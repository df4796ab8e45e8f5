#pragma once

#include <string>
#include <vector>

#include "config/config.h"

namespace rowhouse::cli {

enum class Health { kOk, kWarn, kFail };

// One thing that was looked at.
struct Finding {
  std::string code;         // "E-MYSQL-012"; rowhouse help explains it
  std::string area;         // mysql, kafka, registry, clickhouse, host
  std::string what;         // "binlog_row_image"
  std::string found;        // "MINIMAL"
  std::string needed = {};  // "FULL"; empty where found says all
  Health health = Health::kOk;
  std::string fix = {};  // SQL or setting to paste; empty when all is well
};

// Looks at every server the configuration names; one that is away is a finding, not
// an error. Reads only: nothing is made or changed.
std::vector<Finding> Examine(const config::Config& config);

// "ok", "warn", "fail".
std::string HealthName(Health health);

// One line a finding with its fix below, and how many are what.
std::string FindingsText(const std::vector<Finding>& findings);

}  // namespace rowhouse::cli
