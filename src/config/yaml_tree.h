#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/problem.h"

namespace rowhouse::config {

// A YAML document as plain data with places: duplicate keys are kept, and
// quoted scalars can be told from plain ones, so that the loader can judge both.
struct YamlNode {
  enum class Kind { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  Place place;
  std::string text;             // kScalar
  bool quoted = false;          // kScalar: quoted, a block, or tagged as text
  std::vector<YamlNode> keys;   // kMap: the key of each item
  std::vector<YamlNode> items;  // kList, kMap
};

// What the parser could not read; `where` is left to the caller.
using YamlResult = std::variant<YamlNode, Problem>;

// Reads one document. Aliases are followed, up to 10,000 nodes and 16 levels.
YamlResult ReadYaml(std::string_view text);

}  // namespace rowhouse::config
