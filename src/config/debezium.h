#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
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

// The same of options that stand in one of our own files (section `debezium`): nothing is added
// to them, and a password is carried over.
Translation FromDebeziumSection(const std::map<std::string, std::string>& options);

// The option of ours that one of theirs is carried over to as it is.
std::optional<std::string> OptionForDebezium(std::string_view name);

}  // namespace rowhouse::config
