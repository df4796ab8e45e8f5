#pragma once

#include <array>
#include <string_view>

namespace rowhouse::mysql {

// Unicode of the bytes 0x80 to 0xFF of a single-byte character set.
using CharsetTable = std::array<char16_t, 128>;

// Null where the character set is none of the single-byte ones held here.
const CharsetTable* FindCharsetTable(std::string_view charset);

}  // namespace rowhouse::mysql
