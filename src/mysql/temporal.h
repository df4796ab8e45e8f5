#pragma once

#include <cstddef>
#include <cstdint>

#include "model/cell.h"

namespace rowhouse::mysql {

// Temporal values of row images as cells. `p` points at the value's bytes, of which there
// are as many as the *Bytes function says; `fsp` is 0 to 6. The functions that give bool give false
// when the bytes are no such value.
//
// A date part of zero ('2026-00-10', which sql_mode may allow) or a day its month does not have
// ('2026-02-30', ALLOW_INVALID_DATES) is no point in time: it gives kZeroDate.

constexpr size_t FractionBytes(unsigned fsp) {
  return (fsp + 1) / 2;
}

constexpr size_t TimeBytes(unsigned fsp) {
  return 3 + FractionBytes(fsp);
}

constexpr size_t DateTimeBytes(unsigned fsp) {
  return 5 + FractionBytes(fsp);
}

constexpr size_t TimestampBytes(unsigned fsp) {
  return 4 + FractionBytes(fsp);
}

// Days since 1970-01-01 of a valid date of the Gregorian calendar.
int64_t DaysFromCivil(int64_t year, unsigned month, unsigned day);

// A date and the microseconds of its day as a cell of `kind` (kDate or kDateTime), or kZeroDate.
Cell DateCell(unsigned year, unsigned month, unsigned day, int64_t day_us, CellKind kind);

Cell DateFromImage(const uint8_t* p);
bool TimeFromImage(const uint8_t* p, unsigned fsp, Cell& out);
bool DateTimeFromImage(const uint8_t* p, unsigned fsp, Cell& out);
Cell TimestampFromImage(const uint8_t* p, unsigned fsp);

// The forms from before MySQL 5.6, which tables made then keep, and MariaDB's forms of the same
// type codes with a fraction (mysql56_temporal_format=OFF). `fsp` is not in the log: the data
// dictionary tells it.
size_t OldTimeBytes(unsigned fsp);
size_t OldDateTimeBytes(unsigned fsp);
size_t OldTimestampBytes(unsigned fsp);
bool OldTimeFromImage(const uint8_t* p, unsigned fsp, Cell& out);
bool OldDateTimeFromImage(const uint8_t* p, unsigned fsp, Cell& out);
bool OldTimestampFromImage(const uint8_t* p, unsigned fsp, Cell& out);

}  // namespace rowhouse::mysql
