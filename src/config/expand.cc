#include "config/expand.h"

#include <cctype>
#include <optional>
#include <unistd.h>

#include <fmt/format.h>

namespace rowhouse::config {

namespace {

bool IsVariableName(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
    return false;
  }
  for (const char c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_') {
      return false;
    }
  }
  return true;
}

// Handles what stands between the braces.
std::variant<std::string, Complaint> Resolve(std::string_view inside, const Environment& env) {
  const size_t colon = inside.find(':');
  const std::string_view name = inside.substr(0, colon);
  const std::string_view rest = colon == std::string_view::npos ? "" : inside.substr(colon);
  const bool has_default = rest.starts_with(":-");
  const bool has_message = rest.starts_with(":?");
  if (!IsVariableName(name) || (!rest.empty() && !has_default && !has_message)) {
    return Complaint{
        "E-CFG-008",
        fmt::format("\"${{{}}}\" is no variable", inside),
        "write ${VAR}, ${VAR:-default} or ${VAR:?message}; a literal ${ is written $${"};
  }
  const auto found = env.find(name);
  const bool set = found != env.end() && (!found->second.empty() || rest.empty());
  if (set) {
    return found->second;
  }
  if (has_default) {
    return std::string(rest.substr(2));
  }
  const std::string_view message = has_message ? rest.substr(2) : "";
  return Complaint{
      "E-CFG-008",
      fmt::format("variable {} is not set{}{}", name, message.empty() ? "" : ": ", message),
      fmt::format("export {0}=..., or give a default: ${{{0}:-value}}", name)};
}

}  // namespace

Environment ProcessEnvironment() {
  Environment env;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view entry(*at);
    const size_t equals = entry.find('=');
    if (equals != std::string_view::npos) {
      env.emplace(entry.substr(0, equals), entry.substr(equals + 1));
    }
  }
  return env;
}

std::variant<Expanded, Complaint> Expand(std::string_view text, const Environment& env) {
  Expanded out;
  while (!text.empty()) {
    const size_t at = text.find("${");
    if (at == std::string_view::npos) {
      break;
    }
    if (at > 0 && text[at - 1] == '$') {
      out.text.append(text.substr(0, at - 1)).append("${");
      text.remove_prefix(at + 2);
      continue;
    }
    const size_t end = text.find('}', at);
    if (end == std::string_view::npos) {
      return Complaint{"E-CFG-008", "\"${\" without \"}\"", "close the brace"};
    }
    out.text.append(text.substr(0, at));
    auto value = Resolve(text.substr(at + 2, end - at - 2), env);
    if (auto* complaint = std::get_if<Complaint>(&value)) {
      return *complaint;
    }
    out.text += std::get<std::string>(value);
    out.had_variables = true;
    text.remove_prefix(end + 1);
  }
  out.text.append(text);
  return out;
}

}  // namespace rowhouse::config
