#pragma once

#include <cstdint>
#include <string_view>

#include "model/cell.h"
#include "types/format.h"

// Values as texts: the forms that Debezium's modes, masks and hashes ask for. Each writes an
// Avro string at `to` (length, bytes) and gives its end, or null when the cell is no such value.
namespace rowhouse::types {

// A decimal's digits, as many after the point as the column has: "-12.50".
// At most kDecimalTextMax characters.
uint8_t* PutDecimalText(const Cell& cell, uint8_t scale, uint8_t* to);
inline constexpr size_t kDecimalTextMax = 80;

// The double nearest to a decimal.
bool DecimalToDouble(const Cell& cell, uint8_t scale, double& to);

uint8_t* PutBase64(std::string_view bytes, BinaryMode mode, uint8_t* to);
uint8_t* PutHex(std::string_view bytes, uint8_t* to);

// "2020-02-29Z", "2020-02-29T01:02:03.5Z" and "01:02:03Z": seconds are left out where Java
// leaves them out, and fractions have the digits they need in threes.
uint8_t* PutIsoDate(int64_t days, uint8_t* to);
uint8_t* PutIsoTimestamp(int64_t micros, uint8_t* to);
uint8_t* PutIsoTime(int64_t micros, uint8_t* to);

// The first so many characters of a text (UTF-16 units, as Java counts them).
std::string_view FirstCharacters(std::string_view text, uint32_t chars);

uint8_t* PutAsterisks(uint32_t chars, uint8_t* to);

// The hash of a value: hex digits, cut to the column's length.
uint8_t* PutHash(const Treatment& how, std::string_view text, uint32_t chars_max, uint8_t* to);

}  // namespace rowhouse::types
