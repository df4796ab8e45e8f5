#include "clickhouse/sql_guard.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <vector>

#include <fmt/format.h>

namespace rowhouse::clickhouse {
namespace {

constexpr size_t kBytesMax = 100'000;

// Table functions that make rows out of nothing.
constexpr auto kHarmless = std::to_array<std::string_view>(
    {"format",
     "generate_series",
     "generaterandom",
     "generateseries",
     "null",
     "numbers",
     "numbers_mt",
     "primes",
     "values",
     "view",
     "zeros",
     "zeros_mt"}
);

// No table functions, but they leave the server or tell what is not the asker's.
constexpr auto kReaching = std::to_array<std::string_view>(
    {"aiclassify",
     "aiembed",
     "aiextract",
     "aigenerate",
     "aitranslate",
     "catboostevaluate",
     "file",
     "getclienthttpheader",
     "hascolumnintable",
     "reversednsquery"}
);

// Of `system`: nothing that shows statements, settings of tables, grants or the server's set-up.
constexpr auto kSystemTables = std::to_array<std::string_view>(
    {"aggregate_function_combinators",
     "asynchronous_metrics",
     "build_options",
     "collations",
     "columns",
     "contributors",
     "data_skipping_indices",
     "data_type_families",
     "disks",
     "errors",
     "events",
     "formats",
     "functions",
     "licenses",
     "merges",
     "metrics",
     "numbers",
     "numbers_mt",
     "one",
     "parts",
     "parts_columns",
     "projections",
     "replicas",
     "table_engines",
     "table_functions",
     "time_zones",
     "zeros",
     "zeros_mt"}
);

constexpr auto kFirstWords = std::to_array<std::string_view>(
    {"select", "with", "from", "explain", "describe", "desc", "show"}
);

constexpr auto kShown = std::to_array<std::string_view>(
    {"columns",
     "databases",
     "dictionaries",
     "extended",
     "fields",
     "full",
     "functions",
     "index",
     "indexes",
     "indices",
     "keys",
     "tables"}
);

// A piece of a statement that is neither blank nor comment.
struct Token {
  enum class Kind { kWord, kName, kString, kSign };

  Kind kind = Kind::kSign;
  std::string text;  // of a name without its quotes
  size_t at = 0;

  bool Is(std::string_view sign) const { return kind == Kind::kSign && text == sign; }

  bool names() const { return kind == Kind::kWord || kind == Kind::kName; }
};

template <typename List>
bool Has(const List& list, std::string_view word) {
  return std::ranges::find(list, word) != list.end();
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return out;
}

Error Refused(size_t at, std::string_view what) {
  return Error(ErrorKind::kBadRecord, fmt::format("{} (at character {})", what, at + 1))
      .WithCode("E-CON-016")
      .WithNative(static_cast<int>(at) + 1);
}

bool IsWordCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

// Cuts a statement into tokens and blanks its comments.
class Lexer {
 public:
  explicit Lexer(std::string_view sql) : sql_(sql) {}

  Status Run() {
    while (at_ < sql_.size()) {
      ROWHOUSE_TRY(Next());
    }
    return Ok();
  }

  std::string& sql() { return sql_; }

  const std::vector<Token>& tokens() const { return tokens_; }

 private:
  Status Next() {
    const char c = sql_[at_];
    const bool two = at_ + 1 < sql_.size();
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      ++at_;
      return Ok();
    }
    if (c == '-' && two && sql_[at_ + 1] == '-') {
      Blank(std::min(sql_.find('\n', at_), sql_.size()));
      return Ok();
    }
    if (c == '/' && two && sql_[at_ + 1] == '*') {
      const size_t end = sql_.find("*/", at_ + 2);
      if (end == std::string::npos) {
        return Refused(at_, "a comment without its end");
      }
      Blank(end + 2);
      return Ok();
    }
    if (c == '\'' || c == '"' || c == '`') {
      return Quoted(c);
    }
    if (IsWordCharacter(c)) {
      const size_t begin = at_;
      while (at_ < sql_.size() && IsWordCharacter(sql_[at_])) {
        ++at_;
      }
      tokens_.push_back({Token::Kind::kWord, sql_.substr(begin, at_ - begin), begin});
      return Ok();
    }
    if (c <= ' ' || c > '~' || c == '$' || c == '#' || c == '\\') {
      return Refused(
          at_,
          "outside of quotes there can be letters of ASCII, numbers and signs, but no '$', '#', "
          "backslash or other letters"
      );
    }
    tokens_.push_back({Token::Kind::kSign, std::string(1, c), at_++});
    return Ok();
  }

