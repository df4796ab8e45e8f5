#include "browse/filter_rules.h"

#include <utility>

#include <fmt/format.h>
#include <re2/re2.h>

#include "browse/time_text.h"

namespace rowhouse::browse {

namespace {

using Kind = FilterValue::Kind;

std::string_view KindsWord(Kinds kinds) {
  switch (kinds & static_cast<Kinds>(~kNullKind)) {
    case kBoolKind:
      return "true or false";
    case kNumberKind:
      return "a number";
    case kTextKind:
      return "a text";
    case kTimeKind:
      return "a time";
    case kListKind:
      return "a list";
    default:
      return kinds == kNullKind ? "null" : "a value";
  }
}

Status CheckTimes(const Expression& left, const Expression& right) {
  const Expression& text = left.kinds == kTimeKind ? right : left;
  const bool time_and_text = (left.kinds == kTimeKind || right.kinds == kTimeKind) &&
                             text.operation == Operation::kLiteral && text.kinds == kTextKind;
  if (!time_and_text || ParseTime(text.text)) {
    return Ok();
  }
  return FilterError(
      text.at, fmt::format("\"{}\" is no time; write it as 2026-01-31T10:00:00Z", text.text)
  );
}

// What the record decides is compared whatever it is. But where the language itself says that
// two sides are of different kinds, the user has mistaken something.
Status CheckComparable(const Token& sign, const Expression& left, const Expression& right) {
  const bool literals =
      left.operation == Operation::kLiteral && right.operation == Operation::kLiteral;
  // A time compares with a text too.
  const auto comparable = [](Kinds kinds) {
    return (kinds & kTimeKind) != 0 ? kinds | kTextKind : kinds & ~unsigned{kNullKind};
  };
  const bool null = left.kinds == kNullKind || right.kinds == kNullKind;
  if (literals || null || (comparable(left.kinds) & comparable(right.kinds)) != 0) {
    return CheckTimes(left, right);
  }
  return FilterError(
      sign.at,
      fmt::format(
          "'{}' between {} and {} is never true",
          sign.text,
          KindsWord(left.kinds),
          KindsWord(right.kinds)
      )
  );
}

Result<std::shared_ptr<const re2::RE2>> Compile(const Expression& literal) {
  constexpr int64_t kPatternBytes = 1 << 20;
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kPatternBytes);
  auto pattern = std::make_shared<const re2::RE2>(literal.text, options);
  if (!pattern->ok()) {
    return FilterError(literal.at, fmt::format("not a pattern: {}", pattern->error()));
  }
  return pattern;
}

Result<ExpressionPtr> Timestamp(ExpressionPtr argument) {
  const bool text = argument->operation == Operation::kLiteral && argument->kinds == kTextKind;
  const auto micros = text ? ParseTime(argument->text) : std::nullopt;
  if (!micros) {
    return FilterError(
        argument->at, "timestamp() wants a time in quotes: \"2026-01-31T10:00:00Z\""
    );
  }
  argument->kinds = kTimeKind;
  argument->literal = FilterValue::Time(*micros, argument->text);
  return argument;
}

}  // namespace

bool TakesText(Operation operation) {
  return operation == Operation::kContains || operation == Operation::kStartsWith ||
         operation == Operation::kEndsWith || operation == Operation::kMatches;
}

ExpressionPtr Make(Operation operation, Kinds kinds, size_t at) {
  auto made = std::make_unique<Expression>();
  made->operation = operation;
  made->kinds = kinds;
  made->at = at;
  return made;
}

ExpressionPtr Join(Operation operation, Kinds kinds, ExpressionPtr left, ExpressionPtr right) {
  ExpressionPtr made = Make(operation, kinds, left->at);
  made->parts.push_back(std::move(left));
  made->parts.push_back(std::move(right));
  return made;
}

