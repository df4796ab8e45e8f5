#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace rowhouse::services {

inline constexpr uint64_t kLogBytesMax = uint64_t{16} << 20;

// Moves a log file of `bytes_max` or more to "<path>.1" (replacing an older one), so that a
// service's logs take at most about twice that. Called before a child is started, while nobody
// writes.
Status RotateLog(const std::string& path, uint64_t bytes_max = kLogBytesMax);

// The file's size; 0 where it is not there.
uint64_t LogSize(const std::string& path);

// The last `lines` lines that stand behind byte `from`; of each at most 300 characters.
std::string LogTail(const std::string& path, uint64_t from, size_t lines = 20);

}  // namespace rowhouse::services
