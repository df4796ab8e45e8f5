#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "model/table.h"
#include "mysql/flavor.h"

namespace rowhouse::mysql {

// How a value lies in a row image; MySQL's own type codes.
enum class WireType : uint8_t {
  kTiny = 1,
  kShort = 2,
  kLong = 3,
  kFloat = 4,
  kDouble = 5,
  kOldTimestamp = 7,
  kLongLong = 8,
  kInt24 = 9,
  kDate = 10,
  kOldTime = 11,
  kOldDateTime = 12,
  kYear = 13,
  kVarchar = 15,
  kBit = 16,
  kTimestamp = 17,
  kDateTime = 18,
  kTime = 19,
  kBlobCompressed = 140,
  kVarcharCompressed = 141,
  kVector = 242,
  kJson = 245,
  kNewDecimal = 246,
  kEnum = 247,
  kSet = 248,
  kBlob = 252,
  kVarString = 253,
  kString = 254,
  kGeometry = 255,
};

// Column::fsp of MariaDB's temporal columns in the format before MySQL 5.6: their events do not say
// it. What completes the schema puts the data dictionary's in its place.
constexpr uint8_t kFspUntold = 0xFF;

// The widths a value's type code leaves open.
struct WireColumn {
  WireType type = WireType::kLong;
  // Bytes: VARCHAR, CHAR: the most a value can have; BLOB: of its length; ENUM, SET, BIT: of a
  // value.
  uint32_t bytes = 0;
};

// Who a TABLE_MAP names, read without the rest: most are of uncaptured tables.
struct TableMapHead {
  static constexpr size_t kBytesBefore = 8;  // table id, flags

  std::string_view db;
  std::string_view table;
  ByteView rest;  // from the column count on

  // `shape`: the body after the table id and flags.
  static Result<TableMapHead> Parse(ByteView shape);
};

// A table as one TABLE_MAP event shows it.
struct TableMap {
  std::vector<WireColumn> wire;
  TableSchema schema;

  // kUnsupported where the table can't be followed: a column of a type, or in a character set, that
  // can't be read, or no FULL metadata (the hint is the statement that mends it). kBadRecord where
  // the bytes are no TABLE_MAP.
  static Result<TableMap> Parse(const TableMapHead& head, Flavor flavor);
};

}  // namespace rowhouse::mysql
