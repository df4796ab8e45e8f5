#include "backfill/condition.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include <fmt/format.h>

namespace rowhouse::backfill {

namespace {

constexpr size_t kBytesMost = 4'000;

// Words that begin something else than an expression over the row.
constexpr auto kForbidden = std::to_array<std::string_view>(
    {"except",
     "intersect",
     "into",
     "lock",
     "next",
     "nextval",
     "previous",
     "procedure",
     "select",
     "table",
     "union",
     "with"}
);

// What may stand before a bracket; in order. Functions of values alone, and operators.
constexpr auto kBeforeBracket = std::to_array<std::string_view>(
    {"abs",
     "adddate",
     "all",
     "and",
     "any",
     "ascii",
     "between",
     "bin",
     "binary",
     "bit_count",
     "case",
     "cast",
     "ceil",
     "ceiling",
     "char",
     "char_length",
     "coalesce",
     "concat",
     "concat_ws",
     "convert",
     "crc32",
     "curdate",
     "current_date",
     "current_timestamp",
     "curtime",
     "date",
     "date_add",
     "date_format",
     "date_sub",
     "datediff",
     "day",
     "dayofmonth",
     "dayofweek",
     "dayofyear",
     "decimal",
     "div",
     "else",
     "exists",
     "extract",
     "field",
     "find_in_set",
     "floor",
     "from_days",
     "from_unixtime",
     "greatest",
     "hex",
     "hour",
     "if",
     "ifnull",
     "in",
     "inet6_aton",
     "inet6_ntoa",
     "inet_aton",
     "inet_ntoa",
     "instr",
     "interval",
     "is",
     "isnull",
     "json_contains",
     "json_extract",
     "json_length",
     "json_type",
     "json_unquote",
     "json_value",
     "last_day",
     "lcase",
     "least",
     "left",
     "length",
     "like",
     "locate",
     "lower",
     "lpad",
     "ltrim",
     "md5",
     "microsecond",
     "mid",
     "minute",
     "mod",
     "month",
     "not",
     "now",
     "nullif",
     "octet_length",
     "or",
     "pow",
     "power",
     "quarter",
     "regexp",
     "replace",
     "reverse",
     "right",
     "rlike",
     "round",
     "rpad",
     "rtrim",
     "second",
     "sha1",
     "sha2",
     "sign",
     "str_to_date",
     "strcmp",
     "subdate",
     "substr",
     "substring",
     "substring_index",
     "then",
     "time",
     "timestamp",
     "timestampadd",
     "timestampdiff",
     "to_days",
     "trim",
     "truncate",
     "ucase",
     "unhex",
     "unix_timestamp",
     "upper",
     "utc_date",
     "utc_timestamp",
     "varchar",
     "week",
     "weekday",
     "when",
     "xor",
     "year",
     "yearweek"}
);
static_assert(std::ranges::is_sorted(kBeforeBracket));

Error Refused(std::string_view what) {
  return Error(ErrorKind::kBadRecord, fmt::format("where: {} is not let through here", what))
      .WithCode("E-FILL-005")
      .WithHint(
          "compare the table's own columns: status = 'paid' AND id > 7. Anything else by rowhouse "
          "backfill --where, which is the administrator's"
      );
}

bool IsWord(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '$' ||
         (static_cast<unsigned char>(c) & 0x80U) != 0;
}

// Reads a condition from left to right; quotes, brackets and words are all it tells apart.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  Status Read() {
    while (at_ < text_.size()) {
      ROWHOUSE_TRY(IsWord(text_[at_]) ? ReadWord() : ReadMark());
    }
    return open_ == 0 ? Ok() : Refused("a bracket that nothing closes");
  }

 private:
  Status ReadWord() {
    const size_t begin = at_;
    while (at_ < text_.size() && IsWord(text_[at_])) {
      ++at_;
    }
    std::string word(text_.substr(begin, at_ - begin));
    std::ranges::transform(word, word.begin(), [](unsigned char c) {
      return static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
    });
    if (std::ranges::find(kForbidden, word) != kForbidden.end()) {
      return Refused(fmt::format("the word {}", word));
    }
    const size_t next = text_.find_first_not_of(" \t\r\n", at_);
    const bool bracket = next != std::string_view::npos && text_[next] == '(';
    const bool known = std::ranges::binary_search(kBeforeBracket, std::string_view(word));
    // a.b(...) is a function of somebody's own, whatever b is.
    if (bracket && (!known || qualified_)) {
      return Refused(fmt::format("the function {}", word));
    }
    qualified_ = false;
    return Ok();
  }

  Status ReadMark() {
    const char c = text_[at_];
    const std::string_view two = text_.substr(at_, 2);
    if (c == '\'' || c == '"' || c == '`') {
      return ReadQuoted(c);
    }
    if (c == ';' || c == '@' || c == '#' || c == '\\' || two == "--" || two == "/*" || c == '\0') {
      return Refused(
          two == "--" || two == "/*" || c == '#' ? std::string("a comment") : fmt::format("'{}'", c)
      );
    }
    open_ += c == '(' ? 1 : c == ')' ? -1 : 0;
    if (open_ < 0) {
      return Refused("a bracket that nothing opens");
    }
    qualified_ = c == '.' || (qualified_ && std::isspace(static_cast<unsigned char>(c)) != 0);
    ++at_;
    return Ok();
  }

  Status ReadQuoted(char quote) {
    const size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) {
      return Refused("a quote that is not closed");
    }
    if (text_.substr(at_, end - at_).find('\\') != std::string_view::npos) {
      return Refused("a backslash, which servers read in different ways,");
    }
    at_ = end + 1;
    const size_t next = text_.find_first_not_of(" \t\r\n", at_);
    if (quote != '\'' && next != std::string_view::npos && text_[next] == '(') {
      return Refused("a function by a quoted name");
    }
    qualified_ = false;
    return Ok();
  }

  const std::string_view text_;
  size_t at_ = 0;
  int open_ = 0;
  bool qualified_ = false;  // a dot is before this
};

}  // namespace

Status CheckCondition(std::string_view where) {
  if (where.size() > kBytesMost) {
    return Refused(fmt::format("more than {} bytes", kBytesMost));
  }
  return Reader(where).Read();
}

}  // namespace rowhouse::backfill
