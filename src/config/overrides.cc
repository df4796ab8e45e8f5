#include <cctype>

#include <fmt/format.h>

#include "config/assembly.h"
#include "config/suggest.h"
#include "config/value.h"

// The environment and --set layers of Assembly: one text each.
namespace rowhouse::config {

namespace {

constexpr std::string_view kPrefix = "ROWHOUSE_";

// "ROWHOUSE_SOURCE__TLS__MODE" -> "source.tls.mode". The first account's, which people set in
// container files, have short names as well.
std::string PathOfVariable(std::string_view name) {
  name.remove_prefix(kPrefix.size());
  std::string path = name.starts_with("ADMIN_") ? "console." : "";
  for (size_t i = 0; i < name.size(); ++i) {
    if (name.substr(i).starts_with("__")) {
      path += '.';
      ++i;
    } else {
      path += static_cast<char>(std::tolower(static_cast<unsigned char>(name[i])));
    }
  }
  return path;
}

Texts SplitList(std::string_view text) {
  if (text.starts_with('[') && text.ends_with(']')) {
    text = text.substr(1, text.size() - 2);
  }
  Texts items;
  while (!text.empty()) {
    const size_t comma = text.find(',');
    std::string_view item = text.substr(0, comma);
    const size_t first = item.find_first_not_of(" \"'");
    const size_t last = item.find_last_not_of(" \"'");
    if (first != std::string_view::npos) {
      items.emplace_back(item.substr(first, last - first + 1));
    }
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return items;
}

Complaint Unknown(std::string_view path) {
  std::string message = fmt::format("unknown option \"{}\"", path);
  if (const auto meant = SuggestOption(path)) {
    message += fmt::format("; did you mean \"{}\"?", *meant);
  }
  return {"E-CFG-002", message, "rowhouse config explain lists every option"};
}

}  // namespace

void Assembly::ApplyEnvironment() {
  for (const auto& [name, text] : env_) {
    if (!name.starts_with(kPrefix)) {
      continue;
    }
    const std::string path = PathOfVariable(name);
    const Option* option = FindOption(path);
    const bool ours = path.find('.') != std::string::npos;
    if (option != nullptr && (ours || path == "pipeline")) {
      StoreOverride(*option, text, "env " + name);
    } else if (ours) {
      AddAt(Unknown(path), "env " + name);
    }
  }
}

void Assembly::ApplySet(const std::string& assignment) {
  const size_t equals = assignment.find('=');
  if (equals == std::string::npos || equals == 0) {
    AddAt(
        {"E-CFG-013",
         fmt::format("\"{}\" is no assignment", assignment),
         "write --set source.host=db1"},
        "--set"
    );
    return;
  }
  const std::string path = assignment.substr(0, equals);
  const std::string text = assignment.substr(equals + 1);
  if (const Option* option = FindOption(path)) {
    StoreOverride(*option, text, "--set");
  } else if (const Option* map = FindMapOption(path); map != nullptr && map->path == "debezium") {
    AddAt(Unknown(path.substr(map->path.size() + 1)), "--set");  // the file's way only
  } else if (map != nullptr) {
    StoreEntry(loaded_.config, *map, path.substr(map->path.size() + 1), text);
    loaded_.origins[std::string(map->path)] = "--set";
  } else {
    AddAt(Unknown(path), "--set");
  }
}

void Assembly::StoreOverride(
    const Option& option, const std::string& text, const std::string& where
) {
  auto bad = Holds<Texts>(option) ? StoreList(loaded_.config, option, SplitList(text))
                                  : StoreScalar(loaded_.config, option, text);
  if (bad) {
    AddAt(*bad, where);
  }
  loaded_.origins[std::string(option.path)] = where;
}

}  // namespace rowhouse::config
