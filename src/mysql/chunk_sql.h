#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/cell.h"
#include "model/checkpoint.h"
#include "model/table.h"

namespace rowhouse::mysql {

// The SQL by which a table is read in key order, chunk after chunk.
//
// Comparisons and order are the server's own, in the key columns' collations: a
// chunk begins where `(k1, k2) > (last)` says so to the server. That is written out as
// `k1 > a OR (k1 = a AND k2 > b)`, which both servers turn into index ranges; so is the end.

// Every column, in the schema's order. ENUM, SET and BIT as numbers.
std::string SelectList(const TableSchema& table);

// What of a chunk's rows is read, beside its range.
struct ChunkPart {
  std::string_view where = {};  // a condition, or empty
  bool keys_only = false;       // KeyOnly's columns
};

// One chunk. The range's ends are KeyToken's results or empty; `index` the key's name, or empty
// for no hint. Tables without key: all rows. kBadRecord when a token is not of this table's key.
Result<std::string> ChunkSql(
    const TableSchema& table,
    const KeyRange& range,
    uint64_t rows_max,
    std::string_view index,
    const ChunkPart& part = {}
);

// The condition of the range's rows; empty: of all. Errors as ChunkSql.
Result<std::string> KeyRangeSql(const TableSchema& table, const KeyRange& range);

// A condition that holds for these keys alone; rows of KeyOnly's table or of the whole one.
std::string KeysIn(const TableSchema& table, std::span<const Cell* const> rows);

// The columns of the key alone, in its order: what KeyAfterSql's row is read as.
TableSchema KeyOnly(const TableSchema& table);

// The key of the row that is the `rows`-th after `after`; no row where fewer are left.
Result<std::string> KeyAfterSql(
    const TableSchema& table, std::string_view after, uint64_t rows, std::string_view index
);

// The key of a row as a JSON array of SQL literals.
std::string KeyToken(const TableSchema& table, const Cell* row);

// A value of a key column as SQL that gives exactly that value.
std::string SqlLiteral(const Column& column, const Cell& cell);

}  // namespace rowhouse::mysql
