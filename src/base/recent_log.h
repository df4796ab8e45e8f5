#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

namespace rowhouse {

// The last lines this process has logged (base/log.h), at most 1 MiB of them, whatever becomes of
// standard error; as text, with the date.
//
// Threads: any.
struct RecentLog {
  uint64_t from = 0;  // which byte of all that was ever logged comes first
  std::string text;
};

// At most `bytes_max` of it from byte `from` on, or from the oldest one kept.
RecentLog ReadRecentLog(uint64_t from, size_t bytes_max);

// The oldest byte kept, and the one that comes next.
std::pair<uint64_t, uint64_t> RecentLogRange();

}  // namespace rowhouse
