#include "config/option.h"

#include <algorithm>
#include <cctype>

#include "config/option_tables.h"

namespace rowhouse::config {

std::span<const Option> Options() {
  static const std::vector<Option> all = [] {
    std::vector<Option> joined;
    for (const auto& part : {SourceSideOptions(), TargetSideOptions(), AlertOptions()}) {
      joined.insert(joined.end(), part.begin(), part.end());
    }
    return joined;
  }();
  return all;
}

const Option* FindOption(std::string_view path) {
  const auto all = Options();
  const auto at = std::ranges::find(all, path, &Option::path);
  return at == all.end() ? nullptr : &*at;
}

const Option* FindMapOption(std::string_view path) {
  for (const Option& option : Options()) {
    if (Holds<TextMap>(option) && path.size() > option.path.size() + 1 &&
        path.starts_with(option.path) && path[option.path.size()] == '.') {
      return &option;
    }
  }
  return nullptr;
}

bool IsSection(std::string_view path) {
  if (path.empty()) {
    return true;
  }
  return std::ranges::any_of(Options(), [path](const Option& o) {
    return o.path.size() > path.size() && o.path.starts_with(path) && o.path[path.size()] == '.';
  });
}

std::vector<std::string> ChildrenOf(std::string_view section) {
  std::vector<std::string> names;
  for (const Option& o : Options()) {
    std::string_view rest = o.path;
    if (!section.empty()) {
      if (!rest.starts_with(section) || rest.size() <= section.size() ||
          rest[section.size()] != '.') {
        continue;
      }
      rest.remove_prefix(section.size() + 1);
    }
    const std::string name(rest.substr(0, rest.find('.')));
    if (std::ranges::find(names, name) == names.end()) {
      names.push_back(name);
    }
  }
  return names;
}

std::string_view TypeName(const Option& option) {
  static constexpr std::string_view kNames[] = {
      "text", "true or false", "number", "duration", "size", "list", "map", "secret"};
  Config config;
  return kNames[option.target(config).index()];
}

std::string EnvName(const Option& option) {
  std::string name = "ROWHOUSE_";
  for (const char c : option.path) {
    if (c == '.') {
      name += "__";
    } else {
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return name;
}

std::vector<std::string> Choices(std::string_view choices) {
  std::vector<std::string> out;
  while (!choices.empty()) {
    const size_t bar = choices.find('|');
    out.emplace_back(choices.substr(0, bar));
    choices.remove_prefix(bar == std::string_view::npos ? choices.size() : bar + 1);
  }
  return out;
}

bool IsSecret(const Option& option) {
  return Holds<Secret>(option);
}

}  // namespace rowhouse::config
