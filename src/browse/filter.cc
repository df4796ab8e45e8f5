#include "browse/filter.h"

#include <algorithm>
#include <compare>
#include <deque>
#include <utility>

#include <re2/re2.h>

#include "browse/filter_parser.h"
#include "browse/filter_tree.h"
#include "browse/text_match.h"
#include "browse/time_text.h"

namespace rowhouse::browse {

namespace {

using Kind = FilterValue::Kind;

// One evaluation for one record.
class Evaluation {
 public:
  explicit Evaluation(FilterFacts& facts) : facts_(facts) {}

  bool too_long() const { return steps_ > Filter::kStepsMax; }

  FilterValue Of(const Expression& e) {
    if (++steps_ > Filter::kStepsMax) {
      return {};
    }
    switch (e.operation) {
      case Operation::kLiteral:
        return e.literal;
      case Operation::kField:
        return facts_.Field(e.field);
      case Operation::kHeader:
        return facts_.Header(e.text);
      case Operation::kOp:
        return facts_.Op();
      case Operation::kTime:
        return FilterValue::Time(facts_.TimeMicros());
      case Operation::kPartition:
        return FilterValue::Of(Number::OfInt(facts_.Partition()));
      case Operation::kOffset:
        return FilterValue::Of(Number::OfInt(facts_.Offset()));
      case Operation::kSize:
        return FilterValue::Of(Number::OfInt(facts_.Size()));
      case Operation::kOr:
        return FilterValue::Bool(AnyIs(e, true));
      case Operation::kAnd:
        return FilterValue::Bool(!AnyIs(e, false));
      case Operation::kChoose:
        return Of(*e.parts[Of(*e.parts[0]).is_true() ? 1 : 2]);
      case Operation::kList:
        return List(e);
      default:
        break;
    }
    return e.parts.size() == 1 ? Unary(e, Of(*e.parts[0]))
                               : Binary(e, Of(*e.parts[0]), Of(*e.parts[1]));
  }

 private:
  bool AnyIs(const Expression& e, bool wanted) {
    return std::any_of(e.parts.begin(), e.parts.end(), [&](const auto& part) {
      return Of(*part).is_true() == wanted;
    });
  }

  FilterValue List(const Expression& e) {
    FilterValue list;
    list.kind = Kind::kList;
    list.items.reserve(e.parts.size());
    for (const auto& part : e.parts) {
      list.items.push_back(Of(*part));
    }
    return list;
  }

  void Looked(std::string_view text) {
    constexpr size_t kBytesPerStep = 64;
    steps_ += static_cast<int64_t>(text.size() / kBytesPerStep);
  }

  FilterValue Unary(const Expression& e, FilterValue v) {
    switch (e.operation) {
      case Operation::kNot:
        return v.kind == Kind::kBool ? FilterValue::Bool(!v.truth) : FilterValue();
      case Operation::kNegate:
        return v.kind == Kind::kNumber ? FilterValue::Of(v.number.Negated()) : FilterValue();
      case Operation::kHas:
        return FilterValue::Bool(v.kind != Kind::kNull);
      case Operation::kLength:
        return Length(v);
      case Operation::kLower:
        return Lower(v);
      default:
        return {};
    }
  }

  FilterValue Length(const FilterValue& v) {
    if (v.kind == Kind::kList) {
      return FilterValue::Of(Number::OfInt(static_cast<int64_t>(v.items.size())));
    }
    if (v.kind != Kind::kText) {
      return {};
    }
    Looked(v.text);
    const auto characters = std::count_if(v.text.begin(), v.text.end(), [](char c) {
      return (static_cast<uint8_t>(c) & 0xC0) != 0x80;
    });
    return FilterValue::Of(Number::OfInt(characters));
  }

  FilterValue Lower(const FilterValue& v) {
    const auto text = TextOf(v);
    if (!text) {
      return {};
    }
    Looked(*text);
    std::string& lower = made_.emplace_back();
    AppendLower(*text, lower);
    return FilterValue::Text(lower);
  }

  // What text functions look at: texts, and times and records as they are shown.
  static std::optional<std::string_view> TextOf(const FilterValue& v) {
    const bool has_text = v.kind == Kind::kText || v.kind == Kind::kRecord ||
                          (v.kind == Kind::kTime && !v.text.empty());
    return has_text ? std::optional(v.text) : std::nullopt;
  }

  FilterValue Binary(const Expression& e, const FilterValue& a, const FilterValue& b) {
    switch (e.operation) {
      case Operation::kEqual:
        return FilterValue::Bool(Equal(a, b));
      case Operation::kUnequal:
        return FilterValue::Bool(!Equal(a, b));
      case Operation::kLess:
        return FilterValue::Bool(std::is_lt(Order(a, b)));
      case Operation::kLessEqual:
        return FilterValue::Bool(std::is_lteq(Order(a, b)));
      case Operation::kGreater:
        return FilterValue::Bool(std::is_gt(Order(a, b)));
      case Operation::kGreaterEqual:
        return FilterValue::Bool(std::is_gteq(Order(a, b)));
      case Operation::kIn:
        return FilterValue::Bool(
            b.kind == Kind::kList && std::any_of(
                                         b.items.begin(),
                                         b.items.end(),
                                         [&](const FilterValue& item) { return Equal(a, item); }
                                     )
        );
      case Operation::kContains:
      case Operation::kStartsWith:
      case Operation::kEndsWith:
      case Operation::kMatches:
        return FilterValue::Bool(TextTest(e, a, b));
      default:
        return Computed(e.operation, a, b);
    }
  }

