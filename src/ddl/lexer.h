#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rowhouse::ddl {

// How a statement is to be read: what the session that sent it had set.
struct Dialect {
  bool mariadb = false;               // "/*M! ... */" is executed
  bool ansi_quotes = false;           // "x" is a name, not a text
  bool no_backslash_escapes = false;  // a backslash in a text is one

  // `sql_mode`: its bits as the log has them; both servers number these two alike.
  static Dialect Of(bool mariadb, uint64_t sql_mode);
};

// A piece of a statement.
struct Token {
  enum class Kind : uint8_t {
    kWord,    // keyword, bare name or number
    kName,    // quoted name
    kText,    // quoted text
    kSymbol,  // one character
    kEnd,
  };

  Kind kind = Kind::kEnd;
  // As written; of names and texts the inside, doubled quotes undone. A text's
  // backslash escapes are passed over but not undone.
  std::string text;

  // A keyword, in any letter case; a quoted name never is one.
  bool Is(std::string_view upper) const;

  bool Is(char symbol) const { return kind == Kind::kSymbol && text[0] == symbol; }

  bool names() const { return kind == Kind::kWord || kind == Kind::kName; }
};

// Cuts MySQL's and MariaDB's SQL into tokens: comments left out, executable ones
// ("/*!50503 ... */") opened.
//
// Takes any bytes: what never ends (a quote, a comment) ends with the statement.
// Linear in the statement's length; holds one token.
//
// Threads: one owner; the statement outlives it.
class Lexer {
 public:
  Lexer(std::string_view sql, Dialect dialect) : rest_(sql), dialect_(dialect) {}

  Token Next();

 private:
  void SkipBlank();
  bool SkipComment();
  Token Quoted(Token::Kind kind);

  std::string_view rest_;
  const Dialect dialect_;
};

}  // namespace rowhouse::ddl
