#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/config.h"

namespace rowhouse::config {

// The field an option fills; its type is the option's type.
using Target =
    std::variant<std::string*, bool*, uint32_t*, Millis*, Size*, Texts*, TextMap*, Secret*>;

// Rules for a text beyond its type.
// A kPath that is relative in a file counts from that file's directory.
enum class Form { kAny, kListen, kUrl, kServers, kTables, kColumns, kOperations, kName, kPath };

// One setting: everything rowhouse knows about it. Parsing, checking, showing,
// explaining, the JSON Schema and the manual all read this and nothing else.
struct Option {
  std::string_view path;      // "source.tls.mode"
  Target (*target)(Config&);  // the field
  std::string_view fallback;  // the default as a user would write it; "" is none
  std::string_view doc;       // one line
  Form form = Form::kAny;
  std::string_view choices = {};  // "a|b|c"; empty: any
  int64_t min = 0;                // numbers, milliseconds, bytes
  int64_t max = INT64_MAX;        // the same
  std::string_view derived = {};  // what stands in for an empty value, in words
  std::string_view not_yet = {};  // choices that are known but not there yet
};

// The table, in the order of the manual.
std::span<const Option> Options();

// The option of a path, or null.
const Option* FindOption(std::string_view path);

// The map option that a longer path is an entry of ("kafka.properties.a.b"), or null.
const Option* FindMapOption(std::string_view path);

// Whether `path` is a section, such as "source.tls" ("" is the root).
bool IsSection(std::string_view path);

// Names directly under a section.
std::vector<std::string> ChildrenOf(std::string_view section);

// One of text, true or false, number, duration, size, list, map, secret.
std::string_view TypeName(const Option& option);

// "ROWHOUSE_SOURCE__TLS__MODE".
std::string EnvName(const Option& option);

// The parts of "a|b|c".
std::vector<std::string> Choices(std::string_view choices);

bool IsSecret(const Option& option);

template <typename T>
bool Holds(const Option& option) {
  Config config;
  return std::holds_alternative<T*>(option.target(config));
}

}  // namespace rowhouse::config
