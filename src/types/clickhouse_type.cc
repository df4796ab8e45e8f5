#include "types/clickhouse_type.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "types/avro_name.h"
#include "types/type_table.h"
#include "types/wire_table.h"

namespace rowhouse::types {
namespace {

void ReplaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
  }
}

std::string FillIn(std::string_view pattern, const Column& column) {
  std::string text(pattern);
  ReplaceAll(text, "{p}", std::to_string(column.precision));
  ReplaceAll(text, "{s}", std::to_string(column.scale));
  ReplaceAll(text, "{f}", std::to_string(column.fsp));
  ReplaceAll(text, "{iso micros}", IsoTimeMicros());
  return text;
}

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

// With room for NULL: Array holds it its own way, LowCardinality inside.
std::string NullableOf(const std::string& type) {
  if (StartsWith(type, "Array(") || StartsWith(type, "Nullable(") || type == "Geometry") {
    return type;
  }
  constexpr std::string_view kLow = "LowCardinality(";
  if (StartsWith(type, kLow)) {
    const std::string inner = type.substr(kLow.size(), type.size() - kLow.size() - 1);
    return std::string(kLow) + NullableOf(inner) + ")";
  }
  return "Nullable(" + type + ")";
}

ClickHouseColumn FromRow(const TypeRow& row, const Column& column, NameMode names) {
  ClickHouseColumn out;
  out.name = column.name;
  out.path = AvroFieldName(column.name, names);
  out.queue_type = NullableOf(FillIn(row.queue, column));
  out.type = FillIn(row.final, column);
  out.expression = FillIn(row.convert, column);
  return out;
}

