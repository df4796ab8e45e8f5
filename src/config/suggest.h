#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rowhouse::config {

// Edits (insert, remove, replace, swap of neighbours) from `a` to `b`.
size_t EditDistance(std::string_view a, std::string_view b);

// The candidate at most two edits away, nearest first; short words allow one.
std::optional<std::string> Nearest(
    std::string_view word, const std::vector<std::string>& candidates
);

// Our option for a key of Debezium's, e.g. "table.include.list" -> "source.tables".
std::optional<std::string> FromDebezium(std::string_view key);

// What an unknown key under a section was probably meant to be, with its path
// where it belongs elsewhere.
std::optional<std::string> SuggestKey(std::string_view section, std::string_view key);

// The same for a whole path, as --set, the environment and `explain` have it.
std::optional<std::string> SuggestOption(std::string_view path);

}  // namespace rowhouse::config
