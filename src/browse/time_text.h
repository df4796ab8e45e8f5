#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rowhouse::browse {

// Microseconds since 1970 of "2026-01-31", "2026-01-31T10:00Z", "2026-01-31 10:00:00.5" or
// "2026-01-31T10:00:00+02:00"; without an offset it is UTC. nullopt: it is none of these.
std::optional<int64_t> ParseTime(std::string_view text);

// "2026-01-31".
void AppendDate(int64_t days, std::string& out);

// "10:00:00.123", as many digits behind the second as asked; hours may pass 24 and be negative.
void AppendTimeOfDay(int64_t micros, int fraction_digits, std::string& out);

// "2026-01-31 10:00:00.123".
void AppendDateTime(int64_t micros, int fraction_digits, std::string& out);

}  // namespace rowhouse::browse
