#include "clickhouse/data_column.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "clickhouse/type_join.h"

namespace rowhouse::clickhouse {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kCast = "CAST($ AS ?)";

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

// A number as it is and one that is cast mean the same.
std::string_view Meaning(const SourceField& field) {
  return field.expression == "$" ? kCast : std::string_view(field.expression);
}

std::string Filled(std::string sql, std::string_view type, std::string_view source) {
  ReplaceAll(sql, "?", type);
  ReplaceAll(sql, "$", source);
  return sql;
}

bool IsDecimal(const std::string& type) {
  return WithoutNull(type).starts_with("Decimal(");
}

// As MySQL writes it: with all digits after the point.
std::string DecimalText(const std::string& value, const std::string& type) {
  const size_t comma = type.rfind(", ");
  const size_t end = type.find(')', comma);
  return fmt::format("toDecimalString({}, {})", value, type.substr(comma + 2, end - comma - 2));
}

}  // namespace

bool SourceField::ReadsLike(const SourceField& other) const {
  return path == other.path && SameType(queue_type, other.queue_type) &&
         Meaning(*this) == Meaning(other);
}

std::string SourceField::Convert(std::string_view source, const std::string& null_type) const {
  if (SameType(gives, null_type)) {
    return Filled(expression, gives, source);
  }
  if (!IsText(null_type)) {
    // Wider than the field's own type: straight to it, not by way of the narrow one.
    const bool casts = expression.find('?') != std::string::npos;
    const std::string value = Filled(expression, null_type, source);
    return casts ? value : fmt::format("CAST({} AS {})", value, null_type);
  }
  if (WithoutNull(queue_type) == "String" && gives.starts_with("Array(")) {
    return fmt::format("CAST({} AS {})", source, null_type);  // a SET's members: a,b
  }
  const std::string value = Filled(expression, gives, source);
  return fmt::format(
      "CAST({} AS {})", IsDecimal(gives) ? DecimalText(value, gives) : value, null_type
  );
}

std::vector<DataColumn> FreshColumns(
    const TableSchema& table, const std::vector<types::ClickHouseColumn>& columns
) {
  std::vector<DataColumn> all;
  for (const types::ClickHouseColumn& c : columns) {
    DataColumn column;
    column.name = column.shown_as = c.name;
    column.type = c.type;
    column.null_type = c.null_type;
    column.field = {c.path, c.queue_type, c.expression, c.null_type};
    column.source = table.columns[c.source];
    all.push_back(std::move(column));
  }
  return all;
}

std::string NoteOf(const DataColumn& column) {
  const Column& s = column.source;
  Json note;
  if (column.live()) {
    note["mysql"] = column.shown_as;
  }
  note["type"] = std::string(ColumnTypeName(s.type));
  if (s.is_unsigned) {
    note["unsigned"] = true;
  }
  if (!s.nullable) {
    note["not_null"] = true;
  }
  const auto number = [&note](const char* name, uint64_t value) {
    if (value != 0) {
      note[name] = value;
    }
  };
  number("length", s.length);
  number("precision", s.precision);
  number("scale", s.scale);
  number("fsp", s.fsp);
  number("collation", s.collation);
  if (!s.labels.empty()) {
    note["labels"] = s.labels;
  }
  if (!s.declared.empty()) {
    note["declared"] = s.declared;
  }
  if (column.field.there()) {
    note["field"] = column.field.path;
    note["read_as"] = column.field.queue_type;
    note["by"] = column.field.expression;
    note["gives"] = column.field.gives;
  }
  if (!column.since.empty()) {
    note["since"] = column.since;
  }
  return note.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool ReadNote(std::string_view note, DataColumn& column) {
  const Json json = Json::parse(note, nullptr, false);
  if (!json.is_object() || !json.contains("type")) {
    return false;
  }
  try {
    column.shown_as = json.value("mysql", "");
    column.since = json.value("since", "");
    Column& s = column.source;
    s.name = column.shown_as;
    const std::string type = json.value("type", "");
    s.type = ColumnType::kUnknown;
    for (auto t = ColumnType::kTinyInt; t != ColumnType::kUnknown;
         t = static_cast<ColumnType>(static_cast<uint8_t>(t) + 1)) {
      if (ColumnTypeName(t) == type) {
        s.type = t;
      }
    }
    s.is_unsigned = json.value("unsigned", false);
    s.nullable = !json.value("not_null", false);
    s.length = json.value("length", uint32_t{0});
    s.precision = json.value("precision", uint8_t{0});
    s.scale = json.value("scale", uint8_t{0});
    s.fsp = json.value("fsp", uint8_t{0});
    s.collation = json.value("collation", uint16_t{0});
    s.labels = json.value("labels", std::vector<std::string>());
    s.declared = json.value("declared", "");
    column.field = {
        json.value("field", ""),
        json.value("read_as", ""),
        json.value("by", ""),
        json.value("gives", "")};
    return true;
  } catch (const nlohmann::json::exception&) {
    return false;  // a member of another type: no note of ours
  }
}

}  // namespace rowhouse::clickhouse
