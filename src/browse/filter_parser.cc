#include "browse/filter_parser.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "browse/filter_lexer.h"
#include "browse/filter_rules.h"

namespace rowhouse::browse {

namespace {

struct Infix {
  std::string_view sign;
  Operation operation;
};

constexpr std::array<Infix, 12> kRelations = {{
    {"==", Operation::kEqual},
    {"!=", Operation::kUnequal},
    {"<", Operation::kLess},
    {"<=", Operation::kLessEqual},
    {">", Operation::kGreater},
    {">=", Operation::kGreaterEqual},
    {"in", Operation::kIn},
    {"contains", Operation::kContains},
    {"startsWith", Operation::kStartsWith},
    {"endsWith", Operation::kEndsWith},
    {"matches", Operation::kMatches},
    {"=~", Operation::kMatches},
}};
constexpr std::array<Infix, 2> kSums = {{{"+", Operation::kAdd}, {"-", Operation::kSubtract}}};
constexpr std::array<Infix, 3> kProducts = {{
    {"*", Operation::kMultiply},
    {"/", Operation::kDivide},
    {"%", Operation::kModulo},
}};

template <size_t kCount>
std::optional<Operation> Find(const std::array<Infix, kCount>& table, const Token& token) {
  for (const Infix& infix : table) {
    if (token.Is(infix.sign)) {
      return infix.operation;
    }
  }
  return std::nullopt;
}

class Parser {
 public:
  explicit Parser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  Result<ParsedFilter> Parse() {
    ExpressionPtr root = ROWHOUSE_TRY(Choice());
    if (Now().kind != Token::Kind::kEnd) {
      return Expected("'&&', '||' or the end");
    }
    ROWHOUSE_TRY(CheckBool(*root, "the expression"));
    return ParsedFilter{std::move(root), {}, names_op_};
  }

  // The references that the parser has passed, also those on the way to a deeper one.
  const std::vector<FieldRef>& refs() const { return refs_; }

 private:
  // Counts how deep the parser is in itself.
  class Depth {
   public:
    explicit Depth(int& depth) : depth_(depth) { ++depth_; }

    ~Depth() { --depth_; }

    Depth(const Depth&) = delete;
    Depth& operator=(const Depth&) = delete;

   private:
    int& depth_;
  };

  const Token& Now() const { return tokens_[next_]; }

  const Token& After() const { return tokens_[std::min(next_ + 1, tokens_.size() - 1)]; }

  Token Take() { return tokens_[next_ + 1 < tokens_.size() ? next_++ : next_]; }

  bool Accept(std::string_view sign) {
    if (Now().kind != Token::Kind::kSign || Now().text != sign) {
      return false;
    }
    ++next_;
    return true;
  }

  Error Expected(std::string_view what) const {
    return FilterError(Now().at, fmt::format("expected {}, found {}", what, Now().Shown()));
  }

  Status Want(std::string_view sign) {
    return Accept(sign) ? Ok() : Status(Expected(fmt::format("'{}'", sign)));
  }

  Result<ExpressionPtr> Choice() {
    const Depth depth(depth_);
    if (depth_ > Filter::kDepthMax) {
      return FilterError(Now().at, fmt::format("nested deeper than {}", Filter::kDepthMax));
    }
    ExpressionPtr left = ROWHOUSE_TRY(Or());
    if (!Accept("?")) {
      return left;
    }
    ROWHOUSE_TRY(CheckBool(*left, "what stands before '?'"));
    ExpressionPtr yes = ROWHOUSE_TRY(Choice());
    ROWHOUSE_TRY(Want(":"));
    ExpressionPtr no = ROWHOUSE_TRY(Choice());
    const Kinds kinds = yes->kinds | no->kinds;
    ExpressionPtr made = Join(Operation::kChoose, kinds, std::move(left), std::move(yes));
    made->parts.push_back(std::move(no));
    return made;
  }

