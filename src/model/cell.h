#pragma once

#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace rowhouse {

// What a Cell holds. One MySQL value has one form here, whether it came from the
// binlog, from a SELECT as text or as a prepared statement's binary row.
enum class CellKind : uint8_t {
  kAbsent,     // the row image does not carry this column (MINIMAL, NOBLOB)
  kNull,       //
  kInt,        // i: signed integers
  kUint,       // u: unsigned integers
  kFloat,      // d: a FLOAT, exactly representable as float
  kDouble,     // d
  kDecimal,    // unscaled value: i when size is 0, else big-endian two's complement, minimal
  kText,       // bytes: UTF-8
  kBytes,      // bytes: binary; BINARY(n) padded to n
  kJson,       // bytes: JSON text, UTF-8
  kDate,       // i: days since 1970-01-01
  kTime,       // i: signed microseconds
  kDateTime,   // i: microseconds since 1970-01-01 00:00:00 of the wall clock, no zone
  kTimestamp,  // i: microseconds since 1970-01-01T00:00:00Z
  kYear,       // i: 0 or 1901..2155
  kEnum,       // u: label index from 1; 0 is MySQL's "" for an invalid value
  kSet,        // u: bit n set means label n+1
  kBit,        // u: bits, right-aligned
  kZeroDate,   // u: ZeroDateParts::Packed(): a temporal value with a zero date part
};

// One value of one row, 16 bytes, no ownership: bytes lie in the batch's arena.
struct Cell {
  union {
    int64_t i;
    uint64_t u;
    double d;
    const char* p;
  };

  uint32_t size = 0;  // of bytes kinds
  CellKind kind = CellKind::kNull;

  Cell() : i(0) {}

  static Cell Null() { return {}; }

  static Cell Absent() { return OfInt(CellKind::kAbsent, 0); }

  static Cell OfInt(CellKind kind, int64_t v) {
    Cell c;
    c.i = v;
    c.kind = kind;
    return c;
  }

  static Cell OfUint(CellKind kind, uint64_t v) {
    Cell c;
    c.u = v;
    c.kind = kind;
    return c;
  }

  static Cell OfDouble(CellKind kind, double v) {
    Cell c;
    c.d = v;
    c.kind = kind;
    return c;
  }

  // `bytes` up to 4 GiB - 1, MySQL's largest value.
  static Cell OfBytes(CellKind kind, std::string_view bytes) {
    Cell c;
    c.p = bytes.data();
    c.size = static_cast<uint32_t>(bytes.size());
    c.kind = kind;
    return c;
  }

  bool is_null() const { return kind == CellKind::kNull; }

  std::string_view bytes() const { return {p, size}; }
};

static_assert(sizeof(Cell) == 16);

// A temporal value some of whose date parts are zero ('0000-00-00', '2026-00-10'):
// no point in time, so consumers decide by rule (null, default or epoch).
struct ZeroDateParts {
  uint16_t year;
  uint8_t month;
  uint8_t day;

  uint64_t Packed() const { return uint64_t{year} << 16 | uint64_t{month} << 8 | day; }
};

}  // namespace rowhouse
