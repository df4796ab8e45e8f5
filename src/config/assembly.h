#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/loader.h"
#include "config/option.h"
#include "config/yaml_tree.h"

namespace rowhouse::config {

// Builds a Loaded layer by layer; each layer overrides the one before.
//
// Place: one a Load() call, on the stack.
class Assembly {
 public:
  explicit Assembly(const Environment& env);

  void ApplyFile(const std::string& file);
  void ApplyEnvironment();
  void ApplySet(const std::string& assignment);

  // Passwords from files and variables, derived values, rules between options.
  void Complete(const std::vector<std::string>& required);

  Loaded Take() && { return std::move(loaded_); }

 private:
  // file layer
  void WalkMap(const std::string& section, const YamlNode& map);
  void WalkEntry(const std::string& section, const YamlNode& key, const YamlNode& value);
  void ApplyDebezium(const YamlNode& map);
  void UnknownKey(const std::string& section, const YamlNode& key);
  void StoreNode(const Option& option, const YamlNode& value);
  void StoreText(const Option& option, const YamlNode& value);
  void StoreItems(const Option& option, const YamlNode& value);
  void StoreEntries(const Option& option, const YamlNode& value);
  std::optional<std::string> ExpandNode(const YamlNode& value);
  void WarnOfLiteralSecret(const Option& option, const YamlNode& value);

  // environment and --set: one text each
  void StoreOverride(const Option& option, const std::string& text, const std::string& where);

  // completion (complete.cc)
  void ResolvePassword(const Option& password);
  void Derive();
  void DeriveConsoleData();
  void CheckRequired(const std::vector<std::string>& required);
  void CheckPairs();

  void Add(const Complaint& complaint, Place place);
  void AddAt(const Complaint& complaint, const std::string& where);
  std::string Line(int number) const;

  const Environment& env_;
  Loaded loaded_;
  std::string file_text_;
  std::optional<Place> inside_;  // of the section whose translation is read
};

}  // namespace rowhouse::config
