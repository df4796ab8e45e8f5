#include "ddl/lexer.h"

#include <algorithm>

namespace rowhouse::ddl {

namespace {

constexpr uint64_t kAnsiQuotes = 0x4;
constexpr uint64_t kNoBackslashEscapes = 0x100000;

bool IsBlank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

// Bare names hold letters, digits, _, $ and everything that is no ASCII.
bool IsWordPart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

char Upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

}  // namespace

Dialect Dialect::Of(bool mariadb, uint64_t sql_mode) {
  return {mariadb, (sql_mode & kAnsiQuotes) != 0, (sql_mode & kNoBackslashEscapes) != 0};
}

bool Token::Is(std::string_view upper) const {
  return kind == Kind::kWord && text.size() == upper.size() &&
         std::equal(text.begin(), text.end(), upper.begin(), [](char a, char b) {
           return Upper(a) == b;
         });
}

Token Lexer::Next() {
  SkipBlank();
  if (rest_.empty()) {
    return {};
  }
  const char c = rest_[0];
  if (c == '`' || (c == '"' && dialect_.ansi_quotes)) {
    return Quoted(Token::Kind::kName);
  }
  if (c == '\'' || c == '"') {
    return Quoted(Token::Kind::kText);
  }
  size_t size = 1;
  if (IsWordPart(c)) {
    while (size < rest_.size() && IsWordPart(rest_[size])) {
      ++size;
    }
  }
  Token token;
  token.kind = IsWordPart(c) ? Token::Kind::kWord : Token::Kind::kSymbol;
  token.text = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return token;
}

// A doubled quote is one; in texts a backslash takes the next character along.
Token Lexer::Quoted(Token::Kind kind) {
  const char quote = rest_[0];
  const bool escapes = kind == Token::Kind::kText && !dialect_.no_backslash_escapes;
  Token token;
  token.kind = kind;
  size_t at = 1;
  while (at < rest_.size()) {
    const char c = rest_[at++];
    if (c == quote) {
      if (at >= rest_.size() || rest_[at] != quote) {
        break;
      }
      ++at;
    } else if (c == '\\' && escapes && at < rest_.size()) {
      token.text += c;
      token.text += rest_[at++];
      continue;
    }
    token.text += c;
  }
  rest_.remove_prefix(at);
  return token;
}

void Lexer::SkipBlank() {
  while (!rest_.empty()) {
    if (IsBlank(rest_[0])) {
      rest_.remove_prefix(1);
    } else if (!SkipComment()) {
      return;
    }
  }
}

// Also the two ends of an executable comment, so that its inside is read as SQL.
bool Lexer::SkipComment() {
  const auto skip_past = [this](std::string_view end) {
    const size_t at = rest_.find(end);
    rest_.remove_prefix(at == std::string_view::npos ? rest_.size() : at + end.size());
    return true;
  };
  if (rest_[0] == '#') {
    return skip_past("\n");
  }
  if (rest_.starts_with("--") && (rest_.size() == 2 || IsBlank(rest_[2]))) {
    return skip_past("\n");
  }
  if (rest_.starts_with("*/")) {
    rest_.remove_prefix(2);
    return true;
  }
  if (rest_.starts_with("/*!") || (dialect_.mariadb && rest_.starts_with("/*M!"))) {
    rest_.remove_prefix(rest_.find('!') + 1);
    rest_.remove_prefix(std::min(rest_.find_first_not_of("0123456789"), rest_.size()));
    return true;
  }
  if (rest_.starts_with("/*")) {
    // From behind its start: "/*/" does not end itself.
    rest_.remove_prefix(2);
    return skip_past("*/");
  }
  return false;
}

}  // namespace rowhouse::ddl
