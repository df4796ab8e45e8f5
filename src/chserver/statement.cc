#include "chserver/statement.h"

#include <algorithm>
#include <cctype>

namespace rowhouse::chserver {
namespace {

bool IsWordStart(char c) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_';
}

bool IsWord(char c) {
  return IsWordStart(c) || std::isdigit(static_cast<unsigned char>(c)) != 0;
}

bool IsSpace(char c) {
  return std::isspace(static_cast<unsigned char>(c)) != 0;
}

struct Token {
  enum class Type { kEnd, kWord, kQuoted, kOther };

  Type type = Type::kEnd;
  size_t begin = 0;
  size_t end = 0;
};

class Tokens {
 public:
  explicit Tokens(std::string_view sql) : sql_(sql) {}

  Token Next() {
    SkipBlanks();
    Token token{Token::Type::kEnd, at_, at_};
    if (at_ >= sql_.size()) {
      return token;
    }
    const char c = sql_[at_];
    if (IsWord(c)) {
      token.type = Token::Type::kWord;
      at_ = EndOfWord(at_);
    } else if (c == '\'' || c == '"' || c == '`') {
      token.type = Token::Type::kQuoted;
      at_ = EndOfQuoted(c);
    } else if (c == '$') {
      token.type = Token::Type::kOther;
      at_ = EndOfHeredoc();
    } else {
      token.type = Token::Type::kOther;
      ++at_;
    }
    token.end = at_;
    return token;
  }

  bool Is(const Token& token, std::string_view word) const {
    return token.type == Token::Type::kWord && token.end - token.begin == word.size() &&
           std::equal(
               word.begin(),
               word.end(),
               sql_.begin() + static_cast<ptrdiff_t>(token.begin),
               [](char a, char b) { return a == std::toupper(static_cast<unsigned char>(b)); }
           );
  }

  bool Is(const Token& token, char c) const {
    return token.type == Token::Type::kOther && sql_[token.begin] == c;
  }

  std::string Text(const Token& token) const {
    return std::string(sql_.substr(token.begin, token.end - token.begin));
  }

 private:
  void SkipBlanks() {
    while (at_ < sql_.size()) {
      const std::string_view rest = sql_.substr(at_);
      if (IsSpace(rest[0])) {
        ++at_;
      } else if (rest.starts_with("--") || rest.starts_with("#!") || rest.starts_with("# ")) {
        at_ = std::min(sql_.find('\n', at_), sql_.size());
      } else if (rest.starts_with("/*")) {
        const size_t end = sql_.find("*/", at_ + 2);
        at_ = end == std::string_view::npos ? sql_.size() : end + 2;
      } else {
        return;
      }
    }
  }

  size_t EndOfWord(size_t at) const {
    while (at < sql_.size() && IsWord(sql_[at])) {
      ++at;
    }
    return at;
  }

  // Texts may be megabytes of a block: each byte is looked at by find() alone.
  size_t EndOfQuoted(char quote) const {
    size_t close = sql_.find(quote, at_ + 1);
    size_t escape = sql_.find('\\', at_ + 1);
    while (escape < close) {
      const size_t next = escape + 2;
      close = close < next ? sql_.find(quote, next) : close;
      escape = sql_.find('\\', next);
    }
    return close == std::string_view::npos ? sql_.size() : close + 1;
  }

  // $tag$ … $tag$; a lone '$' is itself.
  size_t EndOfHeredoc() const {
    const size_t tag_end = EndOfWord(at_ + 1);
    if (tag_end >= sql_.size() || sql_[tag_end] != '$') {
      return at_ + 1;
    }
    const std::string_view tag = sql_.substr(at_, tag_end + 1 - at_);
    const size_t close = sql_.find(tag, tag_end + 1);
    return close == std::string_view::npos ? sql_.size() : close + tag.size();
  }

