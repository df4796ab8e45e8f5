#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rowhouse::cli {

// Whether a text matches a glob: * is any run of characters (also an empty one), ? any one.
bool GlobMatches(std::string_view glob, std::string_view text);

// Which tables a configuration wants: database.table globs, and those left out.
//
// Threads: constant after construction.
class TableFilter {
 public:
  TableFilter(std::vector<std::string> tables, std::vector<std::string> exclude);

  bool Wants(std::string_view database, std::string_view table) const;

  // Whether some table of the database may be wanted.
  bool WantsDatabase(std::string_view database) const;

 private:
  const std::vector<std::string> tables_;
  const std::vector<std::string> exclude_;
};

}  // namespace rowhouse::cli
