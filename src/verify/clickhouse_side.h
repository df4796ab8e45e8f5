#pragma once

#include <string>
#include <vector>

#include "clickhouse/client.h"
#include "model/table.h"
#include "verify/side.h"
#include "verify/statements.h"

namespace rowhouse::verify {

// The current rows of a table in ClickHouse, merged as they are read.
//
// A repair writes an entry with a version just below the place that the source was read at: above
// the wrong entry, and below every change that comes. An entry whose version lies above that place
// was never given by the source; such a one is deleted first.
//
// `client` and `canonical` outlive it.
class ClickHouseSide final : public TargetSide {
 public:
  // `table` and `marks` as quoted names.
  ClickHouseSide(
      clickhouse::Client& client,
      std::string table,
      std::string marks,
      const TableSchema& schema,
      const CanonicalTable& canonical,
      const RowFilter& filter
  );

  Result<std::optional<KeySpan>> Span() override;
  Result<RowSum> Sum(const Region& region) override;
  Result<RowSum> Count(const Region& region) override;
  Result<BucketSums> Sums(const Region& region, uint32_t buckets) override;
  Result<RowStates> Rows(const Region& region) override;
  Result<CellRows> Cells(const std::vector<std::string>& keys) override;
  Result<TargetRows> Lookup(
      const std::vector<std::string>& keys, const std::optional<RowVersion>& before
  ) override;
  Status Put(const std::vector<std::string>& keys, const SourceCells& rows, const TargetRows& now)
      override;
  Status Adjust(
      const std::string& key, const CellRow& row, int64_t copies, const SourcePosition& at
  ) override;

 private:
  Result<clickhouse::Rows> Ask(const std::string& sql);
  Status Order(const std::string& sql);
  Result<RowSum> AskSum(const std::string& sql);
  void AddState(const clickhouse::Row& row, RowStates& rows) const;
  Status AddVersions(const std::vector<std::string>& keys, TargetRows& rows);
  Status DeleteEntry(const std::string& key, const RowVersion& version);
  // "(names) SELECT values UNION ALL ..." of one kind of entries.
  std::string Names(bool whole) const;
  std::string Values(const std::string& key, const CellRow* row, const RowVersion& version) const;
  void AddCellValues(const CellRow& row, std::string& values) const;

  clickhouse::Client& client_;
  const bool key_is_unsigned_;
  const CanonicalTable& canonical_;
  const ClickHouseStatements sql_;
};

}  // namespace rowhouse::verify
