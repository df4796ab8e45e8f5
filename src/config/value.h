#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "config/option.h"

namespace rowhouse::config {

// What is wrong with a value, without its place: the caller knows the place.
struct Complaint {
  std::string code;     // "E-CFG-005"
  std::string message;  // names the option and the value (never a secret's)
  std::string fix;
};

// Reads `text` as the option's type, checks unit, range, choices and form, and
// stores it into the option's field of `config`. Lists and maps have their own calls.
std::optional<Complaint> StoreScalar(Config& config, const Option& option, std::string_view text);

std::optional<Complaint> StoreList(Config& config, const Option& option, Texts items);

void StoreEntry(Config& config, const Option& option, const std::string& key, std::string value);

// The field as a user would write it: "64MiB", "250ms"; "***" for a secret that is set.
std::string ShowScalar(const Config& config, const Option& option);

// "1s", "64MiB", "20000": numbers of the option's unit, for ranges.
std::string ShowNumber(const Option& option, int64_t number);

// "1s .. 1m", "at most 64", or "" where any value goes.
std::string ShowRange(const Option& option);

// The items of a list option, and the entries of a map option, secrets masked.
Texts ShowList(const Config& config, const Option& option);
TextMap ShowMap(const Config& config, const Option& option);

}  // namespace rowhouse::config
