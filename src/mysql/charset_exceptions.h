#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/bytes.h"

namespace rowhouse::mysql {

// Characters of a multi-byte set that iconv's closest set gives another meaning than the servers,
// where it can't be told from the result alone. Found by converting every character by both.
struct CharsetException {
  uint32_t first;  // the character's bytes as a number, most significant first
  uint32_t last;   // consecutive characters have consecutive meanings
  char16_t meant;
};

// In ascending order; empty for sets that need none.
std::span<const CharsetException> ExceptionsOf(std::string_view charset);

// The exception whose range holds the character; null: none.
const CharsetException* FindException(
    std::span<const CharsetException> exceptions, uint32_t character
);

// Bytes of the first character of big5, gb18030 or ujis text; at most text.size().
size_t CharacterBytes(std::string_view charset, ByteView text);

}  // namespace rowhouse::mysql
