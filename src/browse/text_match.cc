#include "browse/text_match.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace rowhouse::browse {

namespace {

char LowerAscii(char c) {
  return static_cast<char>(c + (c >= 'A' && c <= 'Z' ? 'a' - 'A' : 0));
}

// The small letter of a letter of two UTF-8 bytes, as its code point.
uint32_t LowerPoint(uint32_t point) {
  if ((point >= 0xC0 && point <= 0xDE && point != 0xD7) || (point >= 0x391 && point <= 0x3A9) ||
      (point >= 0x410 && point <= 0x42F)) {
    return point + 0x20;
  }
  if (point >= 0x400 && point <= 0x40F) {
    return point + 0x50;
  }
  const bool even_is_capital = (point >= 0x100 && point <= 0x137 && point != 0x130) ||
                               (point >= 0x14A && point <= 0x177) ||
                               (point >= 0x460 && point <= 0x481);
  const bool odd_is_capital =
      (point >= 0x139 && point <= 0x148) || (point >= 0x179 && point <= 0x17E);
  if ((even_is_capital && point % 2 == 0) || (odd_is_capital && point % 2 == 1)) {
    return point + 1;
  }
  return point == 0x178 ? 0xFF : point;
}

}  // namespace

void AppendLower(std::string_view text, std::string& out) {
  const size_t start = out.size();
  out.resize(start + text.size());
  char* to = out.data() + start;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto first = static_cast<uint8_t>(text[i]);
    const bool letter_of_two = first >= 0xC3 && first <= 0xD2 && i + 1 < text.size() &&
                               (static_cast<uint8_t>(text[i + 1]) & 0xC0) == 0x80;
    if (!letter_of_two) {
      to[i] = LowerAscii(text[i]);
      continue;
    }
    const uint32_t point =
        LowerPoint((first & 0x1FU) << 6 | (static_cast<uint8_t>(text[i + 1]) & 0x3FU));
    to[i] = static_cast<char>(0xC0 | point >> 6);
    to[++i] = static_cast<char>(0x80 | (point & 0x3F));
  }
}

TextMatch::TextMatch(std::string_view wanted) {
  AppendLower(wanted, wanted_);
  ascii_ = std::all_of(wanted_.begin(), wanted_.end(), [](char c) {
    return static_cast<uint8_t>(c) < 0x80;
  });
}

bool TextMatch::Found(std::string_view text) {
  if (text.size() < wanted_.size()) {
    return false;
  }
  if (ascii_) {
    lower_.resize(text.size());
    std::transform(text.begin(), text.end(), lower_.begin(), LowerAscii);
  } else {
    lower_.clear();
    AppendLower(text, lower_);
  }
  return memmem(lower_.data(), lower_.size(), wanted_.data(), wanted_.size()) != nullptr;
}

}  // namespace rowhouse::browse
