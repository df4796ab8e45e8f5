#include "mysql/column_info.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "mysql/row_period.h"

namespace rowhouse::mysql {

namespace {

struct NamedType {
  std::string_view name;
  ColumnType type;
};

// DATA_TYPE of both servers, lower case.
constexpr NamedType kTypes[] = {
    {"tinyint", ColumnType::kTinyInt},
    {"smallint", ColumnType::kSmallInt},
    {"mediumint", ColumnType::kMediumInt},
    {"int", ColumnType::kInt},
    {"bigint", ColumnType::kBigInt},
    {"float", ColumnType::kFloat},
    {"double", ColumnType::kDouble},
    {"decimal", ColumnType::kDecimal},
    {"bit", ColumnType::kBit},
    {"date", ColumnType::kDate},
    {"time", ColumnType::kTime},
    {"datetime", ColumnType::kDateTime},
    {"timestamp", ColumnType::kTimestamp},
    {"year", ColumnType::kYear},
    {"char", ColumnType::kChar},
    {"varchar", ColumnType::kVarchar},
    {"tinytext", ColumnType::kText},
    {"text", ColumnType::kText},
    {"mediumtext", ColumnType::kText},
    {"longtext", ColumnType::kText},
    {"binary", ColumnType::kBinary},
    {"varbinary", ColumnType::kVarbinary},
    {"tinyblob", ColumnType::kBlob},
    {"blob", ColumnType::kBlob},
    {"mediumblob", ColumnType::kBlob},
    {"longblob", ColumnType::kBlob},
    {"enum", ColumnType::kEnum},
    {"set", ColumnType::kSet},
    {"json", ColumnType::kJson},
    {"geometry", ColumnType::kGeometry},
    {"point", ColumnType::kGeometry},
    {"linestring", ColumnType::kGeometry},
    {"polygon", ColumnType::kGeometry},
    {"multipoint", ColumnType::kGeometry},
    {"multilinestring", ColumnType::kGeometry},
    {"multipolygon", ColumnType::kGeometry},
    {"geometrycollection", ColumnType::kGeometry},
    {"geomcollection", ColumnType::kGeometry},
    {"vector", ColumnType::kVector},
    {"uuid", ColumnType::kUuid},
    {"inet4", ColumnType::kInet4},
    {"inet6", ColumnType::kInet6},
};

ColumnType TypeOf(std::string_view data_type) {
  for (const NamedType& t : kTypes) {
    if (t.name == data_type) {
      return t.type;
    }
  }
  return ColumnType::kUnknown;
}

bool IsText(ColumnType type) {
  return type == ColumnType::kChar || type == ColumnType::kVarchar || type == ColumnType::kText ||
         type == ColumnType::kEnum || type == ColumnType::kSet;
}

bool IsBinary(ColumnType type) {
  return type == ColumnType::kBinary || type == ColumnType::kVarbinary ||
         type == ColumnType::kBlob || type == ColumnType::kUuid || type == ColumnType::kInet4 ||
         type == ColumnType::kInet6 || type == ColumnType::kGeometry || type == ColumnType::kVector;
}

// The numbers in "decimal(10,2) unsigned" or "varchar(20)"; 0 where there is none.
std::pair<uint32_t, uint32_t> Parameters(std::string_view column_type) {
  std::pair<uint32_t, uint32_t> found{0, 0};
  const size_t open = column_type.find('(');
  if (open == std::string_view::npos) {
    return found;
  }
  const char* end = column_type.data() + column_type.size();
  const auto first = std::from_chars(column_type.data() + open + 1, end, found.first);
  if (first.ptr != end && *first.ptr == ',') {
    std::from_chars(first.ptr + 1, end, found.second);
  }
  return found;
}

void SetSize(Column& column) {
  const auto [first, second] = Parameters(column.declared);
  switch (column.type) {
    case ColumnType::kChar:
    case ColumnType::kVarchar:
    case ColumnType::kBinary:
    case ColumnType::kVarbinary:
    case ColumnType::kVector:
      column.length = first;
      break;
    case ColumnType::kBit:
      column.length = first == 0 ? 1 : first;
      break;
    case ColumnType::kUuid:
    case ColumnType::kInet6:
      column.length = 16;  // as the log has them: BINARY
      break;
    case ColumnType::kInet4:
      column.length = 4;
      break;
    case ColumnType::kDecimal:
      column.precision = static_cast<uint8_t>(first);
      column.scale = static_cast<uint8_t>(second);
      break;
    case ColumnType::kTime:
    case ColumnType::kDateTime:
    case ColumnType::kTimestamp:
      column.fsp = static_cast<uint8_t>(first);
      break;
    default:
      break;
  }
}

std::string Lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) {
    return static_cast<char>(std::tolower(c));
  });
  return out;
}

