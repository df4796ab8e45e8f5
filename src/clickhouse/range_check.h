#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "clickhouse/direct_table.h"
#include "clickhouse/row_block.h"

namespace rowhouse::clickhouse {

// Tells which rows of a block the target has for certain.
//
// A statement that names each key costs the server a multiple of what reading them costs. Where
// keys are whole numbers both servers put them in the same order, so the target is asked for all
// it has between a block's first key and its last, and both lists are gone through side by side.
// Rows that are found so need no other look. Of the others this says nothing: deleted, newer and
// voided rows are for MissingSql and ChangedSql to judge.
//
// Nothing depends on the order: rows that do not meet are among the others.
//
// Place:   one a block of keys, or of rows; immutable. Table and lanes outlive it.
// Threads: any.
class RangeCheck {
 public:
  // Nullopt: some key column is no whole number in the target's own type, or a lane holds values
  // in another form than the target.
  static std::optional<RangeCheck> Of(const DirectTable& table, const std::vector<Lane>& lanes);

  // The current rows between the block's first and last key, at most `rows_max`, in RowBinary.
  std::string Sql(const RowBlock& block, uint64_t rows_max) const;

  // The block's rows that are not in the answer as they are in the block, by number; nullopt where
  // the answer has `rows_max` rows, since those behind are not known. kInternal: no such answer.
  Result<std::optional<std::vector<uint32_t>>> Others(
      const RowBlock& block, std::string_view answer, uint64_t rows_max
  ) const;

 private:
  RangeCheck(const DirectTable& table, const std::vector<Lane>& lanes)
      : table_(table), lanes_(lanes) {}

  std::string Bound(const RowBlock& block, size_t row, std::string_view compare) const;
  std::string KeyNumber(const RowBlock& block, size_t row, size_t key) const;

  const DirectTable& table_;
  const std::vector<Lane>& lanes_;
  std::vector<size_t> order_;       // of lanes: the key's first, in its order
  std::vector<std::string> names_;  // of the target's columns, quoted, in that order
};

}  // namespace rowhouse::clickhouse
