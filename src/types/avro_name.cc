#include "types/avro_name.h"

#include <algorithm>

#include <fmt/format.h>

namespace rowhouse::types {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsLegal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || IsDigit(c);
}

bool ContinuesCharacter(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

enum class Dots { kReplace, kKeep };

std::string Adjusted(std::string_view name, Dots dots) {
  std::string out;
  out.reserve(name.size() + 1);
  if (!name.empty() && IsDigit(name.front())) {
    out += '_';
  }
  for (const char c : name) {
    if (!ContinuesCharacter(c)) {
      out += IsLegal(c) || (dots == Dots::kKeep && c == '.') ? c : '_';
    }
  }
  return out;
}

// The code point at `at`, of valid UTF-8; moves on to the next.
uint32_t CodePoint(std::string_view text, size_t& at) {
  const auto first = static_cast<unsigned char>(text[at++]);
  uint32_t point = first < 0x80   ? first
                   : first < 0xE0 ? first & 0x1F
                   : first < 0xF0 ? first & 0xF
                                  : first & 7;
  while (at < text.size() && ContinuesCharacter(text[at])) {
    point = point << 6 | (static_cast<unsigned char>(text[at++]) & 0x3F);
  }
  return point;
}

void AppendEscaped(std::string& out, uint32_t point) {
  if (point > 0xFFFF) {  // two UTF-16 units
    point -= 0x10000;
    out += fmt::format("_u{:04x}", 0xD800 + (point >> 10));
    point = 0xDC00 + (point & 0x3FF);
  }
  out += fmt::format("_u{:04x}", point);
}

std::string Escaped(std::string_view name, Dots dots) {
  std::string out;
  for (size_t at = 0; at < name.size();) {
    const char c = name[at];
    const bool legal = IsLegal(c) && c != '_' && !(IsDigit(c) && at == 0);
    if (legal || (dots == Dots::kKeep && c == '.')) {
      out += c;
      ++at;
    } else {
      AppendEscaped(out, CodePoint(name, at));
    }
  }
  return out;
}

std::string ByMode(std::string_view name, NameMode mode, Dots dots) {
  switch (mode) {
    case NameMode::kNone:
      return std::string(name);
    case NameMode::kAvro:
      return Adjusted(name, dots);
    case NameMode::kAvroUnicode:
      return Escaped(name, dots);
  }
  return std::string(name);
}

}  // namespace

std::string AvroFieldName(std::string_view name, NameMode mode) {
  return ByMode(name, mode, Dots::kReplace);
}

std::string AvroFullName(std::string_view name, NameMode mode) {
  return ByMode(name, mode, Dots::kKeep);
}

bool IsAvroName(std::string_view name) {
  return !name.empty() && !IsDigit(name.front()) && std::ranges::all_of(name, IsLegal);
}

}  // namespace rowhouse::types
