#include "config/loader.h"

#include <algorithm>
#include <filesystem>

#include "config/assembly.h"

namespace rowhouse::config {

bool Loaded::ok() const {
  return std::ranges::none_of(problems, [](const Problem& p) {
    return p.severity == Severity::kError;
  });
}

Status Loaded::ToStatus() const {
  std::string text;
  std::string code;
  for (const Problem& p : problems) {
    if (p.severity == Severity::kError) {
      code = code.empty() ? p.code : code;
      text += Render(p);
    }
  }
  if (code.empty()) {
    return Ok();
  }
  return Error(ErrorKind::kConfig, text).WithCode(code);
}

Loaded Load(const LoadOptions& options) {
  Assembly assembly(options.env);
  if (!options.file.empty()) {
    assembly.ApplyFile(options.file);
  }
  assembly.ApplyEnvironment();
  for (const std::string& assignment : options.set) {
    assembly.ApplySet(assignment);
  }
  assembly.Complete(options.required);
  return std::move(assembly).Take();
}

std::string FindConfigFile(const std::string& flag, const Environment& env) {
  const auto variable = [&env](std::string_view name) {
    const auto at = env.find(name);
    return at == env.end() ? std::string() : at->second;
  };
  if (!flag.empty()) {
    return flag;
  }
  if (std::string named = variable("ROWHOUSE_CONFIG"); !named.empty()) {
    return named;
  }
  std::string home = variable("XDG_CONFIG_HOME");
  if (home.empty() && !variable("HOME").empty()) {
    home = variable("HOME") + "/.config";
  }
  for (const std::string& candidate :
       {std::string("rowhouse.yaml"),
        home + "/rowhouse/rowhouse.yaml",
        std::string("/etc/rowhouse/rowhouse.yaml")}) {
    std::error_code ignored;
    if (std::filesystem::is_regular_file(candidate, ignored)) {
      return candidate;
    }
  }
  return "";
}

}  // namespace rowhouse::config
