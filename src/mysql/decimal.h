#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "model/arena.h"
#include "model/cell.h"

namespace rowhouse::mysql {

// DECIMAL(p,s) as a kDecimal cell: the unscaled value, in `i` where it fits 64 bits, else as
// the shortest big-endian two's complement bytes in the arena. One value, one form, whether it
// came from the log or from a SELECT.

// Bytes a DECIMAL(precision, scale) takes in a row image; at most 30.
size_t DecimalBytes(unsigned precision, unsigned scale);

// From a row image. `raw` has DecimalBytes(precision, scale) bytes. False when a group
// of digits is out of range: the bytes are no decimal.
bool DecimalFromImage(
    const uint8_t* raw, unsigned precision, unsigned scale, Arena& arena, Cell& out
);

// From "-123.45", as a server prints a column of this scale (missing fraction digits are zeros).
// False when it is no number, has more fraction digits than `scale` or more than 65 digits.
bool DecimalFromText(std::string_view text, unsigned scale, Arena& arena, Cell& out);

// A row image's decimal as the server prints it, "-0.50"; at most kDecimalTextMax characters. Gives
// the place after them, or null when the bytes are no decimal.
constexpr size_t kDecimalTextMax = 72;
char* DecimalTextFromImage(const uint8_t* raw, unsigned precision, unsigned scale, char* to);

}  // namespace rowhouse::mysql