  std::string_view sql_;
  size_t at_ = 0;
};

// Where the rows begin after "FORMAT name": after blanks and one line end, as ClickHouse has it.
size_t AfterFormat(std::string_view sql, size_t at) {
  while (at < sql.size() && (sql[at] == ' ' || sql[at] == '\t' || sql[at] == '\f')) {
    ++at;
  }
  if (at < sql.size() && sql[at] == '\r') {
    ++at;
  }
  if (at < sql.size() && sql[at] == '\n') {
    ++at;
  }
  return at;
}

// After INTO: the table's name, so that a table may be called "format".
Token SkipTarget(Tokens& tokens) {
  Token token = tokens.Next();
  if (tokens.Is(token, "TABLE")) {
    token = tokens.Next();
  }
  if (tokens.Is(token, "FUNCTION")) {
    token = tokens.Next();
  }
  token = tokens.Next();
  while (tokens.Is(token, '.')) {
    tokens.Next();
    token = tokens.Next();
  }
  return token;
}

// Whether the table function input( comes.
bool ReadsInput(Tokens& tokens) {
  bool named = false;
  for (Token token = tokens.Next(); token.type != Token::Type::kEnd; token = tokens.Next()) {
    if (named && tokens.Is(token, '(')) {
      return true;
    }
    named = tokens.Is(token, "INPUT");
  }
  return false;
}

Statement ReadInsert(std::string_view sql, Tokens& tokens) {
  Statement statement;
  statement.kind = Statement::Kind::kInsertRows;
  statement.head_end = statement.data_begin = sql.size();
  Token token = tokens.Next();
  if (tokens.Is(token, "INTO")) {
    token = SkipTarget(tokens);
  }
  int depth = 0;
  bool opened = false;  // the token before was '(': a SELECT may begin
  for (; token.type != Token::Type::kEnd; token = tokens.Next()) {
    const bool may_select = depth == 0 || opened;
    opened = tokens.Is(token, '(');
    if (opened) {
      ++depth;
    } else if (tokens.Is(token, ')')) {
      --depth;
    } else if (may_select && (tokens.Is(token, "SELECT") || tokens.Is(token, "WITH") ||
                              (depth == 0 && tokens.Is(token, "FROM")))) {
      statement.kind = ReadsInput(tokens) ? Statement::Kind::kInsertInput : Statement::Kind::kOther;
      return statement;
    } else if (depth == 0 && tokens.Is(token, ';')) {
      statement.head_end = token.begin;
      return statement;
    } else if (depth == 0 && tokens.Is(token, "VALUES")) {
      statement.format = "Values";
      statement.head_end = token.begin;
      statement.data_begin = token.end;
      return statement;
    } else if (depth == 0 && tokens.Is(token, "FORMAT")) {
      const Token name = tokens.Next();
      statement.format = tokens.Text(name);
      statement.head_end = token.begin;
      statement.data_begin = AfterFormat(sql, name.end);
      return statement;
    }
  }
  return statement;
}

}  // namespace

Statement ReadStatement(std::string_view sql) {
  Tokens tokens(sql);
  Token token = tokens.Next();
  Statement statement;
  if (token.type == Token::Type::kEnd) {
    return statement;
  }
  if (tokens.Is(token, "INSERT")) {
    return ReadInsert(sql, tokens);
  }
  const bool select = tokens.Is(token, "SELECT") || tokens.Is(token, "WITH") ||
                      tokens.Is(token, "FROM") || tokens.Is(token, '(');
  statement.kind = select ? Statement::Kind::kSelect : Statement::Kind::kOther;
  int depth = 0;
  bool ended = false;
  for (; token.type != Token::Type::kEnd; token = tokens.Next()) {
    if (ended) {
      statement.kind = Statement::Kind::kSeveral;
      return statement;
    }
    if (tokens.Is(token, '(')) {
      ++depth;
    } else if (tokens.Is(token, ')')) {
      --depth;
    } else if (depth == 0 && tokens.Is(token, ';')) {
      ended = true;
    } else if (depth == 0 && tokens.Is(token, "FORMAT")) {
      const Token name = tokens.Next();
      if (name.type == Token::Type::kWord) {
        statement.format = tokens.Text(name);
      }
    } else if (tokens.Is(token, "INSERT") || tokens.Is(token, "OUTFILE") || tokens.Is(token, "TOTALS")) {
      statement.kind = Statement::Kind::kOther;
    }
  }
  return statement;
}

}  // namespace rowhouse::chserver
