#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/checkpoint.h"
#include "model/ports.h"
#include "model/table.h"
#include "mysql/connection.h"
#include "mysql/replica_snapshots.h"
#include "mysql/source_options.h"
#include "verify/side.h"
#include "verify/statements.h"

namespace rowhouse::verify {

// A table in MySQL or MariaDB, asked through one connection in transactions that only read.
//
// A lookup's snapshot is opened as a load's chunk is (mysql/snapshot.h): on MariaDB at an exact
// place of the log. MySQL tells no such place, so there a table without key, and a repair without a
// pipeline, has the table read-locked for the moment in which snapshot and place are taken.
//
// With a read endpoint the replica tells sums and rows by region, as many passes as it takes, once
// it has what the source had at the first of them. What decides is read from the source: the rows
// under suspicion and the cells, which are few.
//
// A region of all keys is read by ranges of keys where CutBy() was called. The ranges are this
// side's own affair: MySQL alone compares keys, in its collations, and each row is in one of them.
// They are cut once, in the first pass; a row that moves meanwhile is one that changes.
//
// Owns: its connection, and one to the replica from the first sum on; with cuts one more for them.
// `canonical` outlives it.
class MySqlSide final : public SourceSide {
 public:
  static Result<std::unique_ptr<MySqlSide>> Open(
      const mysql::SourceOptions& options,
      const TableSchema& table,
      const CanonicalTable& canonical,
      const RowFilter& filter
  );

  Result<std::optional<KeySpan>> Span() override;
  Result<RowSum> Sum(const Region& region) override;
  Result<RowSum> Count(const Region& region) override;
  Result<BucketSums> Sums(const Region& region, uint32_t buckets) override;
  Result<RowStates> Rows(const Region& region) override;
  Result<CellRows> Cells(const std::vector<std::string>& keys) override;
  Result<SourceRows> Lookup(const std::vector<std::string>& keys, const SourcePosition& seen)
      override;
  Result<SourceCells> Read(const std::vector<std::string>& keys, const SourcePosition& seen)
      override;
  Result<BinlogPosition> LogEnd() override;

  // How regions of all keys are read.
  struct Cutting {
    uint64_t rows = 0;  // a range, about
    // Called before each range but a region's first, with the rows of the one before.
    std::function<Status(uint64_t rows)> between;
  };

  // Of a table with key.
  void CutBy(Cutting cutting) { cutting_ = std::move(cutting); }

  // As checkpoints name the server.
  const std::string& identity() const { return identity_; }

 private:
  MySqlSide(
      const mysql::SourceOptions& options,
      const TableSchema& table,
      const CanonicalTable& canonical,
      const RowFilter& filter
  );

  Result<mysql::Rows> Ask(const std::string& sql) { return Ask(*connection_, sql); }

  using AskRange = std::function<Result<uint64_t>(const MySqlRange& range)>;

  Status EachRange(const Region& region, const AskRange& ask);
  Status CutNext();
  Result<RowSum> SumOfRanges(const Region& region, bool count);
  Result<mysql::Rows> AskBulk(const std::string& sql);
  Result<mysql::Rows> Ask(mysql::Connection& connection, const std::string& sql);
  void AddRows(const mysql::Rows& answer, RowStates& rows) const;
  Status AddCells(const std::vector<std::string>& keys, CellRows& rows);

  const mysql::SourceOptions options_;
  const TableSchemaPtr table_;
  const CanonicalTable& canonical_;
  const MySqlStatements sql_;
  std::unique_ptr<mysql::Connection> connection_;
  std::unique_ptr<mysql::ReplicaSnapshots> replica_;  // null: not asked yet, or there is none
  std::string identity_;
  Cutting cutting_;
  std::unique_ptr<TableReader> cutter_;  // null: nothing is cut yet
  std::string key_index_;
  std::vector<MySqlRange> ranges_;
  KeyRange cut_;  // the last of them
  bool all_cut_ = false;
};

// The keys from `at` on, as many as one statement names.
std::vector<std::string> KeysFrom(const std::vector<std::string>& keys, size_t at);

}  // namespace rowhouse::verify
