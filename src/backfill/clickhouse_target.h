#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backfill/row_target.h"
#include "clickhouse/client.h"
#include "clickhouse/direct_table.h"
#include "clickhouse/range_check.h"
#include "clickhouse/row_block.h"
#include "model/table.h"

namespace rowhouse::backfill {

// A table's current rows in ClickHouse, over HTTP.
//
// Rows of a chunk that are there as they are in the source are mostly told by a range of keys
// (range_check.h); of the others the target is asked key by key.
//
// Owns:     the blocks under way. Client and plan outlive it.
// Blocking: each call by its statement.
class ClickHouseTarget final : public RowTarget {
 public:
  ClickHouseTarget(
      clickhouse::Client& client, TableSchemaPtr table, const clickhouse::DirectTable& direct
  );

  // The inlet that rows go through, made anew.
  static Status MakeInlet(clickhouse::Client& client, const clickhouse::DirectTable& direct);
  static Status DropInlet(clickhouse::Client& client, const clickhouse::DirectTable& direct);

  // The highest version in the table, and ClickHouse's clock then: "2026-01-31 10:00:00.000".
  struct NewestRow {
    RowVersion version;
    std::string asked_at;
  };

  static Result<NewestRow> Newest(
      clickhouse::Client& client, const clickhouse::DirectTable& direct
  );

  Status Add(const Change& row, RowVersion version) override;
  Status Flush() override;
  void Drop() override;

  size_t bytes_added() const override { return rows_.bytes(); }

  Result<std::vector<uint32_t>> Missing(const std::vector<const Cell*>& keys, RowVersion read_at)
      override;
  Result<std::vector<Difference>> Differing(
      const std::vector<const Cell*>& rows, RowVersion read_at
  ) override;
  Status VoidBefore(RowVersion version) override;

 private:
  // How rows of one kind of block are looked for by their range.
  struct Ranges {
    std::optional<clickhouse::RangeCheck> check;
    bool sparse = false;  // many more rows lay in a range than were asked for: not tried again
  };

  Result<std::vector<uint32_t>> NotInRange(
      const std::vector<const Cell*>& cells, clickhouse::RowBlock& block, Ranges& ranges
  );

  clickhouse::Client& client_;
  const clickhouse::DirectTable& direct_;
  clickhouse::RowBlock rows_;
  clickhouse::RowBlock keys_;      // to be asked for
  clickhouse::RowBlock contents_;  // the same
  Ranges key_ranges_;
  Ranges content_ranges_;
};

}  // namespace rowhouse::backfill