ExpressionPtr TextLiteral(const Token& token) {
  ExpressionPtr made = Make(Operation::kLiteral, kTextKind, token.at);
  made->text = token.text;
  made->literal = FilterValue::Text(made->text);
  return made;
}

Status CheckBool(const Expression& part, std::string_view what) {
  if ((part.kinds & kBoolKind) != 0) {
    return Ok();
  }
  return FilterError(
      part.at, fmt::format("{} is {}, where a condition is wanted", what, KindsWord(part.kinds))
  );
}

Status Check(const Expression& part, Kinds wanted, std::string_view by) {
  if ((part.kinds & (wanted | kNullKind)) != 0) {
    return Ok();
  }
  return FilterError(
      part.at, fmt::format("{} wants {}, not {}", by, KindsWord(wanted), KindsWord(part.kinds))
  );
}

// A chain becomes one node with many parts: as deep as it is nested, not as it is long.
Result<ExpressionPtr> Both(Operation operation, ExpressionPtr left, ExpressionPtr right) {
  ROWHOUSE_TRY(CheckBool(*left, operation == Operation::kOr ? "a side of '||'" : "a side of '&&'"));
  ROWHOUSE_TRY(CheckBool(*right, operation == Operation::kOr ? "a side of '||'" : "a side of '&&'")
  );
  if (left->operation == operation) {
    left->parts.push_back(std::move(right));
    return left;
  }
  return Join(operation, kBoolKind, std::move(left), std::move(right));
}

Result<ExpressionPtr> Relate(
    Operation operation, const Token& sign, ExpressionPtr left, ExpressionPtr right
) {
  if (TakesText(operation)) {
    return TextTest(operation, sign, std::move(left), std::move(right));
  }
  if (operation == Operation::kIn) {
    if ((right->kinds & kListKind) == 0) {
      return FilterError(right->at, "'in' wants a list: [1, 2]");
    }
    return Join(operation, kBoolKind, std::move(left), std::move(right));
  }
  ROWHOUSE_TRY(CheckComparable(sign, *left, *right));
  return Join(operation, kBoolKind, std::move(left), std::move(right));
}

Result<ExpressionPtr> TextTest(
    Operation operation, const Token& sign, ExpressionPtr left, ExpressionPtr right
) {
  ROWHOUSE_TRY(Check(*right, kTextKind, fmt::format("'{}'", sign.text)));
  std::shared_ptr<const re2::RE2> pattern;
  if (operation == Operation::kMatches) {
    if (right->operation != Operation::kLiteral || right->kinds != kTextKind) {
      return FilterError(right->at, "'matches' wants a pattern in quotes");
    }
    pattern = ROWHOUSE_TRY(Compile(*right));
  }
  ExpressionPtr made = Join(operation, kBoolKind, std::move(left), std::move(right));
  made->pattern = std::move(pattern);
  return made;
}

Error UnknownFunction(const Token& name) {
  return FilterError(
      name.at,
      fmt::format(
          "there is no function '{}'; there are contains, startsWith, endsWith, matches, size, "
          "lower, has, timestamp",
          name.text
      )
  );
}

Result<ExpressionPtr> Call(const Token& name, ExpressionPtr argument) {
  if (name.text == "timestamp") {
    return Timestamp(std::move(argument));
  }
  Operation operation = Operation::kHas;
  Kinds kinds = kBoolKind;
  if (name.text == "has") {
    if (argument->operation != Operation::kField && argument->operation != Operation::kHeader) {
      return FilterError(argument->at, "has() wants a field or a header");
    }
  } else if (name.text == "size") {
    operation = Operation::kLength;
    kinds = kNumberKind | kNullKind;
  } else {
    operation = Operation::kLower;
    kinds = kTextKind | kNullKind;
    ROWHOUSE_TRY(Check(*argument, kTextKind, "lower()"));
  }
  ExpressionPtr made = Make(operation, kinds, name.at);
  made->parts.push_back(std::move(argument));
  return made;
}

}  // namespace rowhouse::browse