  Result<ExpressionPtr> Or() {
    ExpressionPtr left = ROWHOUSE_TRY(And());
    while (Accept("||")) {
      ExpressionPtr right = ROWHOUSE_TRY(And());
      left = ROWHOUSE_TRY(Both(Operation::kOr, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExpressionPtr> And() {
    ExpressionPtr left = ROWHOUSE_TRY(Relation());
    while (Accept("&&")) {
      ExpressionPtr right = ROWHOUSE_TRY(Relation());
      left = ROWHOUSE_TRY(Both(Operation::kAnd, std::move(left), std::move(right)));
    }
    return left;
  }

  Result<ExpressionPtr> Relation() {
    ExpressionPtr left = ROWHOUSE_TRY(Sum());
    const auto operation = Find(kRelations, Now());
    if (!operation) {
      return left;
    }
    const Token sign = Take();
    ExpressionPtr right = ROWHOUSE_TRY(Sum());
    if (Find(kRelations, Now())) {
      return FilterError(Now().at, "comparisons do not chain: write a < b && b < c");
    }
    return Relate(*operation, sign, std::move(left), std::move(right));
  }

  template <size_t kCount>
  Result<ExpressionPtr> Arithmetic(
      const std::array<Infix, kCount>& table, Result<ExpressionPtr> (Parser::*below)()
  ) {
    ExpressionPtr left = ROWHOUSE_TRY((this->*below)());
    int chained = 0;
    while (const auto operation = Find(table, Now())) {
      const Token sign = Take();
      if (++chained > Filter::kDepthMax) {
        return FilterError(sign.at, fmt::format("more than {} in one chain", Filter::kDepthMax));
      }
      ExpressionPtr right = ROWHOUSE_TRY((this->*below)());
      const bool texts = *operation == Operation::kAdd && (left->kinds & kTextKind) != 0 &&
                         (right->kinds & kTextKind) != 0;
      if (!texts) {
        ROWHOUSE_TRY(Check(*left, kNumberKind, fmt::format("'{}'", sign.text)));
        ROWHOUSE_TRY(Check(*right, kNumberKind, fmt::format("'{}'", sign.text)));
      }
      const Kinds kinds = kNumberKind | kNullKind | (texts ? kTextKind : Kinds{0});
      left = Join(*operation, kinds, std::move(left), std::move(right));
    }
    return left;
  }

  Result<ExpressionPtr> Sum() { return Arithmetic(kSums, &Parser::Product); }

  Result<ExpressionPtr> Product() { return Arithmetic(kProducts, &Parser::Unary); }

  Result<ExpressionPtr> Unary() {
    const Depth depth(depth_);
    if (depth_ > Filter::kDepthMax) {
      return FilterError(Now().at, fmt::format("nested deeper than {}", Filter::kDepthMax));
    }
    const size_t at = Now().at;
    if (Accept("!")) {
      ExpressionPtr part = ROWHOUSE_TRY(Unary());
      ROWHOUSE_TRY(CheckBool(*part, "what stands behind '!'"));
      ExpressionPtr made = Make(Operation::kNot, kBoolKind | kNullKind, at);
      made->parts.push_back(std::move(part));
      return made;
    }
    if (Accept("-")) {
      ExpressionPtr part = ROWHOUSE_TRY(Unary());
      ROWHOUSE_TRY(Check(*part, kNumberKind, "'-'"));
      if (part->operation == Operation::kLiteral) {
        part->literal.number = part->literal.number.Negated();
        return part;
      }
      ExpressionPtr made = Make(Operation::kNegate, kNumberKind | kNullKind, at);
      made->parts.push_back(std::move(part));
      return made;
    }
    return Postfix();
  }

  Result<ExpressionPtr> Postfix() {
    ExpressionPtr part = ROWHOUSE_TRY(Primary());
    while (Now().Is(".") || Now().Is("[")) {
      if (part->operation != Operation::kField && Now().Is("[")) {
        return FilterError(Now().at, "only key, value and headers have fields");
      }
      part = ROWHOUSE_TRY(Accept(".") ? Member(std::move(part)) : Element(std::move(part)));
    }
    return part;
  }

  // .name, or a call in CEL's way: .contains("x"), .size()
  Result<ExpressionPtr> Member(ExpressionPtr of) {
    if (Now().kind != Token::Kind::kName) {
      return Expected("a field's name; names of other signs go in brackets: value[\"a b\"]");
    }
    const Token name = Take();
    if (!Now().Is("(")) {
      if (of->operation != Operation::kField) {
        return FilterError(name.at, fmt::format("'{}': only key and value have fields", name.text));
      }
      return Deeper(std::move(of), name.text);
    }
    ++next_;
    if (name.text == "size" || name.text == "lower") {
      ROWHOUSE_TRY(Want(")"));
      return Call(name, std::move(of));
    }
    const auto operation = Find(kRelations, name);
    if (!operation || !TakesText(*operation)) {
      return UnknownFunction(name);
    }
    ExpressionPtr argument = ROWHOUSE_TRY(Choice());
    ROWHOUSE_TRY(Want(")"));
    return TextTest(*operation, name, std::move(of), std::move(argument));
  }

  Result<ExpressionPtr> Element(ExpressionPtr of) {
    ROWHOUSE_TRY(Want("["));
    if (Now().kind != Token::Kind::kText && Now().kind != Token::Kind::kNumber) {
      return Expected("a field's name in quotes, or the number of a list's element");
    }
    const std::string name = Take().text;
    ROWHOUSE_TRY(Want("]"));
    return Deeper(std::move(of), name);
  }

  Result<ExpressionPtr> Deeper(ExpressionPtr of, const std::string& name) {
    FieldRef ref = refs_[of->field];
    if (ref.path.size() >= static_cast<size_t>(Filter::kDepthMax)) {
      return FilterError(of->at, fmt::format("deeper than {} fields", Filter::kDepthMax));
    }
    ref.path.push_back(name);
    of->field = Place(std::move(ref));
    return of;
  }

  // A reference on its way to its last field; Renumber() keeps the ends only.
  size_t Place(FieldRef ref) {
    const auto at = std::find(refs_.begin(), refs_.end(), ref);
    if (at != refs_.end()) {
      return static_cast<size_t>(at - refs_.begin());
    }
    refs_.push_back(std::move(ref));
    return refs_.size() - 1;
  }

  Result<ExpressionPtr> Primary() {
    const Token token = Take();
    switch (token.kind) {
      case Token::Kind::kText:
        return TextLiteral(token);
      case Token::Kind::kNumber: {
        const auto number = Number::Parse(token.text);
        if (!number) {
          return FilterError(token.at, fmt::format("'{}' is not a number", token.text));
        }
        ExpressionPtr made = Make(Operation::kLiteral, kNumberKind, token.at);
        made->literal = FilterValue::Of(*number);
        return made;
      }
      case Token::Kind::kName:
        return Now().Is("(") ? Function(token) : Named(token);
      case Token::Kind::kSign:
        if (token.text == "(") {
          ExpressionPtr inside = ROWHOUSE_TRY(Choice());
          ROWHOUSE_TRY(Want(")"));
          return inside;
        }
        if (token.text == "[") {
          return List(token.at);
        }
        break;
      case Token::Kind::kEnd:
        break;
    }
    return FilterError(
        token.at, fmt::format("expected a value such as value.after.id, found {}", token.Shown())
    );
  }

  Result<ExpressionPtr> List(size_t at) {
    ExpressionPtr made = Make(Operation::kList, kListKind, at);
    while (!Accept("]")) {
      if (!made->parts.empty()) {
        ROWHOUSE_TRY(Want(","));
      }
      made->parts.push_back(ROWHOUSE_TRY(Choice()));
    }
    return made;
  }

  Result<ExpressionPtr> Named(const Token& name) {
    struct Word {
      std::string_view text;
      Operation operation;
      Kinds kinds;
    };

    constexpr std::array<Word, 5> kWords = {{
        {"op", Operation::kOp, kTextKind},
        {"ts", Operation::kTime, kTimeKind},
        {"partition", Operation::kPartition, kNumberKind},
        {"offset", Operation::kOffset, kNumberKind},
        {"size", Operation::kSize, kNumberKind},
    }};
    for (const Word& word : kWords) {
      if (word.text == name.text) {
        names_op_ = names_op_ || word.operation == Operation::kOp;
        return Make(word.operation, word.kinds, name.at);
      }
    }
    if (name.text == "true" || name.text == "false") {
      ExpressionPtr made = Make(Operation::kLiteral, kBoolKind, name.at);
      made->literal = FilterValue::Bool(name.text == "true");
      return made;
    }
    if (name.text == "null") {
      return Make(Operation::kLiteral, kNullKind, name.at);
    }
    if (name.text == "headers") {
      return Header(name.at);
    }
    if (name.text == "key" || name.text == "value") {
      ExpressionPtr made = Make(Operation::kField, kAnyKind, name.at);
      made->field = Place({name.text == "key" ? FieldRef::Root::kKey : FieldRef::Root::kValue, {}});
      return made;
    }
    return FilterError(
        name.at,
        fmt::format(
            "'{}' is not known; there are key, value, headers, op, ts, partition, offset, size "
            "(a column is value.after.{} , a text \"{}\")",
            name.text,
            name.text,
            name.text
        )
    );
  }

  Result<ExpressionPtr> Header(size_t at) {
    ROWHOUSE_TRY(Want("["));
    if (Now().kind != Token::Kind::kText) {
      return Expected("a header's name in quotes");
    }
    ExpressionPtr made = Make(Operation::kHeader, kTextKind | kNullKind, at);
    made->text = Take().text;
    ROWHOUSE_TRY(Want("]"));
    return made;
  }

  Result<ExpressionPtr> Function(const Token& name) {
    ROWHOUSE_TRY(Want("("));
    if (name.text != "has" && name.text != "size" && name.text != "lower" &&
        name.text != "timestamp") {
      return UnknownFunction(name);
    }
    ExpressionPtr argument = ROWHOUSE_TRY(Choice());
    ROWHOUSE_TRY(Want(")"));
    return Call(name, std::move(argument));
  }

  const std::vector<Token> tokens_;
  size_t next_ = 0;
  int depth_ = 0;
  bool names_op_ = false;
  std::vector<FieldRef> refs_;
};

// Numbers the references that the tree ends up with from 0, in the order they stand.
void Renumber(Expression& part, const std::vector<FieldRef>& refs, std::vector<FieldRef>& fields) {
  if (part.operation == Operation::kField) {
    const FieldRef& ref = refs[part.field];
    const auto at = std::find(fields.begin(), fields.end(), ref);
    part.field = static_cast<size_t>(at - fields.begin());
    if (at == fields.end()) {
      fields.push_back(ref);
    }
  }
  for (const ExpressionPtr& below : part.parts) {
    Renumber(*below, refs, fields);
  }
}

}  // namespace

Result<ParsedFilter> ParseFilter(std::string_view text) {
  if (text.size() > Filter::kTextMax) {
    return FilterError(
        Filter::kTextMax, fmt::format("longer than {} characters", Filter::kTextMax)
    );
  }
  Parser parser(ROWHOUSE_TRY(SplitFilter(text)));
  ParsedFilter parsed = ROWHOUSE_TRY(parser.Parse());
  Renumber(*parsed.root, parser.refs(), parsed.fields);
  return parsed;
}

}  // namespace rowhouse::browse
