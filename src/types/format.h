#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/name_pattern.h"
#include "base/result.h"
#include "types/digest.h"

namespace rowhouse::types {

// Debezium's decimal.handling.mode.
enum class DecimalMode : uint8_t { kPrecise, kDouble, kString };

// Debezium's time.precision.mode; kAdaptive is adaptive_time_microseconds.
enum class TimeMode : uint8_t { kAdaptive, kConnect, kIsoString, kMicros, kNanos };

// Debezium's bigint.unsigned.handling.mode.
enum class UnsignedBigintMode : uint8_t { kLong, kPrecise };

// Debezium's binary.handling.mode.
enum class BinaryMode : uint8_t { kBytes, kBase64, kBase64Url, kHex };

// How a name that Avro does not allow becomes one that it does; kNone leaves it.
enum class NameMode : uint8_t { kNone, kAvro, kAvroUnicode };

// What is done to the values of a text column (truncating: also to bytes).
struct Treatment {
  enum class Kind : uint8_t {
    kNone,
    kMask,      // so many asterisks, also for NULL
    kTruncate,  // the first so many characters
    kHash,      // hex digits of the salt's and the value's digest
  };

  Kind kind = Kind::kNone;
  uint32_t chars = 0;
  DigestKind digest = DigestKind::kSha256;
  std::string salt;
  bool java_text = false;  // hash: of the value as Java serializes it, Debezium's first way

  // "mask 12", "truncate 20", "hash SHA-256 SALT", "hash-v1 SHA-256 SALT".
  static Result<Treatment> Parse(std::string_view text);
};

// A treatment and the columns it is for.
struct ColumnRule {
  NamePattern columns;
  Treatment treatment;
};

// Which columns make the record's key in some tables, in their order.
struct KeyRule {
  NamePattern tables;
  std::vector<std::string> columns;
};

// How rows are written where Debezium leaves a choice; the defaults are Debezium's,
// but names are adjusted, since Avro refuses them otherwise.
struct Format {
  DecimalMode decimal = DecimalMode::kPrecise;
  TimeMode time = TimeMode::kAdaptive;
  UnsignedBigintMode unsigned_bigint = UnsignedBigintMode::kLong;
  BinaryMode binary = BinaryMode::kBytes;
  NameMode schema_names = NameMode::kAvro;
  NameMode field_names = NameMode::kAvro;
  // Columns of the value, by database.table.column; no include: all.
  std::vector<NamePattern> include_columns;
  std::vector<NamePattern> exclude_columns;
  std::vector<ColumnRule> treatments;  // the first that matches counts
  std::vector<KeyRule> keys;           // the same
};

}  // namespace rowhouse::types
