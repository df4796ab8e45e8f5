#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/name_pattern.h"

namespace rowhouse::cli {

// Which tables a configuration wants: patterns of database.table, and those left out.
//
// Threads: constant after construction.
class TableFilter {
 public:
  // The patterns are valid: the configuration has checked them.
  TableFilter(const std::vector<std::string>& tables, const std::vector<std::string>& exclude);

  bool Wants(std::string_view database, std::string_view table) const;

  // Whether some table of the database may be wanted.
  bool WantsDatabase(std::string_view database) const;

 private:
  std::vector<NamePattern> tables_;
  std::vector<NamePattern> exclude_;
};

}  // namespace rowhouse::cli
