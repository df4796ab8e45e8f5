#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rowhouse::config {

// How reading a number with a unit ended.
enum class UnitOutcome { kOk, kNoUnit, kBad };

// A number in its base unit (milliseconds, bytes).
struct UnitNumber {
  UnitOutcome outcome = UnitOutcome::kBad;
  int64_t value = 0;
};

// "250ms", "1.5s", "2m", "1h", "7d".
UnitNumber ReadDuration(std::string_view text);

// "512B", "64KiB", "64MiB", "1GiB"; kB, MB, GB are powers of 1000.
UnitNumber ReadSize(std::string_view text);

// Decimal digits only; nullopt also where it is beyond 63 bits.
std::optional<int64_t> ReadInteger(std::string_view text);

// The shortest exact text: 60000 is "1m", 1500 is "1500ms".
std::string ShowDuration(int64_t milliseconds);
std::string ShowSize(int64_t bytes);

}  // namespace rowhouse::config
