#include "clickhouse/old_rows.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/bytes.h"
#include "clickhouse/client.h"
#include "clickhouse/type_join.h"
#include "types/column_default.h"
#include "types/type_table.h"

namespace rowhouse::clickhouse {
namespace {

using types::Form;

std::string Cast(const std::string& text, const std::string& type) {
  return fmt::format("DEFAULT CAST({} AS {})", QuoteText(text), type);
}

// MySQL's own default of a NOT NULL column that has none.
std::string ImplicitDefault(const Column& column, Form form, const std::string& type) {
  switch (form) {
    case Form::kDate:  // ClickHouse's is 1900-01-01, Debezium's zero date the epoch
      return Cast("1970-01-01", type);
    case Form::kEnum:
      return column.labels.empty() ? "" : "DEFAULT " + QuoteText(column.labels.front());
    case Form::kJson:
      return "DEFAULT 'null'";
    case Form::kBytes:
      return column.type == ColumnType::kBinary
                 ? fmt::format("DEFAULT repeat('\\0', {})", column.length)
                 : "";
    default:
      return "";
  }
}

bool IsZeroDate(std::string_view text) {
  return text.starts_with("0000-00-00");
}

// Of literals whose text says the value.
std::optional<std::string> OfText(
    const Column& column, Form form, const std::string& text, const std::string& type
) {
  switch (form) {
    case Form::kDate:
    case Form::kDateTimeMilli:
    case Form::kDateTimeMicro:
      if (IsZeroDate(text)) {
        return column.nullable ? "" : Cast("1970-01-01", type);
      }
      return Cast(text, type);
    case Form::kZoned:  // written in the session's time zone, whichever that was
    case Form::kGeometry:
    case Form::kPoint:
    case Form::kVector:
    case Form::kUnsupported:
      return std::nullopt;
    case Form::kTime:
      return text.starts_with("-") || text.size() > sizeof("23:59:59.999999") - 1
                 ? std::nullopt
                 : std::optional(Cast(text, type));
    case Form::kSet:
      return text.empty() ? "DEFAULT []"
                          : fmt::format("DEFAULT splitByChar(',', {})", QuoteText(text));
    default:
      return Cast(text, type);
  }
}

}  // namespace

std::optional<std::string> OldRowsDefault(const Column& column, const std::string& type) {
  const Form form = types::FormOf(column);
  if (column.is_generated || (column.default_value && column.default_value->is_expression)) {
    return std::nullopt;
  }
  if (!column.default_value) {
    return column.nullable ? "" : ImplicitDefault(column, form, type);
  }
  const std::string& text = column.default_value->text;
  if (form == Form::kBool || form == Form::kBits || form == Form::kBytes || form == Form::kYear) {
    const auto value = types::ParseDefault(column, form);
    if (!value) {
      return std::nullopt;
    }
    if (form == Form::kBytes) {
      return fmt::format("DEFAULT unhex('{}')", ToHex(AsBytes(value->cell.bytes())));
    }
    return fmt::format("DEFAULT {}", value->cell.u);
  }
  const auto parsed = types::ParseDefault(column, form);
  const bool instant = form == Form::kDate || form == Form::kDateTimeMilli ||
                       form == Form::kDateTimeMicro || form == Form::kTime;
  // CURRENT_TIMESTAMP by another spelling, or a text that is no value of the type.
  if (!parsed && !(instant && IsZeroDate(text))) {
    return std::nullopt;
  }
  if (instant && text.find_first_of("0123456789") != 0) {
    return std::nullopt;
  }
  return OfText(column, form, text, type);
}

}  // namespace rowhouse::clickhouse
