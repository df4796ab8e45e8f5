#pragma once

#include <map>
#include <string>
#include <vector>

namespace rowhouse::config {

// A Debezium connector's configuration in rowhouse's words.
struct Translation {
  std::string yaml;
  std::vector<std::string> no_equivalent;  // "name: why, or what to do"
  std::vector<std::string> other_default;  // what behaves otherwise where nothing is said
};

// Translates the options of a MySQL or MariaDB connector, by name. Passwords are not copied:
// the YAML names the variable they are read from.
Translation FromDebeziumConnector(const std::map<std::string, std::string>& options);

}  // namespace rowhouse::config
