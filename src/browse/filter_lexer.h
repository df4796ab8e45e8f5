#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace rowhouse::browse {

// One word of an expression.
struct Token {
  enum class Kind : uint8_t { kEnd, kName, kNumber, kText, kSign };

  Kind kind = Kind::kEnd;
  size_t at = 0;
  std::string text;  // kText: without its quotes, escapes resolved

  bool Is(std::string_view sign) const {
    return (kind == Kind::kSign || kind == Kind::kName) && text == sign;
  }

  // For messages: "'&&'", "the end".
  std::string Shown() const;
};

// An error of an expression: E-BROWSE-001 at a place in its text.
Error FilterError(size_t at, std::string_view message);

// The words of an expression; the last one is kEnd.
Result<std::vector<Token>> SplitFilter(std::string_view text);

}  // namespace rowhouse::browse
