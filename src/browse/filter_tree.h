#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "browse/filter_value.h"

namespace re2 {
class RE2;
}

namespace rowhouse::browse {

enum class Operation : uint8_t {
  kLiteral,
  kField,  // of key or value
  kHeader,
  kOp,
  kTime,
  kPartition,
  kOffset,
  kSize,
  kList,
  kOr,
  kAnd,
  kNot,
  kChoose,
  kEqual,
  kUnequal,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kNegate,
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  kHas,
  kLength,
  kLower,
};

// The kinds that an expression can give, a bit each; kAny where only the record can tell.
using Kinds = uint8_t;

constexpr Kinds KindBit(FilterValue::Kind kind) {
  return static_cast<Kinds>(1U << static_cast<unsigned>(kind));
}

inline constexpr Kinds kAnyKind = 0x7F;

// A node of the parsed expression.
struct Expression {
  Operation operation = Operation::kLiteral;
  Kinds kinds = kAnyKind;
  size_t at = 0;                            // where it starts in the text
  FilterValue literal;                      // kLiteral; its text is in `text`
  std::string text;                         // kLiteral, kHeader
  size_t field = 0;                         // kField
  std::shared_ptr<const re2::RE2> pattern;  // kMatches
  std::vector<std::unique_ptr<Expression>> parts;
};

}  // namespace rowhouse::browse
