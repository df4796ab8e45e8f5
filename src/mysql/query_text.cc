#include "mysql/query_text.h"

#include <algorithm>
#include <array>
#include <utility>

namespace rowhouse::mysql {

namespace {

char Upper(char c) {
  return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

bool IsSpace(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\f' || c == '\v';
}

void SkipPast(std::string_view& sql, std::string_view end) {
  const size_t at = sql.find(end);
  sql = at == std::string_view::npos ? std::string_view{} : sql.substr(at + end.size());
}

// Removes what stands before the next word: spaces, comments, and the frame of
// executable comments ("/*!50503 CREATE ...*/").
void SkipToWord(std::string_view& sql) {
  while (!sql.empty()) {
    if (IsSpace(sql[0]) || sql[0] == '(') {
      sql.remove_prefix(1);
    } else if (sql.starts_with("/*!") || sql.starts_with("/*M!")) {
      sql.remove_prefix(sql.find('!') + 1);
      sql.remove_prefix(std::min(sql.find_first_not_of("0123456789"), sql.size()));
    } else if (sql.starts_with("/*")) {
      SkipPast(sql, "*/");
    } else if (sql.starts_with("*/")) {
      sql.remove_prefix(2);
    } else if (sql.starts_with('#') || sql.starts_with("-- ") || sql.starts_with("--\n")) {
      SkipPast(sql, "\n");
    } else {
      return;
    }
  }
}

// The next word if it is `word`, which is then passed.
bool Take(std::string_view& sql, std::string_view word) {
  std::string_view rest = sql;
  SkipToWord(rest);
  if (rest.size() < word.size() ||
      !std::equal(word.begin(), word.end(), rest.begin(), [](char w, char c) {
        return w == Upper(c);
      })) {
    return false;
  }
  rest.remove_prefix(word.size());
  const bool whole =
      rest.empty() || !(rest[0] == '_' || (Upper(rest[0]) >= 'A' && Upper(rest[0]) <= 'Z'));
  if (whole) {
    sql = rest;
  }
  return whole;
}

StatementKind ClassifyXa(std::string_view sql) {
  if (Take(sql, "START") || Take(sql, "BEGIN")) {
    return StatementKind::kXaStart;
  }
  if (Take(sql, "COMMIT") || Take(sql, "ROLLBACK")) {
    return StatementKind::kXaOutcome;
  }
  return StatementKind::kXaEnd;
}

}  // namespace

StatementKind ClassifyStatement(std::string_view sql) {
  using Kind = StatementKind;
  SkipToWord(sql);
  if (sql.empty()) {
    return Kind::kNothing;
  }
  if (Take(sql, "XA")) {
    return ClassifyXa(sql);
  }
  if (Take(sql, "ROLLBACK")) {
    return Take(sql, "TO") ? Kind::kSavepoint : Kind::kEnd;
  }
  if (Take(sql, "START")) {
    return Take(sql, "TRANSACTION") ? Kind::kBegin : Kind::kOther;
  }
  if (MentionsName(sql, "implicitly emptying in-memory table") && Take(sql, "DELETE")) {
    return Kind::kEmptied;
  }
  static constexpr std::pair<std::string_view, Kind> kWords[] = {
      {"BEGIN", Kind::kBegin},
      {"COMMIT", Kind::kEnd},
      {"SAVEPOINT", Kind::kSavepoint},
      {"RELEASE", Kind::kSavepoint},
      {"INSERT", Kind::kRowChange},
      {"UPDATE", Kind::kRowChange},
      {"DELETE", Kind::kRowChange},
      {"REPLACE", Kind::kRowChange},
      {"LOAD", Kind::kRowChange},
      {"WITH", Kind::kRowChange},
  };
  for (const auto& [word, kind] : kWords) {
    if (Take(sql, word)) {
      return kind;
    }
  }
  return Kind::kOther;
}

XaOutcome XaOutcome::Parse(std::string_view sql) {
  XaOutcome out;
  Take(sql, "XA");
  out.commit = Take(sql, "COMMIT");
  if (!out.commit) {
    Take(sql, "ROLLBACK");
  }
  for (const char c : sql) {
    if (c == 'x') {
      out.name += 'X';
    } else if (c >= 'A' && c <= 'F') {
      out.name += static_cast<char>(c - 'A' + 'a');
    } else if (!IsSpace(c)) {
      out.name += c;
    }
  }
  return out;
}

bool MentionsName(std::string_view sql, std::string_view name) {
  const auto* const found =
      std::search(sql.begin(), sql.end(), name.begin(), name.end(), [](char a, char b) {
        return Upper(a) == Upper(b);
      });
  return found != sql.end();
}

}  // namespace rowhouse::mysql