// A shape's column types ClickHouse's Geometry can hold.
bool IsClickHouseShape(const Column& column) {
  std::string word = column.declared.substr(0, column.declared.find_first_of(" ("));
  std::transform(word.begin(), word.end(), word.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  static const std::set<std::string> shapes = {
      "point", "linestring", "polygon", "multilinestring", "multipolygon"};
  return shapes.count(word) != 0;
}

// What the modes and treatments have cost before ClickHouse sees a value.
void TellLoss(Form form, const Column& column, const Treatment& treatment, ClickHouseColumn& out) {
  const auto lossy = [&out](std::string reason) {
    out.lossy = true;
    out.lossy_reason = std::move(reason);
  };
  if (treatment.kind != Treatment::Kind::kNone) {
    lossy("the column is masked, hashed or cut by format.columns");
  } else if (form == Form::kDecimalDouble) {
    lossy("format.decimal is double, which holds 15 to 17 digits");
  } else if ((form == Form::kConnectTime || form == Form::kConnectTimestamp) && column.fsp > 3) {
    lossy("format.time is connect, which keeps milliseconds");
  }
}

void AdjustDates(Form form, const ClickHouseOptions& options, ClickHouseColumn& out) {
  if (options.wide_dates) {
    return;
  }
  if (form == Form::kDate || form == Form::kConnectDate) {
    out.expression = "addDays(toDate32('1970-01-01'), least(greatest($, -25567), 120529))";
  } else if (form == Form::kDateTimeMilli || form == Form::kConnectTimestamp) {
    out.expression =
        "CAST(fromUnixTimestamp64Milli(least(greatest($, -2208988800000), 10413791999999), 'UTC') "
        "AS "
        "?)";
  } else if (form == Form::kDateTimeMicro) {
    out.expression =
        "CAST(fromUnixTimestamp64Micro(least(greatest($, -2208988800000000), 10413791999999999), "
        "'UTC') AS ?)";
  } else {
    return;
  }
  out.lossy = true;
  out.lossy_reason = "this server's date types end at 1900 and 2299: other years are clamped";
}

// Microseconds of a TIME as it comes in.
std::string MicrosOf(Form form) {
  switch (form) {
    case Form::kConnectTime:
      return "$ * 1000";
    case Form::kNanoTime:
      return "intDiv($, 1000)";
    case Form::kIsoTime:
      return std::string(IsoTimeMicros());
    default:
      return "$";
  }
}

void AdjustToServer(
    Form form, const Column& column, const ClickHouseOptions& options, ClickHouseColumn& out
) {
  AdjustDates(form, options, out);
  if (!options.time64 && out.type.starts_with("Time64")) {
    out.type = "Int64";
    out.expression = MicrosOf(form);
  }
  if (form == Form::kJson && options.json_type) {
    out.type = "JSON";
    // JSON holds objects only: another value goes below a member of its own.
    out.expression =
        "CAST(if(isNull($) or startsWith($, '{'), $, concat('{\"value\":', ifNull($, 'null'), "
        "'}')) AS ?)";
    out.lossy = true;
    out.lossy_reason =
        "ClickHouse's JSON keeps paths, not the text: order of keys, spaces and null members are "
        "lost, and a value that is no object becomes {\"value\": ...}";
  }
  const bool shape = form == Form::kGeometry || form == Form::kPoint;
  if (shape && options.geometry && IsClickHouseShape(column)) {
    out.type = "Geometry";
    out.expression = "if(isNull($), CAST(NULL AS Geometry), readWKB(assumeNotNull($)))";
  }
}

// Types a value reaches without loss from any of our queue types.
bool KeepsEveryValue(const std::string& from, const std::string& to) {
  static const std::vector<std::vector<std::string>> chains = {
      {"Int8", "Int16", "Int32", "Int64", "Int128", "Int256"},
      {"UInt8", "UInt16", "UInt32", "UInt64", "UInt128", "UInt256"},
      {"UInt8", "Int16", "Int32", "Int64", "Int128"},
      {"UInt16", "Int32", "Int64", "Int128"},
      {"UInt32", "Int64", "Int128"},
      {"UInt64", "Int128"},
      {"Bool", "UInt8"},
      {"Float32", "Float64"},
      {"LowCardinality(String)", "String"},
      {"String", "LowCardinality(String)"},
  };
  return from == to || std::any_of(chains.begin(), chains.end(), [&](const auto& chain) {
           const auto at = std::find(chain.begin(), chain.end(), from);
           return at != chain.end() && std::find(at, chain.end(), to) != chain.end();
         });
}

void Override(const std::string& wanted, ClickHouseColumn& out) {
  const bool raw = wanted == "String" && out.queue_type == "Nullable(String)";
  const bool was_lossy = out.lossy;
  if (raw || KeepsEveryValue(out.type, wanted)) {
    out.lossy = was_lossy && !raw;
  } else {
    out.lossy = true;
    out.lossy_reason = fmt::format("{} does not hold every value of {}", wanted, out.type);
  }
  std::string inner = out.expression;
  ReplaceAll(inner, "?", out.null_type);
  out.expression = raw ? "$" : "CAST(" + inner + " AS ?)";
  out.type = wanted;
  out.null_type = NullableOf(wanted);
}

// Whether `expression` can give NULL where `type` holds none.
bool HasOwnNull(const std::string& type) {
  return StartsWith(type, "Array(") || type == "Geometry";
}

void FinishTypes(const Column& column, Form form, ClickHouseColumn& out) {
  out.null_type = NullableOf(out.type);
  const bool always_optional = form == Form::kGeometry || form == Form::kPoint;
  if ((column.nullable || always_optional) && !HasOwnNull(out.type)) {
    out.type = out.null_type;
  }
  if (form == Form::kSet && !column.nullable && out.type == RowOf(form).final) {
    out.type = "Array(LowCardinality(String))";  // may be a sorting key, as one with NULL may not
  }
}

ClickHouseColumn SridOf(const ClickHouseColumn& shape, std::string_view record) {
  ClickHouseColumn srid;
  srid.name = shape.name + "_srid";
  srid.source = shape.source;
  srid.path = fmt::format("{}.{}.srid", shape.path, record);
  srid.queue_type = "Nullable(Int64)";
  srid.type = srid.null_type = "Nullable(Int32)";
  srid.expression = "CAST($ AS ?)";
  return srid;
}

std::vector<ClickHouseColumn> ColumnsOf(
    const TableSchema& table, const WireColumn& wire, const ClickHouseOptions& options
) {
  const Column& column = table.columns[wire.column];
  const Form form = wire.form;
  ClickHouseColumn out = FromRow(RowOf(form), column, options.format.field_names);
  out.source = wire.column;
  TellLoss(form, column, wire.treatment, out);
  AdjustToServer(form, column, options, out);
  out.null_type = NullableOf(out.type);
  const auto wanted = options.overrides.find(column.name);
  if (wanted != options.overrides.end()) {
    Override(wanted->second, out);
  }
  FinishTypes(column, form, out);
  std::vector<ClickHouseColumn> all;
  if (form == Form::kGeometry || form == Form::kPoint) {
    const std::string_view record = form == Form::kPoint ? "Point" : "Geometry";
    all.push_back(SridOf(out, record));
    out.path = fmt::format("{}.{}.wkb", out.path, record);
  }
  all.insert(all.begin(), std::move(out));
  return all;
}

// The table of current rows is ordered by the key, which it reads from the values.
Status CheckKey(const TableSchema& table, const WireTable& wire) {
  for (const uint32_t index : table.primary_key) {
    const auto found = std::ranges::find(wire.value, index, &WireColumn::column);
    const bool plain = found != wire.value.end() && found->treatment.kind == Treatment::Kind::kNone;
    if (!plain) {
      return Error(
                 ErrorKind::kUnsupported,
                 fmt::format(
                     "{}.{} belongs to the key, without which ClickHouse can't keep current rows, "
                     "and is left out, masked, hashed or cut",
                     table.id.ToString(),
                     table.columns[index].name
                 )
      )
          .WithHint("let the key's columns through, or set sink.mode to none");
    }
  }
  return Ok();
}

Status CheckOverrides(const TableSchema& table, const ClickHouseOptions& options) {
  for (const auto& [name, type] : options.overrides) {
    if (!table.Find(name)) {
      return Error(
                 ErrorKind::kConfig,
                 fmt::format(
                     "{} has no column '{}' to give the type {}", table.id.ToString(), name, type
                 )
      )
          .WithHint("correct the column's name in the table's overrides, or remove the line");
    }
  }
  return Ok();
}

}  // namespace

