#include "types/text_values.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string>

#include "base/varint.h"
#include "types/calendar.h"

namespace rowhouse::types {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
// DECIMAL(65) takes 28 bytes; one more for a sign that does not fit.
constexpr size_t kWords = 8;

uint8_t* PutRaw(uint8_t* to, std::string_view bytes) {
  if (!bytes.empty()) {
    std::memcpy(to, bytes.data(), bytes.size());
  }
  return to + bytes.size();
}

uint8_t* PutText(uint8_t* to, std::string_view text) {
  return PutRaw(PutZigZag(to, static_cast<int64_t>(text.size())), text);
}

// A text of unknown length is written here first.
class ShortText {
 public:
  void Add(char c) { text_[size_++] = c; }

  void Add(std::string_view text) {
    for (const char c : text) {
      Add(c);
    }
  }

  void AddDigits(uint64_t v, int digits) {
    for (int i = digits - 1; i >= 0; --i) {
      text_[size_ + static_cast<size_t>(i)] = static_cast<char>('0' + v % 10);
      v /= 10;
    }
    size_ += static_cast<size_t>(digits);
  }

  std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 128> text_{};
  size_t size_ = 0;
};

// The unscaled value's digits, without sign, at least one; false where it is no decimal.
struct Digits {
  std::array<char, 80> text{};
  size_t size = 0;
  bool negative = false;
};

// Big-endian two's complement to magnitude, as 32-bit words, least first.
bool Magnitude(std::string_view bytes, std::array<uint32_t, kWords>& words, bool& negative) {
  if (bytes.empty() || bytes.size() > kWords * 4) {
    return false;
  }
  negative = (static_cast<uint8_t>(bytes.front()) & 0x80) != 0;
  words.fill(negative ? 0xFFFFFFFF : 0);
  for (size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<uint8_t>(bytes[bytes.size() - 1 - i]);
    const auto shift = static_cast<uint32_t>(8 * (i % 4));
    words[i / 4] = (words[i / 4] & ~(0xFFU << shift)) | uint32_t{byte} << shift;
  }
  uint64_t carry = negative ? 1 : 0;
  for (uint32_t& word : words) {
    carry += negative ? ~word : word;
    word = static_cast<uint32_t>(carry);
    carry >>= 32;
  }
  return true;
}

bool DigitsOf(const Cell& cell, Digits& out) {
  std::array<uint32_t, kWords> words{};
  if (cell.size != 0) {
    if (!Magnitude(cell.bytes(), words, out.negative)) {
      return false;
    }
  } else {
    out.negative = cell.i < 0;
    const uint64_t magnitude = out.negative ? ~cell.u + 1 : cell.u;
    words[0] = static_cast<uint32_t>(magnitude);
    words[1] = static_cast<uint32_t>(magnitude >> 32);
  }
  char* end = out.text.data() + out.text.size();
  char* at = end;
  while (std::ranges::any_of(words, [](uint32_t w) { return w != 0; }) && at - out.text.data() >= 9
  ) {
    uint64_t rest = 0;
    for (size_t i = kWords; i-- > 0;) {
      rest = rest << 32 | words[i];
      words[i] = static_cast<uint32_t>(rest / 1'000'000'000);
      rest %= 1'000'000'000;
    }
    for (int i = 0; i < 9; ++i) {
      *--at = static_cast<char>('0' + rest % 10);
      rest /= 10;
    }
  }
  while (at != end && *at == '0') {
    ++at;
  }
  out.size = static_cast<size_t>(end - at);
  std::memmove(out.text.data(), at, out.size);
  return true;
}

bool DecimalText(const Cell& cell, uint8_t scale, ShortText& out) {
  Digits digits;
  if (cell.kind != CellKind::kDecimal || !DigitsOf(cell, digits)) {
    return false;
  }
  if (digits.negative) {
    out.Add('-');
  }
  const size_t whole = digits.size > scale ? digits.size - scale : 0;
  out.Add(whole == 0 ? "0" : std::string_view(digits.text.data(), whole));
  if (scale > 0) {
    out.Add('.');
    for (size_t missing = scale; missing > digits.size - whole; --missing) {
      out.Add('0');
    }
    out.Add(std::string_view(digits.text.data() + whole, digits.size - whole));
  }
  return true;
}

void AddDate(ShortText& out, int64_t days) {
  const CivilDate date = DateOf(days);
  out.AddDigits(static_cast<uint64_t>(date.year), 4);
  out.Add('-');
  out.AddDigits(date.month, 2);
  out.Add('-');
  out.AddDigits(date.day, 2);
}

// A moment of a day, as Java's ISO formats have it: the fraction without zeros at its end.
void AddClock(ShortText& out, uint64_t micros) {
  const uint64_t seconds = micros / kMicrosPerSecond;
  out.AddDigits(seconds / 3600, seconds >= 360'000 ? 3 : 2);
  out.Add(':');
  out.AddDigits(seconds / 60 % 60, 2);
  out.Add(':');
  out.AddDigits(seconds % 60, 2);
  uint64_t fraction = micros % kMicrosPerSecond;
  if (fraction == 0) {
    return;
  }
  int digits = 6;
  for (; fraction % 10 == 0; fraction /= 10) {
    --digits;
  }
  out.Add('.');
  out.AddDigits(fraction, digits);
}

// The text as Java's object streams write a String: NUL as two bytes, characters beyond 16
// bits as two units of three bytes each.
std::string_view JavaUtf8(std::string_view text, std::string& memory) {
  const auto differs = [](char c) { return c == '\0' || static_cast<uint8_t>(c) >= 0xF0; };
  if (std::ranges::none_of(text, differs)) {
    return text;
  }
  memory.clear();
  for (size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '\0') {
      memory += "\xC0\x80";
    } else if (static_cast<uint8_t>(text[at]) >= 0xF0 && at + 3 < text.size()) {
      const auto bits = [&](size_t i) { return static_cast<uint32_t>(text[at + i]) & 0x3F; };
      const uint32_t point =
          (static_cast<uint32_t>(text[at]) & 7) << 18 | bits(1) << 12 | bits(2) << 6 | bits(3);
      for (const uint32_t unit :
           {0xD800 + ((point - 0x10000) >> 10), 0xDC00 + ((point - 0x10000) & 0x3FF)}) {
        memory += static_cast<char>(0xE0 | unit >> 12);
        memory += static_cast<char>(0x80 | (unit >> 6 & 0x3F));
        memory += static_cast<char>(0x80 | (unit & 0x3F));
      }
      at += 3;
    } else {
      memory += text[at];
    }
  }
  return memory;
}

// What they put before a String of so many bytes, at `to`; gives its size.
size_t PutJavaHeader(size_t bytes, std::array<char, 16>& to) {
  constexpr std::string_view kStream("\xAC\xED\0\x05", 4);
  const bool is_long = bytes > 0xFFFF;
  const int length_bytes = is_long ? 8 : 2;
  size_t size = kStream.copy(to.data(), kStream.size());
  to[size++] = is_long ? '|' : 't';
  for (int i = length_bytes - 1; i >= 0; --i) {
    to[size++] = static_cast<char>(bytes >> (8 * i) & 0xFF);
  }
  return size;
}

}  // namespace

uint8_t* PutDecimalText(const Cell& cell, uint8_t scale, uint8_t* to) {
  ShortText text;
  return DecimalText(cell, scale, text) ? PutText(to, text.view()) : nullptr;
}

bool DecimalToDouble(const Cell& cell, uint8_t scale, double& to) {
  ShortText text;
  if (!DecimalText(cell, scale, text)) {
    return false;
  }
  const std::string_view view = text.view();
  return std::from_chars(view.data(), view.data() + view.size(), to).ec == std::errc();
}

uint8_t* PutBase64(std::string_view bytes, BinaryMode mode, uint8_t* to) {
  const std::string_view alphabet =
      mode == BinaryMode::kBase64Url
          ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
          : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  to = PutZigZag(to, static_cast<int64_t>((bytes.size() + 2) / 3 * 4));
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t left = std::min<size_t>(3, bytes.size() - i);
    uint32_t three = 0;
    for (size_t k = 0; k < 3; ++k) {
      three = three << 8 | (k < left ? static_cast<uint8_t>(bytes[i + k]) : 0U);
    }
    for (size_t k = 0; k < 4; ++k) {
      *to++ = k <= left ? static_cast<uint8_t>(alphabet[three >> (18 - 6 * k) & 63]) : '=';
    }
  }
  return to;
}

