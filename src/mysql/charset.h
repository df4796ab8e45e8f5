#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "model/arena.h"
#include "mysql/charset_tables.h"

namespace rowhouse::mysql {

struct CharsetException;

// A character set of the server's.
struct Charset {
  std::string_view name;
  uint8_t character_bytes_max = 1;   // what a declared length counts a character as
  const char* iconv_name = nullptr;  // of multi-byte sets other than UTF-8

  bool binary() const { return name == "binary"; }

  bool utf8() const { return name == "utf8mb4" || name == "utf8mb3"; }
};

// The character set of a collation id of MySQL or MariaDB (they never clash); null: unknown.
const Charset* CharsetOfCollation(uint32_t collation);

constexpr uint16_t kBinaryCollation = 63;

// Turns the stored bytes of one column's text into UTF-8.
//
// Nothing is copied where the bytes are UTF-8 already, which is checked: UTF-8 sets, and ASCII
// text of any set that extends ASCII. Else the result is written into the arena, by the servers'
// own tables for single-byte sets (their cp1252, greek and others differ from iconv's) and by iconv
// for multi-byte ones, but for the characters that charset_exceptions.h lists.
//
// Owns:   an iconv handle. Threads: one owner.
// Errors: Open gives kUnsupported for a set without a converter. Bytes that are no text of
//         the set become U+FFFD and count in damaged(); never in silence, as the caller warns.
class TextConverter {
 public:
  static Result<TextConverter> Open(const Charset& charset);

  TextConverter(TextConverter&& other) noexcept;
  TextConverter& operator=(TextConverter&& other) noexcept;
  ~TextConverter();

  std::string_view ToUtf8(ByteView raw, Arena& arena);

  std::string ToUtf8(std::string_view raw);

  // Bytes replaced so far.
  uint64_t damaged() const { return damaged_; }

 private:
  enum class Way : uint8_t { kUtf8, kAscii, kSwedish, kTable, kIconv };

  TextConverter() = default;
  uint8_t* Convert(ByteView raw, uint8_t* out);
  uint8_t* RepairUtf8(ByteView raw, uint8_t* out);
  uint8_t* ByTable(ByteView raw, uint8_t* out);
  uint8_t* Swedish(ByteView raw, uint8_t* out);
  uint8_t* ByIconvWithExceptions(ByteView raw, uint8_t* out);
  uint8_t* ByIconv(ByteView raw, uint8_t* out, size_t room);
  size_t RoomFor(size_t raw_bytes) const;

  Way way_ = Way::kUtf8;
  bool extends_ascii_ = true;
  bool mend_japanese_ = false;
  std::string_view name_;  // of a set by iconv
  std::span<const CharsetException> exceptions_;
  const CharsetTable* table_ = nullptr;
  void* iconv_ = nullptr;
  uint64_t damaged_ = 0;
};

// True for text without a byte above 0x7F.
bool IsAscii(ByteView bytes);

// True for well-formed UTF-8 (no surrogates, no overlong forms, up to U+10FFFF).
bool IsUtf8(ByteView bytes);

}  // namespace rowhouse::mysql
