#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace rowhouse::kafka::wire {

// CRC-32C (Castagnoli), which guards a record batch; by the CPU's own instruction where it
// has one.
uint32_t Crc32c(ByteView bytes);

// By table, on any CPU; for the test that both agree.
uint32_t Crc32cByTable(ByteView bytes);

}  // namespace rowhouse::kafka::wire
