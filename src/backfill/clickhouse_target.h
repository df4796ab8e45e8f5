#pragma once

#include <memory>
#include <string>
#include <vector>

#include "backfill/row_target.h"
#include "clickhouse/client.h"
#include "clickhouse/direct_table.h"
#include "clickhouse/row_block.h"
#include "model/table.h"

namespace rowhouse::backfill {

// A table's current rows in ClickHouse, over HTTP.
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
  clickhouse::Client& client_;
  const clickhouse::DirectTable& direct_;
  clickhouse::RowBlock rows_;
  clickhouse::RowBlock keys_;      // to be asked for
  clickhouse::RowBlock contents_;  // the same
};

}  // namespace rowhouse::backfill
