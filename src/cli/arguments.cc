#include "cli/arguments.h"

#include <fmt/format.h>

#include "config/units.h"

namespace rowhouse::cli {

std::string Arguments::Text(const std::string& option, const std::string& otherwise) const {
  const auto at = options.find(option);
  return at == options.end() || at->second.empty() ? otherwise : at->second.back();
}

std::vector<std::string> Arguments::All(const std::string& option) const {
  const auto at = options.find(option);
  return at == options.end() ? std::vector<std::string>() : at->second;
}

Result<int64_t> Arguments::Number(
    const std::string& option, int64_t otherwise, int64_t min, int64_t max
) const {
  if (!Has(option)) {
    return otherwise;
  }
  const auto number = config::ReadInteger(Text(option));
  if (number && *number >= min && *number <= max) {
    return *number;
  }
  return Error(ErrorKind::kBadRecord, fmt::format("--{} can't be \"{}\"", option, Text(option)))
      .WithCode("E-CLI-003")
      .WithHint(
          max == INT64_MAX ? fmt::format("give a whole number, at least {}", min)
                           : fmt::format("give a whole number of {} .. {}", min, max)
      );
}

}  // namespace rowhouse::cli
