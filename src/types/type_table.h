#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "model/table.h"

namespace rowhouse::types {

// How the values of a column travel: one form per row of the type table. Several
// MySQL types share a form, and some types have two (TINYINT by its sign).
enum class Form : uint8_t {
  kInt8,
  kUInt8,
  kInt16,
  kUInt16,
  kUInt24,  // MEDIUMINT UNSIGNED
  kInt32,
  kUInt32,
  kInt64,
  kUInt64,
  kFloat,
  kWideFloat,  // FLOAT(M,D): four bytes in MySQL, a double in Debezium
  kDouble,
  kDecimal,
  kBool,
  kBits,
  kString,
  kBytes,
  kDate,
  kTime,
  kDateTimeMilli,
  kDateTimeMicro,
  kZoned,
  kYear,
  kEnum,
  kSet,
  kJson,
  kGeometry,
  kPoint,
  kVector,
  kUuid,
  kInet4,
  kInet6,
  // What Debezium's modes make of the types above.
  kUInt64Exact,  // BIGINT UNSIGNED as a decimal
  kDecimalDouble,
  kDecimalText,
  kBase64,
  kBase64Url,
  kHex,
  kConnectDate,
  kConnectTime,
  kConnectTimestamp,
  kIsoDate,
  kIsoTime,
  kIsoTimestamp,
  kNanoTime,
  kNanoTimestamp,
  kTreated,  // of a ColumnStep only: masked, hashed or cut
  kUnsupported,
};

// One type on its way: Debezium's name for it, its Avro shape, and what ClickHouse makes of it.
//
// This table is the only place that says how a MySQL type is mapped. A new type is
// a row here, a line in FormOf() and, where its values need code, a case in the
// row encoder.
struct TypeRow {
  Form form;
  // Avro: the primitive, or "record" and "array" for the shapes built in code.
  std::string_view avro;
  std::string_view connect_type;  // "int16" where Avro's int is wider than Connect's type
  std::string_view connect_name;  // Debezium's semantic type; empty: none
  // ClickHouse: type read from Avro, type of the final column ({p}, {s}, {f} stand for
  // precision, scale and fraction digits), and the way from one to the other ($ is the
  // source, ? the final type with room for NULL).
  std::string_view queue;
  std::string_view final;
  std::string_view convert;
};

std::span<const TypeRow> TypeTable();

const TypeRow& RowOf(Form form);

// ClickHouse's way from "-12:30:00.5Z" to microseconds; {iso micros} in a row's `convert`.
std::string_view IsoTimeMicros();

// By the default modes; kUnsupported for types whose values can't be carried.
Form FormOf(const Column& column);

}  // namespace rowhouse::types