// The character that `text` spells at `at`, as both servers quote texts: '' and \\, and \n, \r and
// \0 for what has no face; `at` moves past it.
char ReadQuoted(std::string_view text, size_t& at) {
  const char c = text[at++];
  const bool pair = (c == '\'' || c == '\\') && at < text.size();
  if (!pair) {
    return c;
  }
  const char second = text[at++];
  const bool escape = c == '\\';
  return escape && second == 'n'   ? '\n'
         : escape && second == 'r' ? '\r'
         : escape && second == '0' ? '\0'
                                   : second;
}

// MariaDB quotes literals and leaves numbers and expressions bare.
ColumnDefault MariaDbDefault(std::string_view text) {
  if (text.size() < 2 || text.front() != '\'' || text.back() != '\'') {
    const bool number = !text.empty() && text.find_first_not_of("0123456789.+-eE") == text.npos;
    const bool bits = text.starts_with("b'") || text.starts_with("0x") || text.starts_with("x'");
    return {std::string(text), !number && !bits};
  }
  ColumnDefault literal;
  const std::string_view inside = text.substr(1, text.size() - 2);
  for (size_t i = 0; i < inside.size();) {
    literal.text += ReadQuoted(inside, i);
  }
  return literal;
}

std::optional<ColumnDefault> DefaultOf(const DictionaryColumn& from, Flavor flavor) {
  if (!from.default_text.has_value()) {
    return std::nullopt;
  }
  const std::string& text = *from.default_text;
  // What bytes' default was is lost where MariaDB shows it as text with '?', and where MySQL ends
  // it at its first zero byte. No default is better than another one.
  const bool lost = text.find('?') != std::string::npos || text == "0x";
  if (lost && IsBinary(TypeOf(Lower(from.data_type)))) {
    return std::nullopt;
  }
  if (flavor == Flavor::kMariaDb) {
    return text == "NULL" ? std::nullopt : std::optional(MariaDbDefault(text));
  }
  // MySQL 5.7 has no such word for the only expression it knows.
  const bool moment = from.data_type == "datetime" || from.data_type == "timestamp";
  const bool expression = from.extra.find("DEFAULT_GENERATED") != std::string::npos ||
                          (moment && Lower(text).starts_with("current_timestamp"));
  return ColumnDefault{text, expression};
}

bool IsGenerated(const DictionaryColumn& from) {
  const std::string extra = Lower(from.extra);
  const bool said = extra.find("virtual generated") != std::string::npos ||
                    extra.find("stored generated") != std::string::npos ||
                    extra.find("persistent") != std::string::npos;
  return said || !from.generation.empty();
}

}  // namespace

std::vector<std::string> ParseLabels(std::string_view column_type) {
  std::vector<std::string> labels;
  if (!column_type.starts_with("enum(") && !column_type.starts_with("set(")) {
    return labels;
  }
  size_t i = column_type.find('(') + 1;
  while (i < column_type.size() && column_type[i] != ')') {
    if (column_type[i++] != '\'') {
      continue;  // a comma
    }
    std::string& label = labels.emplace_back();
    const auto ends = [&] { return column_type[i] == '\'' && column_type.substr(i, 2) != "''"; };
    while (i < column_type.size() && !ends()) {
      label += ReadQuoted(column_type, i);
    }
    ++i;
  }
  return labels;
}

Column ToColumn(const DictionaryColumn& from, Flavor flavor, const CollationIds& collations) {
  Column to;
  to.name = from.name;
  to.type = TypeOf(Lower(from.data_type));
  to.declared = from.column_type;
  to.is_unsigned = from.column_type.find(" unsigned") != std::string::npos;
  to.nullable = from.nullable;
  to.is_generated = IsGenerated(from);
  if (from.generation == "ROW END") {
    to.declared += kRowEndDeclaration;
  }
  to.default_value = DefaultOf(from, flavor);
  to.comment = from.comment;
  SetSize(to);
  if (IsText(to.type)) {
    const auto id = collations.find(from.collation);
    to.collation = id == collations.end() ? uint16_t{0} : id->second;
  } else if (IsBinary(to.type)) {
    to.collation = 63;
  }
  if (to.type == ColumnType::kEnum || to.type == ColumnType::kSet) {
    to.labels = ParseLabels(from.column_type);
  }
  if (from.checked_as_json && to.type == ColumnType::kText) {
    to.type = ColumnType::kJson;
  }
  return to;
}

}  // namespace rowhouse::mysql
