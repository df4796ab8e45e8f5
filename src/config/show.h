#pragma once

#include <string>

#include "base/result.h"
#include "config/loader.h"
#include "config/option.h"

namespace rowhouse::config {

// What stands beside each value.
enum class Origins { kHide, kShow };

// The effective configuration as YAML that Load() reads again; secrets masked.
std::string ShowYaml(const Loaded& loaded, Origins origins);

// The same as JSON: {"schema":"config/v1","values":{path: {"value","origin"}}}.
std::string ShowJson(const Loaded& loaded);

// Everything about one option, or the options of a section ("" lists all).
// kNotFound with the nearest name for an unknown path.
Result<std::string> Explain(std::string_view path);

// The table as JSON Schema (draft 2020-12) for editors.
std::string JsonSchema();

// The table as the manual's page, in Markdown.
std::string ManualPage();

}  // namespace rowhouse::config
