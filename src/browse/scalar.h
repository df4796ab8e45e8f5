#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "browse/filter_value.h"

namespace rowhouse::browse {

// What the bytes of a value mean to people, beyond their type.
enum class Meaning : uint8_t {
  kPlain,
  kDecimal,
  kDate,        // days
  kTimeMillis,  // of a day
  kTimeMicros,
  kTimeNanos,
  kStampMillis,  // a wall clock's time without a zone
  kStampMicros,
  kStampNanos,
  kInstantMillis,  // a point in time
  kInstantMicros,
  kInstantNanos,
  kTimeInText,  // ISO 8601, with or without an offset
  kBits,        // little-endian
  kGeometry,    // WKB
};

// How a value is stored.
enum class Stored : uint8_t { kNull, kBoolean, kInteger, kFloat, kDouble, kText, kBytes, kDigits };

// One value of a message on its way past: what is stored and what it means.
//
// Owns: nothing; `bytes` points into the message or the walk's buffer.
struct Scalar {
  Stored stored = Stored::kNull;
  Meaning meaning = Meaning::kPlain;
  int32_t scale = 0;       // kDecimal
  int64_t number = 0;      // kBoolean, kInteger; of kGeometry its SRID
  double real = 0;         // kFloat, kDouble
  std::string_view bytes;  // kText, kBytes; kDigits: a number as it is written
  std::string_view word;   // the type's name for people: "long", "decimal", "date"
};

// Texts that are needed for as long as one record is looked at; kept for the next one.
class Scratch {
 public:
  std::string& Next();
  void Reset();

 private:
  std::deque<std::string> texts_;
  size_t used_ = 0;
};

// Whether all of it is UTF-8.
bool IsUtf8(std::string_view text);

// Appends the text; what is no UTF-8 becomes U+FFFD.
void AppendUtf8(std::string_view text, std::string& out);

// At most so many characters of a text that is UTF-8.
std::string_view CutCharacters(std::string_view text, size_t characters);

// Appends the value as people write it: "12.50", "2026-01-31", "0x00ff". A null is "null".
void AppendShown(const Scalar& value, std::string& out);

// What is stored beneath, where it is shown as something else; otherwise nothing.
void AppendRaw(const Scalar& value, std::string& out);

// Whether it stands in quotes in JSON.
bool IsQuoted(const Scalar& value);

// The value in the language of filters; texts that must be made are kept in `scratch`.
FilterValue ToFilterValue(const Scalar& value, Scratch& scratch);

}  // namespace rowhouse::browse