std::string ClickHouseColumn::Convert(std::string_view source_sql) const {
  std::string sql = expression;
  ReplaceAll(sql, "?", null_type);
  ReplaceAll(sql, "$", source_sql);
  return sql;
}

std::string ClickHouseColumn::Required(std::string_view source_sql) const {
  return WithoutNull(Convert(source_sql));
}

std::string ClickHouseColumn::WithoutNull(const std::string& sql) const {
  if (type == null_type) {
    return sql;
  }
  return StartsWith(type, "Array(") ? "arrayMap(x -> ifNull(x, ''), " + sql + ")"
                                    : "assumeNotNull(" + sql + ")";
}

Result<std::vector<ClickHouseColumn>> ClickHouseColumns(
    const TableSchema& table, const ClickHouseOptions& options
) {
  ROWHOUSE_TRY(CheckOverrides(table, options));
  const WireTable wire_table = ROWHOUSE_TRY(MakeWireTable(table, options.format));
  ROWHOUSE_TRY(CheckKey(table, wire_table));
  std::vector<ClickHouseColumn> all;
  std::set<std::string> names;
  std::set<std::string> paths;
  for (const WireColumn& wire : wire_table.value) {
    for (ClickHouseColumn& column : ColumnsOf(table, wire, options)) {
      if (!names.insert(column.name).second || !paths.insert(column.path).second) {
        return Error(
                   ErrorKind::kUnsupported,
                   fmt::format(
                       "{}: two columns would be called '{}' in ClickHouse or in Avro",
                       table.id.ToString(),
                       column.name
                   )
        )
            .WithHint("exclude one of the two columns");
      }
      all.push_back(std::move(column));
    }
  }
  return all;
}

}  // namespace rowhouse::types
