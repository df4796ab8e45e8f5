#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "browse/filter_lexer.h"
#include "browse/filter_tree.h"

// Which parts of an expression fit together: the parser builds its tree through these, so that
// what can never be true because of its types is refused where it stands.
namespace rowhouse::browse {

using ExpressionPtr = std::unique_ptr<Expression>;

inline constexpr Kinds kBoolKind = KindBit(FilterValue::Kind::kBool);
inline constexpr Kinds kNumberKind = KindBit(FilterValue::Kind::kNumber);
inline constexpr Kinds kTextKind = KindBit(FilterValue::Kind::kText);
inline constexpr Kinds kTimeKind = KindBit(FilterValue::Kind::kTime);
inline constexpr Kinds kNullKind = KindBit(FilterValue::Kind::kNull);
inline constexpr Kinds kListKind = KindBit(FilterValue::Kind::kList);

// contains, startsWith, endsWith, matches.
bool TakesText(Operation operation);

ExpressionPtr Make(Operation operation, Kinds kinds, size_t at);
ExpressionPtr Join(Operation operation, Kinds kinds, ExpressionPtr left, ExpressionPtr right);
ExpressionPtr TextLiteral(const Token& token);

// `what` stands in the message: "the expression".
Status CheckBool(const Expression& part, std::string_view what);
Status Check(const Expression& part, Kinds wanted, std::string_view by);

// && and ||.
Result<ExpressionPtr> Both(Operation operation, ExpressionPtr left, ExpressionPtr right);

// == != < <= > >= in, and the tests of texts.
Result<ExpressionPtr> Relate(
    Operation operation, const Token& sign, ExpressionPtr left, ExpressionPtr right
);
Result<ExpressionPtr> TextTest(
    Operation operation, const Token& sign, ExpressionPtr left, ExpressionPtr right
);

// has, size, lower, timestamp.
Result<ExpressionPtr> Call(const Token& name, ExpressionPtr argument);

Error UnknownFunction(const Token& name);

}  // namespace rowhouse::browse
