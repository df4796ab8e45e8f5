#pragma once

#include <cstdint>

namespace rowhouse::mysql {

// Whose dialect of the binary log a server writes. Percona Server is kMySql.
enum class Flavor : uint8_t { kMySql, kMariaDb };

}  // namespace rowhouse::mysql
