#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace rowhouse::verify {

// Keys from `first` to `last`, both included, as numbers whose order is the key's own.
//
// Only of tables whose key begins with an integer: there both servers agree on the order. A signed
// column's numbers are moved up by 2^63.
struct KeySpan {
  uint64_t first = 0;
  uint64_t last = UINT64_MAX;

  friend bool operator==(const KeySpan&, const KeySpan&) = default;
};

// Part of a table that both servers find by themselves: a span of keys and, of what is
// there, those buckets that a checksum of the key (without key: of the row) says. Collations take
// no part in either.
struct Region {
  std::optional<KeySpan> span;  // none: all keys
  uint32_t buckets = 1;         // a power of two
  std::vector<uint32_t> of;     // which of them; empty: all
};

// What a region holds: its number of rows, and the sum of their hashes.
//
// A sum, and not XOR: CRC32 is linear, so that two rows which have swapped a value would cancel
// each other under XOR.
struct RowSum {
  uint64_t rows = 0;
  uint64_t hashes = 0;  // modulo 2^64

  friend bool operator==(const RowSum&, const RowSum&) = default;
};

using BucketSums = std::unordered_map<uint32_t, RowSum>;

// One row of a table with key; without key all rows that are equal, and then the key is the hash.
struct RowState {
  std::string hash;
  uint64_t count = 1;

  friend bool operator==(const RowState&, const RowState&) = default;
};

// By key: the canonical bytes of its columns in hex digits, with commas between.
using RowStates = std::unordered_map<std::string, RowState>;

}  // namespace rowhouse::verify
