#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "config/show.h"

namespace rowhouse::config {

namespace {

using Json = nlohmann::ordered_json;

// Any value may come from a variable instead.
const Json& Variable() {
  static const Json kVariable = {{"type", "string"}, {"pattern", R"(\$\{.+\})"}};
  return kVariable;
}

Json TypeSchema(const Option& option) {
  if (Holds<Texts>(option)) {
    return {{"type", "array"}, {"items", {{"type", "string"}}}};
  }
  if (Holds<TextMap>(option)) {
    return {
        {"type", "object"},
        {"additionalProperties", {{"type", Json::array({"string", "number", "boolean"})}}}};
  }
  if (Holds<bool>(option)) {
    return {{"anyOf", Json::array({{{"type", "boolean"}}, Variable()})}};
  }
  if (Holds<uint32_t>(option)) {
    Json number = {{"type", "integer"}, {"minimum", option.min}, {"maximum", option.max}};
    return {{"anyOf", Json::array({number, Variable()})}};
  }
  if (Holds<Millis>(option) || Holds<Size>(option)) {
    const char* units = Holds<Millis>(option) ? "(ms|s|m|h|d)" : "(B|[KMGT]iB|[kMGT]B)";
    Json number = {{"type", "string"}, {"pattern", fmt::format("^[0-9.]+ ?{}$", units)}};
    return {{"anyOf", Json::array({number, Variable()})}};
  }
  if (!option.choices.empty()) {
    return {{"anyOf", Json::array({{{"enum", Choices(option.choices)}}, Variable()})}};
  }
  return {{"type", "string"}};
}

Json OptionSchema(const Option& option) {
  Json schema = TypeSchema(option);
  schema["description"] = std::string(option.doc);
  if (!option.fallback.empty() && option.derived.empty()) {
    if (Holds<uint32_t>(option)) {
      schema["default"] = std::stoull(std::string(option.fallback));
    } else if (Holds<bool>(option)) {
      schema["default"] = option.fallback == "true";
    } else {
      schema["default"] = std::string(option.fallback);
    }
  }
  if (IsSecret(option)) {
    schema["writeOnly"] = true;
  }
  return schema;
}

}  // namespace

std::string JsonSchema() {
  const Json section = {
      {"type", "object"}, {"additionalProperties", false}, {"properties", Json::object()}};
  Json root = {
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "rowhouse configuration"}};
  root.update(section);
  for (const Option& option : Options()) {
    Json* at = &root;
    std::string_view rest = option.path;
    for (size_t dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      Json& next = (*at)["properties"][std::string(rest.substr(0, dot))];
      if (next.is_null()) {
        next = section;
      }
      at = &next;
      rest.remove_prefix(dot + 1);
    }
    (*at)["properties"][std::string(rest)] = OptionSchema(option);
  }
  return root.dump(2) + "\n";
}

}  // namespace rowhouse::config