  void Blank(size_t end) {
    for (; at_ < end; ++at_) {
      if (sql_[at_] != '\n') {
        sql_[at_] = ' ';
      }
    }
  }

  Status Quoted(char quote) {
    const size_t begin = at_;
    std::string text;
    for (++at_; at_ < sql_.size(); ++at_) {
      if (sql_[at_] == '\\' && at_ + 1 < sql_.size()) {
        text += sql_[++at_];
      } else if (sql_[at_] == quote) {
        if (at_ + 1 >= sql_.size() || sql_[at_ + 1] != quote) {
          break;
        }
        text += sql_[++at_];
      } else {
        text += sql_[at_];
      }
    }
    if (at_++ >= sql_.size()) {
      return Refused(begin, "a quote without its end");
    }
    // A name with an escape (\x66ile) could read as another one than the server's.
    const bool escaped = sql_.substr(begin, at_ - begin).find('\\') != std::string::npos;
    if (quote != '\'' && escaped) {
      return Refused(begin, "a quoted name with a backslash");
    }
    const auto kind = quote == '\'' ? Token::Kind::kString : Token::Kind::kName;
    tokens_.push_back({kind, std::move(text), begin});
    return Ok();
  }

  std::string sql_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
};

Status CheckBeginning(const std::vector<Token>& tokens) {
  size_t first = 0;
  while (first < tokens.size() && tokens[first].Is("(")) {
    ++first;
  }
  if (first == tokens.size()) {
    return Refused(0, "there is no statement");
  }
  const std::string word = Lower(tokens[first].text);
  if (tokens[first].kind != Token::Kind::kWord || !Has(kFirstWords, word)) {
    return Refused(
        tokens[first].at,
        "only questions: SELECT, WITH, EXPLAIN, DESCRIBE, SHOW TABLES|DATABASES|COLUMNS"
    );
  }
  const bool shows = word == "show";
  const std::string second = first + 1 < tokens.size() ? Lower(tokens[first + 1].text) : "";
  if (shows && !Has(kShown, second)) {
    return Refused(
        tokens[first].at, "of SHOW only TABLES, DATABASES, COLUMNS, INDEXES and FUNCTIONS"
    );
  }
  if (word == "select" || word == "with" || word == "from" || word == "explain") {
    return Ok();
  }
  // These need no function; one would be asked for the form of its rows at another host.
  const auto call = std::ranges::find_if(tokens, [](const Token& t) { return t.Is("("); });
  if (call != tokens.end()) {
    return Refused(call->at, fmt::format("{} of a table's name only", word));
  }
  return Ok();
}

Status CheckToken(
    const std::vector<Token>& tokens, size_t i, const std::set<std::string>& reaching
) {
  const Token& token = tokens[i];
  const bool last = i + 1 == tokens.size();
  if (token.Is(";") && !last) {
    return Refused(token.at, "one statement at a time");
  }
  if (!token.names()) {
    return Ok();
  }
  const std::string word = Lower(token.text);
  if (token.kind == Token::Kind::kWord && word == "outfile") {
    return Refused(token.at, "no INTO OUTFILE; take the rows from the answer");
  }
  if (!last && tokens[i + 1].Is("(")) {
    const bool reaches = reaching.contains(word) && !Has(kHarmless, word);
    if (reaches || Has(kReaching, word)) {
      return Refused(
          token.at, fmt::format("{}() reaches beyond the tables of this server", token.text)
      );
    }
  }
  if (word == "system" && i + 2 < tokens.size() && tokens[i + 1].Is(".")) {
    const Token& table = tokens[i + 2];
    if (!table.names() || !Has(kSystemTables, table.text)) {
      return Refused(
          token.at,
          fmt::format(
              "system.{} is not shown here, it may hold secrets; of `system` there are {}",
              table.text,
              fmt::join(kSystemTables, ", ")
          )
      );
    }
  }
  return Ok();
}

}  // namespace

Result<std::string> GuardReadOnly(std::string_view sql, const std::set<std::string>& reaching) {
  if (sql.size() > kBytesMax) {
    return Refused(kBytesMax, fmt::format("a statement has {} bytes at most", kBytesMax));
  }
  Lexer lexer(sql);
  ROWHOUSE_TRY(lexer.Run());
  const std::vector<Token>& tokens = lexer.tokens();
  ROWHOUSE_TRY(CheckBeginning(tokens));
  for (size_t i = 0; i < tokens.size(); ++i) {
    ROWHOUSE_TRY(CheckToken(tokens, i, reaching));
  }
  if (tokens.back().Is(";")) {
    lexer.sql()[tokens.back().at] = ' ';
  }
  return std::move(lexer.sql());
}

}  // namespace rowhouse::clickhouse
