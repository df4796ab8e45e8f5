#include "config/show.h"

#include <algorithm>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/value.h"

namespace rowhouse::config {

namespace {

using Json = nlohmann::ordered_json;

// Columns before the origin comment.
constexpr size_t kOriginColumn = 48;

std::vector<std::string> Parts(std::string_view path) {
  std::vector<std::string> parts;
  while (true) {
    const size_t dot = path.find('.');
    parts.emplace_back(path.substr(0, dot));
    if (dot == std::string_view::npos) {
      return parts;
    }
    path.remove_prefix(dot + 1);
  }
}

// A JSON string is also a YAML double-quoted scalar.
std::string Quoted(const std::string& text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string YamlValue(const Config& config, const Option& option) {
  std::vector<std::string> parts;
  if (Holds<Texts>(option)) {
    for (const std::string& item : ShowList(config, option)) {
      parts.push_back(Quoted(item));
    }
    return fmt::format("[{}]", fmt::join(parts, ", "));
  }
  if (Holds<TextMap>(option)) {
    for (const auto& [name, value] : ShowMap(config, option)) {
      parts.push_back(fmt::format("{}: {}", Quoted(name), Quoted(value)));
    }
    return fmt::format("{{{}}}", fmt::join(parts, ", "));
  }
  const std::string text = ShowScalar(config, option);
  return Holds<std::string>(option) || IsSecret(option) ? Quoted(text) : text;
}

std::string OriginOf(const Loaded& loaded, const Option& option) {
  const auto at = loaded.origins.find(std::string(option.path));
  return at == loaded.origins.end() ? "default" : at->second;
}

Json JsonValue(const Config& config, const Option& option) {
  if (Holds<Texts>(option)) {
    return ShowList(config, option);
  }
  if (Holds<TextMap>(option)) {
    return ShowMap(config, option);
  }
  const std::string text = ShowScalar(config, option);
  if (Holds<bool>(option)) {
    return text == "true";
  }
  if (Holds<uint32_t>(option)) {
    return std::stoull(text);
  }
  return text;
}

}  // namespace

std::string ShowYaml(const Loaded& loaded, Origins origins) {
  std::string out;
  std::vector<std::string> open;
  for (const Option& option : Options()) {
    const bool empty_secret = IsSecret(option) && ShowScalar(loaded.config, option).empty();
    if (empty_secret) {
      continue;
    }
    auto parts = Parts(option.path);
    const std::string name = parts.back();
    parts.pop_back();
    for (size_t i = 0; i < parts.size(); ++i) {
      if (i >= open.size() || open[i] != parts[i]) {
        out += fmt::format("{}{}:\n", std::string(2 * i, ' '), parts[i]);
        open.resize(i);
        open.push_back(parts[i]);
      }
    }
    open = parts;
    std::string line = fmt::format(
        "{}{}: {}", std::string(2 * parts.size(), ' '), name, YamlValue(loaded.config, option)
    );
    if (origins == Origins::kShow) {
      line.resize(std::max(line.size() + 1, kOriginColumn), ' ');
      line += "# " + OriginOf(loaded, option);
    }
    out += line + "\n";
  }
  return out;
}

std::string ShowJson(const Loaded& loaded) {
  Json out{{"schema", "config/v1"}, {"file", loaded.file}, {"values", Json::object()}};
  for (const Option& option : Options()) {
    out["values"][std::string(option.path)] = {
        {"value", JsonValue(loaded.config, option)}, {"origin", OriginOf(loaded, option)}};
  }
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace rowhouse::config