  bool TextTest(const Expression& e, const FilterValue& a, const FilterValue& b) {
    const auto text = TextOf(a);
    const auto wanted = TextOf(b);
    if (!text || !wanted) {
      // A list contains its elements.
      return e.operation == Operation::kContains && a.kind == Kind::kList &&
             std::any_of(a.items.begin(), a.items.end(), [&](const FilterValue& item) {
               return Equal(item, b);
             });
    }
    Looked(*text);
    switch (e.operation) {
      case Operation::kContains:
        return text->find(*wanted) != std::string_view::npos;
      case Operation::kStartsWith:
        return text->starts_with(*wanted);
      case Operation::kEndsWith:
        return text->ends_with(*wanted);
      default:
        return re2::RE2::PartialMatch({text->data(), text->size()}, *e.pattern);
    }
  }

  bool Equal(const FilterValue& a, const FilterValue& b) {
    if (a.kind == Kind::kNull && b.kind == Kind::kNull) {
      return true;
    }
    if (a.kind == Kind::kList && b.kind == Kind::kList) {
      return std::equal(
          a.items.begin(),
          a.items.end(),
          b.items.begin(),
          b.items.end(),
          [&](const FilterValue& x, const FilterValue& y) { return Equal(x, y); }
      );
    }
    return std::is_eq(Order(a, b));
  }

  std::partial_ordering Order(const FilterValue& a, const FilterValue& b) {
    ++steps_;
    if (a.kind == Kind::kTime || b.kind == Kind::kTime) {
      const auto left = TimeOf(a);
      const auto right = TimeOf(b);
      return left && right ? std::partial_ordering(*left <=> *right)
                           : std::partial_ordering::unordered;
    }
    if (a.kind != b.kind) {
      return std::partial_ordering::unordered;
    }
    switch (a.kind) {
      case Kind::kBool:
        return static_cast<int>(a.truth) <=> static_cast<int>(b.truth);
      case Kind::kNumber:
        return a.number.Compare(b.number);
      case Kind::kText:
      case Kind::kRecord:
        Looked(a.text);
        return a.text.compare(b.text) <=> 0;
      default:
        return std::partial_ordering::unordered;
    }
  }

  static std::optional<int64_t> TimeOf(const FilterValue& v) {
    if (v.kind == Kind::kTime) {
      return v.micros;
    }
    return v.kind == Kind::kText ? ParseTime(v.text) : std::nullopt;
  }

  FilterValue Computed(Operation operation, const FilterValue& a, const FilterValue& b) {
    if (operation == Operation::kAdd && a.kind == Kind::kText && b.kind == Kind::kText) {
      Looked(a.text);
      Looked(b.text);
      std::string& sum = made_.emplace_back(a.text);
      sum += b.text;
      return FilterValue::Text(sum);
    }
    if (a.kind != Kind::kNumber || b.kind != Kind::kNumber) {
      return {};
    }
    std::optional<Number> result;
    switch (operation) {
      case Operation::kAdd:
        result = a.number.Plus(b.number);
        break;
      case Operation::kSubtract:
        result = a.number.Minus(b.number);
        break;
      case Operation::kMultiply:
        steps_ += kLongArithmetic;
        result = a.number.Times(b.number);
        break;
      case Operation::kDivide:
        steps_ += kLongArithmetic;
        result = a.number.DividedBy(b.number);
        break;
      default:
        steps_ += kLongArithmetic;
        result = a.number.Remainder(b.number);
        break;
    }
    return result ? FilterValue::Of(*std::move(result)) : FilterValue();
  }

  static constexpr int64_t kLongArithmetic = 50;

  FilterFacts& facts_;
  int64_t steps_ = 0;
  std::deque<std::string> made_;  // texts that the expression makes
};

}  // namespace

Filter::Filter() = default;

Filter::~Filter() = default;

Result<std::shared_ptr<const Filter>> Filter::Parse(std::string_view text) {
  ParsedFilter parsed = ROWHOUSE_TRY(ParseFilter(text));
  std::shared_ptr<Filter> filter(new Filter());
  filter->root_ = std::move(parsed.root);
  filter->fields_ = std::move(parsed.fields);
  filter->names_op_ = parsed.names_op;
  return std::shared_ptr<const Filter>(std::move(filter));
}

Verdict Filter::Matches(FilterFacts& facts) const {
  Evaluation evaluation(facts);
  const bool matches = evaluation.Of(*root_).is_true();
  if (evaluation.too_long()) {
    return Verdict::kTooLong;
  }
  return matches ? Verdict::kYes : Verdict::kNo;
}

}  // namespace rowhouse::browse
