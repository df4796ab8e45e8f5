#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"

// Each fuzz target defines this one function: any bytes in, no crash, no read outside
// them, no unbounded time or memory. FUZZ_ENTRY is libFuzzer's name, or the target's own in
// the program that replays the corpora.
extern "C" int FUZZ_ENTRY(const uint8_t* data, size_t size);

namespace rowhouse::fuzz {

// Keeps a value from being optimised away.
void Use(size_t value);

}  // namespace rowhouse::fuzz

inline void rowhouse::fuzz::Use(size_t value) {
  volatile size_t sink = value;
  (void)sink;
}
