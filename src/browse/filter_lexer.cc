#include "browse/filter_lexer.h"

#include <array>

#include <fmt/format.h>

namespace rowhouse::browse {

namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

constexpr std::array<std::string_view, 7> kLongSigns = {"==", "!=", "<=", ">=", "&&", "||", "=~"};

constexpr std::string_view kSigns = "<>!+-*/%()[].,?:";

void AppendUtf8(uint32_t point, std::string& out) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | point >> 6);
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xE0 | point >> 12);
    out += static_cast<char>(0x80 | (point >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

class Splitter {
 public:
  explicit Splitter(std::string_view text) : text_(text) {}

  Result<Token> Next() {
    while (at_ < text_.size() &&
           (text_[at_] == ' ' || text_[at_] == '\t' || text_[at_] == '\n' || text_[at_] == '\r')) {
      ++at_;
    }
    if (at_ == text_.size()) {
      return Token{Token::Kind::kEnd, at_, ""};
    }
    const char c = text_[at_];
    if (c == '"' || c == '\'') {
      return Quoted();
    }
    if (IsDigit(c)) {
      return NumberWord();
    }
    if (IsNameStart(c)) {
      const size_t start = at_;
      while (at_ < text_.size() && (IsNameStart(text_[at_]) || IsDigit(text_[at_]))) {
        ++at_;
      }
      return Token{Token::Kind::kName, start, std::string(text_.substr(start, at_ - start))};
    }
    return Sign();
  }

 private:
  Result<Token> NumberWord() {
    const size_t start = at_;
    while (at_ < text_.size() &&
           (IsDigit(text_[at_]) ||
            (text_[at_] == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1])))) {
      ++at_;
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      at_ += at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-') ? 1U : 0U;
      while (at_ < text_.size() && IsDigit(text_[at_])) {
        ++at_;
      }
    }
    return Token{Token::Kind::kNumber, start, std::string(text_.substr(start, at_ - start))};
  }

  Result<Token> Sign() {
    for (const std::string_view sign : kLongSigns) {
      if (text_.substr(at_).starts_with(sign)) {
        at_ += sign.size();
        return Token{Token::Kind::kSign, at_ - sign.size(), std::string(sign)};
      }
    }
    const char c = text_[at_];
    if (kSigns.find(c) == std::string_view::npos) {
      const std::string_view meant = c == '='   ? "; write == to compare"
                                     : c == '&' ? "; write && for and"
                                     : c == '|' ? "; write || for or"
                                                : "";
      return FilterError(at_, fmt::format("'{}' means nothing here{}", c, meant));
    }
    ++at_;
    return Token{Token::Kind::kSign, at_ - 1, std::string(1, c)};
  }

  Result<Token> Quoted() {
    const size_t start = at_;
    const char quote = text_[at_++];
    Token token{Token::Kind::kText, start, ""};
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] != '\\') {
        token.text += text_[at_++];
        continue;
      }
      ++at_;
      ROWHOUSE_TRY(Escape(token.text));
    }
    if (at_ == text_.size()) {
      return FilterError(start, fmt::format("this text has no {} at its end", quote));
    }
    ++at_;
    return token;
  }

  // An escape that is none stays as it is written, so that patterns need no doubled backslashes.
  Status Escape(std::string& out) {
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    switch (c) {
      case '\\':
      case '"':
      case '\'':
        out += c;
        break;
      case 'n':
        out += '\n';
        break;
      case 't':
        out += '\t';
        break;
      case 'r':
        out += '\r';
        break;
      case 'u':
        return Unicode(out);
      default:
        out += '\\';
        return Ok();  // the character itself comes next
    }
    ++at_;
    return Ok();
  }

  Status Unicode(std::string& out) {
    uint32_t point = 0;
    for (size_t i = 1; i <= 4; ++i) {
      const char c = at_ + i < text_.size() ? text_[at_ + i] : '\0';
      const char low = static_cast<char>(c | 0x20);
      if (!IsDigit(c) && (low < 'a' || low > 'f')) {
        return FilterError(at_ - 1, "\\u wants four hex digits");
      }
      point = point << 4 | static_cast<uint32_t>(IsDigit(c) ? c - '0' : low - 'a' + 10);
    }
    AppendUtf8(point, out);
    at_ += 5;
    return Ok();
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::string Token::Shown() const {
  switch (kind) {
    case Kind::kEnd:
      return "the end";
    case Kind::kText:
      return "a text";
    default:
      return "'" + text + "'";
  }
}

Error FilterError(size_t at, std::string_view message) {
  return Error(ErrorKind::kBadRecord, fmt::format("filter, character {}: {}", at + 1, message))
      .WithCode("E-BROWSE-001")
      .WithHint(
          "the language is in docs/manual/browse.md; e.g. op == \"u\" && value.after.price > 10"
      )
      .WithNative(static_cast<int>(at));
}

Result<std::vector<Token>> SplitFilter(std::string_view text) {
  Splitter splitter(text);
  std::vector<Token> tokens;
  do {
    tokens.push_back(ROWHOUSE_TRY(splitter.Next()));
  } while (tokens.back().kind != Token::Kind::kEnd);
  return tokens;
}

}  // namespace rowhouse::browse
