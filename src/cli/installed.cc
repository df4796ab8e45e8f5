#include "cli/installed.h"

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "config/expand.h"

namespace rowhouse::cli {

std::string InstalledPart(const std::string& name) {
  const config::Environment env = config::ProcessEnvironment();
  const auto variable = [&env](std::string_view key) {
    const auto at = env.find(key);
    return at == env.end() ? std::string() : at->second;
  };
  std::string root = variable("ROWHOUSE_DEPS");
  if (root.empty()) {
    const std::string cache = variable("XDG_CACHE_HOME");
    root = (cache.empty() ? variable("HOME") + "/.cache" : cache) + "/rowhouse";
  }
  const auto text = ReadFile(root + "/env.json");
  if (!text) {
    return "";
  }
  const auto json = nlohmann::json::parse(*text, nullptr, false);
  return json.is_object() ? json.value(name, std::string()) : "";
}

}  // namespace rowhouse::cli
