#include "types/wire_table.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "types/avro_name.h"

namespace rowhouse::types {
namespace {

bool IsText(Form form) {
  return form == Form::kString || form == Form::kEnum || form == Form::kSet;
}

Form OfBinary(BinaryMode mode) {
  switch (mode) {
    case BinaryMode::kBytes:
      return Form::kBytes;
    case BinaryMode::kBase64:
      return Form::kBase64;
    case BinaryMode::kBase64Url:
      return Form::kBase64Url;
    case BinaryMode::kHex:
      return Form::kHex;
  }
  return Form::kBytes;
}

Form OfDate(TimeMode mode) {
  return mode == TimeMode::kConnect     ? Form::kConnectDate
         : mode == TimeMode::kIsoString ? Form::kIsoDate
                                        : Form::kDate;
}

Form OfTime(TimeMode mode) {
  switch (mode) {
    case TimeMode::kConnect:
      return Form::kConnectTime;
    case TimeMode::kIsoString:
      return Form::kIsoTime;
    case TimeMode::kNanos:
      return Form::kNanoTime;
    default:
      return Form::kTime;
  }
}

Form OfDateTime(TimeMode mode, Form adaptive) {
  switch (mode) {
    case TimeMode::kAdaptive:
      return adaptive;
    case TimeMode::kConnect:
      return Form::kConnectTimestamp;
    case TimeMode::kIsoString:
      return Form::kIsoTimestamp;
    case TimeMode::kMicros:
      return Form::kDateTimeMicro;
    case TimeMode::kNanos:
      return Form::kNanoTimestamp;
  }
  return adaptive;
}

// Whether the treatment can be done to values of the form. What can't be masked must not go
// out in clear.
bool CanBeDone(const Treatment& treatment, Form form) {
  switch (treatment.kind) {
    case Treatment::Kind::kNone:
      return true;
    case Treatment::Kind::kMask:
    case Treatment::Kind::kHash:
      return IsText(form);
    case Treatment::Kind::kTruncate:
      return IsText(form) || form == Form::kBytes || form == Form::kHex || form == Form::kBase64 ||
             form == Form::kBase64Url;
  }
  return false;
}

bool Wanted(const TableSchema& table, const Column& column, const Format& format) {
  const std::string& db = table.id.db;
  const bool in = format.include_columns.empty() ||
                  AnyMatches(format.include_columns, {db, table.id.table, column.name});
  return in && !AnyMatches(format.exclude_columns, {db, table.id.table, column.name});
}

Treatment TreatmentOf(const TableSchema& table, const Column& column, const Format& format) {
  for (const ColumnRule& rule : format.treatments) {
    if (rule.columns.Matches({table.id.db, table.id.table, column.name})) {
      return rule.treatment;
    }
  }
  return {};
}

Result<std::vector<uint32_t>> KeyOf(const TableSchema& table, const Format& format) {
  const auto rule = std::ranges::find_if(format.keys, [&](const KeyRule& r) {
    return r.tables.Matches({table.id.db, table.id.table});
  });
  if (rule == format.keys.end()) {
    return table.primary_key;
  }
  std::vector<uint32_t> key;
  for (const std::string& name : rule->columns) {
    const auto index = table.Find(name);
    if (!index) {
      return Error(
                 ErrorKind::kUnsupported,
                 fmt::format("{} has no column '{}' to make the key of", table.id.ToString(), name)
      )
          .WithHint("correct format.key_columns");
    }
    key.push_back(*index);
  }
  return key;
}

Status CheckName(
    const TableSchema& table, const Column& column, NameMode mode, std::set<std::string>& names
) {
  std::string name = AvroFieldName(column.name, mode);
  if (mode == NameMode::kNone && !IsAvroName(name)) {
    return Error(
               ErrorKind::kUnsupported,
               fmt::format(
                   "{}.{}: Avro allows no such name, and format.field_names is none",
                   table.id.ToString(),
                   column.name
               )
    )
        .WithHint("set format.field_names to avro or avro_unicode");
  }
  if (!names.insert(name).second) {
    return Error(
               ErrorKind::kUnsupported,
               fmt::format(
                   "{}: two columns would be called '{}' in Avro", table.id.ToString(), name
               )
    )
        .WithHint("exclude one of the two columns");
  }
  return Ok();
}

Result<Form> MappedForm(const TableSchema& table, const Column& column, const Format& format) {
  const Form form = FormOf(column, format);
  if (form == Form::kUnsupported) {
    return Error(
        ErrorKind::kUnsupported,
        fmt::format(
            "{}.{}: type '{}' has no mapping to Avro",
            table.id.ToString(),
            column.name,
            column.declared.empty() ? ColumnTypeName(column.type) : column.declared
        )
    );
  }
  return form;
}

}  // namespace

Form FormOf(const Column& column, const Format& format) {
  const Form form = FormOf(column);
  switch (form) {
    case Form::kDecimal:
      return format.decimal == DecimalMode::kDouble   ? Form::kDecimalDouble
             : format.decimal == DecimalMode::kString ? Form::kDecimalText
                                                      : form;
    case Form::kUInt64:
      return format.unsigned_bigint == UnsignedBigintMode::kPrecise ? Form::kUInt64Exact : form;
    case Form::kBytes:
      return OfBinary(format.binary);
    case Form::kDate:
      return OfDate(format.time);
    case Form::kTime:
      return OfTime(format.time);
    case Form::kDateTimeMilli:
    case Form::kDateTimeMicro:
      return OfDateTime(format.time, form);
    default:
      return form;
  }
}

Result<WireTable> MakeWireTable(const TableSchema& table, const Format& format) {
  WireTable wire;
  std::set<std::string> names;
  for (uint32_t i = 0; i < table.columns.size(); ++i) {
    const Column& column = table.columns[i];
    if (!Wanted(table, column, format)) {
      continue;
    }
    ROWHOUSE_TRY(CheckName(table, column, format.field_names, names));
    WireColumn out;
    out.column = i;
    out.form = ROWHOUSE_TRY(MappedForm(table, column, format));
    out.treatment = TreatmentOf(table, column, format);
    if (!CanBeDone(out.treatment, out.form)) {
      return Error(
                 ErrorKind::kUnsupported,
                 fmt::format(
                     "{}.{}: {} can't be masked, hashed or cut",
                     table.id.ToString(),
                     column.name,
                     column.declared.empty() ? ColumnTypeName(column.type) : column.declared
                 )
      )
          .WithHint("leave the column out (source.exclude_columns), or correct format.columns");
    }
    wire.value.push_back(std::move(out));
  }
  if (wire.value.empty() && !table.columns.empty()) {
    return Error(
               ErrorKind::kUnsupported,
               fmt::format("{}: every column is left out", table.id.ToString())
    )
        .WithHint("leave out the table itself: source.exclude_tables");
  }
  for (const uint32_t i : ROWHOUSE_TRY(KeyOf(table, format))) {
    WireColumn out;
    out.column = i;
    out.form = ROWHOUSE_TRY(MappedForm(table, table.columns[i], format));
    wire.key.push_back(std::move(out));
  }
  return wire;
}

}  // namespace rowhouse::types
