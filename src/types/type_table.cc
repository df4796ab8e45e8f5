#include "types/type_table.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

#include "base/check.h"

namespace rowhouse::types {
namespace {

constexpr std::string_view kCast = "CAST($ AS ?)";
constexpr std::string_view kUnsigned64 = "reinterpretAsUInt64($)";
constexpr std::string_view kDays = "addDays(toDate32('1970-01-01'), $)";
// Time64 has no way in from an integer of microseconds but through a decimal.
constexpr std::string_view kMicrosToTime =
    "CAST(CAST(reinterpret($, 'Decimal64(6)') AS Nullable(Decimal(18, 6))) AS ?)";
constexpr std::string_view kMilli = "CAST(fromUnixTimestamp64Milli($, 'UTC') AS ?)";
constexpr std::string_view kMicro = "CAST(fromUnixTimestamp64Micro($, 'UTC') AS ?)";
// Parsers see the empty text under a NULL too, hence ifNull. OrNull: a text that is no time must
// not stop the queue for all other messages.
constexpr std::string_view kZonedText =
    "CAST(if(isNull($), NULL, parseDateTime64BestEffortOrNull(ifNull($, '1970-01-01T00:00:00Z'), "
    "6, "
    "'UTC')) AS ?)";
// Array can't be Nullable: [NULL] is SQL's NULL (no member is NULL), [] the empty set.
constexpr std::string_view kMembers =
    "CAST(if(isNull($), [NULL], if(empty($), [], splitByChar(',', assumeNotNull($)))) AS ?)";
constexpr std::string_view kPlain = "$";
constexpr std::string_view kTextToDecimal = "CAST(toDecimal256OrNull($, {s}) AS ?)";
constexpr std::string_view kMillisToTime =
    "CAST(CAST(reinterpret($ * 1000, 'Decimal64(6)') AS Nullable(Decimal(18, 6))) AS ?)";
constexpr std::string_view kNanosToTime =
    "CAST(CAST(reinterpret(intDiv($, 1000), 'Decimal64(6)') AS Nullable(Decimal(18, 6))) AS ?)";
constexpr std::string_view kNanos = "CAST(fromUnixTimestamp64Nano($, 'UTC') AS ?)";
// By way of DateTime64: reading a Date32 from text clamps it to 1900..2299.
constexpr std::string_view kIsoToDate =
    "addDays(toDate32('1970-01-01'), toInt64(floor(toUnixTimestamp64Milli("
    "parseDateTime64BestEffortOrNull(concat(substring($, 1, 10), 'T00:00:00Z'), 3, 'UTC')) / "
    "86400000)))";
constexpr std::string_view kIsoToTime =
    "CAST(CAST(reinterpret({iso micros}, 'Decimal64(6)') AS Nullable(Decimal(18, 6))) AS ?)";

constexpr std::string_view kConnectDecimal = "org.apache.kafka.connect.data.Decimal";
constexpr std::string_view kDateTime64 = "DateTime64({f}, 'UTC')";
constexpr std::string_view kSetType = "Array(LowCardinality(Nullable(String)))";

constexpr auto kTable = std::to_array<TypeRow>({
    {Form::kInt8, "int", "int16", "", "Int64", "Int8", kCast},
    {Form::kUInt8, "int", "int16", "", "Int64", "UInt8", kCast},
    {Form::kInt16, "int", "int16", "", "Int64", "Int16", kCast},
    {Form::kUInt16, "int", "", "", "Int64", "UInt16", kCast},
    {Form::kUInt24, "int", "", "", "Int64", "UInt32", kCast},
    {Form::kInt32, "int", "", "", "Int64", "Int32", kCast},
    {Form::kUInt32, "long", "", "", "Int64", "UInt32", kCast},
    {Form::kInt64, "long", "", "", "Int64", "Int64", kPlain},
    {Form::kUInt64, "long", "", "", "Int64", "UInt64", kUnsigned64},
    {Form::kFloat, "float", "", "", "Float64", "Float32", kCast},
    {Form::kWideFloat, "double", "", "", "Float64", "Float32", kCast},
    {Form::kDouble, "double", "", "", "Float64", "Float64", kPlain},
    {Form::kDecimal,
     "bytes",
     "",
     kConnectDecimal,
     "Decimal({p}, {s})",
     "Decimal({p}, {s})",
     kPlain},
    {Form::kBool, "boolean", "", "", "Bool", "Bool", kPlain},
    {Form::kBits, "bytes", "", "io.debezium.data.Bits", "String", "UInt64", kUnsigned64},
    {Form::kString, "string", "", "", "String", "String", kPlain},
    {Form::kBytes, "bytes", "", "", "String", "String", kPlain},
    {Form::kDate, "int", "", "io.debezium.time.Date", "Int64", "Date32", kDays},
    {Form::kTime, "long", "", "io.debezium.time.MicroTime", "Int64", "Time64({f})", kMicrosToTime},
    {Form::kDateTimeMilli, "long", "", "io.debezium.time.Timestamp", "Int64", kDateTime64, kMilli},
    {Form::kDateTimeMicro,
     "long",
     "",
     "io.debezium.time.MicroTimestamp",
     "Int64",
     kDateTime64,
     kMicro},
    {Form::kZoned,
     "string",
     "",
     "io.debezium.time.ZonedTimestamp",
     "String",
     kDateTime64,
     kZonedText},
    {Form::kYear, "int", "", "io.debezium.time.Year", "Int64", "UInt16", kCast},
    {Form::kEnum, "string", "", "io.debezium.data.Enum", "String", "LowCardinality(String)", kCast},
    {Form::kSet, "string", "", "io.debezium.data.EnumSet", "String", kSetType, kMembers},
    {Form::kJson, "string", "", "io.debezium.data.Json", "String", "String", kPlain},
    {Form::kGeometry,
     "record",
     "",
     "io.debezium.data.geometry.Geometry",
     "String",
     "String",
     kPlain},
    {Form::kPoint, "record", "", "io.debezium.data.geometry.Point", "String", "String", kPlain},
    {Form::kVector,
     "array",
     "",
     "io.debezium.data.FloatVector",
     "Array(Float32)",
     "Array(Float32)",
     kPlain},
    {Form::kUuid, "string", "", "io.debezium.data.Uuid", "String", "UUID", "toUUIDOrNull($)"},
    {Form::kInet4, "string", "", "", "String", "IPv4", "toIPv4OrNull($)"},
    {Form::kInet6, "string", "", "", "String", "IPv6", "toIPv6OrNull($)"},
    {Form::kUInt64Exact, "bytes", "", kConnectDecimal, "Decimal(20, 0)", "UInt64", kCast},
    {Form::kDecimalDouble, "double", "", "", "Float64", "Float64", kPlain},
    {Form::kDecimalText, "string", "", "", "String", "Decimal({p}, {s})", kTextToDecimal},
    {Form::kBase64, "string", "", "", "String", "String", "tryBase64Decode($)"},
    {Form::kBase64Url, "string", "", "", "String", "String", "tryBase64URLDecode($)"},
    {Form::kHex, "string", "", "", "String", "String", "unhex($)"},
    {Form::kConnectDate, "int", "", "org.apache.kafka.connect.data.Date", "Int64", "Date32", kDays},
    {Form::kConnectTime,
     "int",
     "",
     "org.apache.kafka.connect.data.Time",
     "Int64",
     "Time64({f})",
     kMillisToTime},
    {Form::kConnectTimestamp,
     "long",
     "",
     "org.apache.kafka.connect.data.Timestamp",
     "Int64",
     kDateTime64,
     kMilli},
    {Form::kIsoDate, "string", "", "io.debezium.time.IsoDate", "String", "Date32", kIsoToDate},
    {Form::kIsoTime, "string", "", "io.debezium.time.IsoTime", "String", "Time64({f})", kIsoToTime},
    {Form::kIsoTimestamp,
     "string",
     "",
     "io.debezium.time.IsoTimestamp",
     "String",
     kDateTime64,
     kZonedText},
    {Form::kNanoTime,
     "long",
     "",
     "io.debezium.time.NanoTime",
     "Int64",
     "Time64({f})",
     kNanosToTime},
    {Form::kNanoTimestamp,
     "long",
     "",
     "io.debezium.time.NanoTimestamp",
     "Int64",
     kDateTime64,
     kNanos},
});

bool DeclaredStartsWith(const Column& column, std::string_view word) {
  const std::string_view text = column.declared;
  return text.size() >= word.size() &&
         std::equal(word.begin(), word.end(), text.begin(), [](char a, char b) {
           return a == std::tolower(static_cast<unsigned char>(b));
         });
}

Form FloatForm(const Column& column) {
  const bool with_digits =
      DeclaredStartsWith(column, "float(") && column.declared.find(',') != std::string::npos;
  return with_digits ? Form::kWideFloat : Form::kFloat;
}

}  // namespace

std::string_view IsoTimeMicros() {
  // The hours of a TIME may be three digits, and negative, which no function of ClickHouse reads.
  return "if(isNull($), NULL, if(startsWith(assumeNotNull($), '-'), -1, 1) * ("
         "toInt64OrZero(splitByChar(':', replaceRegexpAll(assumeNotNull($), '[-Z]', ''))[1]) * "
         "3600000000 + "
         "toInt64OrZero(splitByChar(':', replaceRegexpAll(assumeNotNull($), '[-Z]', ''))[2]) * "
         "60000000 + "
         "toInt64(toDecimal64OrZero(splitByChar(':', replaceRegexpAll(assumeNotNull($), '[-Z]', "
         "''))[3], 6) * 1000000)))";
}

std::span<const TypeRow> TypeTable() {
  return kTable;
}

const TypeRow& RowOf(Form form) {
  const auto row =
      std::find_if(kTable.begin(), kTable.end(), [&](const TypeRow& r) { return r.form == form; });
  CHECK(row != kTable.end());
  return *row;
}

Form FormOf(const Column& column) {
  const bool u = column.is_unsigned;
  switch (column.type) {
    case ColumnType::kTinyInt:
      return u ? Form::kUInt8 : Form::kInt8;
    case ColumnType::kSmallInt:
      return u ? Form::kUInt16 : Form::kInt16;
    case ColumnType::kMediumInt:
      return u ? Form::kUInt24 : Form::kInt32;
    case ColumnType::kInt:
      return u ? Form::kUInt32 : Form::kInt32;
    case ColumnType::kBigInt:
      return u ? Form::kUInt64 : Form::kInt64;
    case ColumnType::kFloat:
      return FloatForm(column);
    case ColumnType::kDouble:
      return Form::kDouble;
    case ColumnType::kDecimal:
      return Form::kDecimal;
    case ColumnType::kBit:
      return column.length <= 1 ? Form::kBool : Form::kBits;
    case ColumnType::kDate:
      return Form::kDate;
    case ColumnType::kTime:
      return Form::kTime;
    case ColumnType::kDateTime:
      return column.fsp <= 3 ? Form::kDateTimeMilli : Form::kDateTimeMicro;
    case ColumnType::kTimestamp:
      return Form::kZoned;
    case ColumnType::kYear:
      return Form::kYear;
    case ColumnType::kChar:
    case ColumnType::kVarchar:
    case ColumnType::kText:
      return Form::kString;
    case ColumnType::kBinary:
    case ColumnType::kVarbinary:
    case ColumnType::kBlob:
      return Form::kBytes;
    case ColumnType::kEnum:
      return Form::kEnum;
    case ColumnType::kSet:
      return Form::kSet;
    case ColumnType::kJson:
      return Form::kJson;
    case ColumnType::kGeometry:
      return DeclaredStartsWith(column, "point") ? Form::kPoint : Form::kGeometry;
    case ColumnType::kVector:
      return Form::kVector;
    case ColumnType::kUuid:
      return Form::kUuid;
    case ColumnType::kInet4:
      return Form::kInet4;
    case ColumnType::kInet6:
      return Form::kInet6;
    case ColumnType::kUnknown:
      return Form::kUnsupported;
  }
  return Form::kUnsupported;
}

}  // namespace rowhouse::types