uint8_t* PutHex(std::string_view bytes, uint8_t* to) {
  to = PutZigZag(to, static_cast<int64_t>(bytes.size() * 2));
  for (const char c : bytes) {
    const auto b = static_cast<uint8_t>(c);
    *to++ = static_cast<uint8_t>(kHexDigits[b >> 4]);
    *to++ = static_cast<uint8_t>(kHexDigits[b & 15]);
  }
  return to;
}

uint8_t* PutIsoDate(int64_t days, uint8_t* to) {
  ShortText text;
  AddDate(text, days);
  text.Add('Z');
  return PutText(to, text.view());
}

uint8_t* PutIsoTimestamp(int64_t micros, uint8_t* to) {
  const int64_t days = (micros >= 0 ? micros : micros - kMicrosPerDay + 1) / kMicrosPerDay;
  ShortText text;
  AddDate(text, days);
  text.Add('T');
  AddClock(text, static_cast<uint64_t>(micros - days * kMicrosPerDay));
  text.Add('Z');
  return PutText(to, text.view());
}

uint8_t* PutIsoTime(int64_t micros, uint8_t* to) {
  ShortText text;
  if (micros < 0) {
    text.Add('-');
  }
  AddClock(text, static_cast<uint64_t>(micros < 0 ? -micros : micros));
  text.Add('Z');
  return PutText(to, text.view());
}

std::string_view FirstCharacters(std::string_view text, uint32_t chars) {
  size_t at = 0;
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<uint8_t>(text[at]);
    if ((byte & 0xC0) == 0x80) {
      continue;
    }
    const uint32_t units = byte >= 0xF0 ? 2 : 1;
    if (chars < units) {
      break;
    }
    chars -= units;
  }
  return text.substr(0, at);
}

uint8_t* PutAsterisks(uint32_t chars, uint8_t* to) {
  to = PutZigZag(to, chars);
  std::memset(to, '*', chars);
  return to + chars;
}

uint8_t* PutHash(const Treatment& how, std::string_view text, uint32_t chars_max, uint8_t* to) {
  std::array<uint8_t, kDigestBytesMax> digest{};
  std::array<char, 16> header{};
  size_t header_bytes = 0;
  if (how.java_text) {
    thread_local std::string memory;
    text = JavaUtf8(text, memory);
    header_bytes = PutJavaHeader(text.size(), header);
  }
  PutDigest(how.digest, how.salt, {header.data(), header_bytes}, text, digest.data());
  const size_t digits = 2 * DigestBytes(how.digest);
  const size_t shown = chars_max == 0 ? digits : std::min<size_t>(digits, chars_max);
  to = PutZigZag(to, static_cast<int64_t>(shown));
  for (size_t i = 0; i < shown; ++i) {
    const uint8_t byte = digest[i / 2];
    *to++ = static_cast<uint8_t>(kHexDigits[i % 2 == 0 ? byte >> 4 : byte & 15]);
  }
  return to;
}

}  // namespace rowhouse::types
