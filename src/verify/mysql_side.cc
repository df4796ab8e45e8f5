#include "verify/mysql_side.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "mysql/chunk_reader.h"
#include "mysql/chunk_sql.h"
#include "mysql/key_index.h"
#include "mysql/snapshot.h"
#include "mysql/start_position.h"

namespace rowhouse::verify {
namespace {

constexpr size_t kKeysAStatement = 500;

uint64_t Number(const std::optional<std::string>& text) {
  return text ? std::strtoull(text->c_str(), nullptr, 10) : 0;
}

RowSum SumOf(const std::optional<std::string>& rows, const std::optional<std::string>& hashes) {
  return {Number(rows), Number(hashes)};
}

// The first `columns` cells with commas between.
std::string JoinKey(const std::vector<std::optional<std::string>>& row, size_t columns) {
  std::string key = row[0].value_or("");
  for (size_t i = 1; i < columns; ++i) {
    key += "," + row[i].value_or("");
  }
  return key;
}

}  // namespace

std::vector<std::string> KeysFrom(const std::vector<std::string>& keys, size_t at) {
  const size_t end = std::min(at + kKeysAStatement, keys.size());
  return {
      keys.begin() + static_cast<std::ptrdiff_t>(at),
      keys.begin() + static_cast<std::ptrdiff_t>(end)};
}

MySqlSide::MySqlSide(
    const mysql::SourceOptions& options,
    const TableSchema& table,
    const CanonicalTable& canonical,
    const RowFilter& filter
)
    : options_(options),
      table_(std::make_shared<TableSchema>(table)),
      canonical_(canonical),
      sql_(table, canonical, filter) {}

Result<std::unique_ptr<MySqlSide>> MySqlSide::Open(
    const mysql::SourceOptions& options,
    const TableSchema& table,
    const CanonicalTable& canonical,
    const RowFilter& filter
) {
  std::unique_ptr<MySqlSide> side(new MySqlSide(options, table, canonical, filter));
  side->connection_ = ROWHOUSE_TRY(mysql::Connection::Open(options));
  ROWHOUSE_TRY(mysql::PrepareForReading(*side->connection_, options));
  side->identity_ = ROWHOUSE_TRY(mysql::ServerIdentity(*side->connection_));
  return side;
}

// Where the bulk of the rows is read.
Result<mysql::Rows> MySqlSide::AskBulk(const std::string& sql) {
  if (!options_.reads_replica()) {
    return Ask(sql);
  }
  if (replica_ == nullptr) {
    auto replica = ROWHOUSE_TRY(mysql::ReplicaSnapshots::Open(options_, *connection_));
    ROWHOUSE_TRY(replica->CatchUp(*connection_));
    replica_ = std::move(replica);
  }
  return Ask(replica_->rows(), sql);
}

Result<mysql::Rows> MySqlSide::Ask(mysql::Connection& connection, const std::string& sql) {
  Result<mysql::Rows> rows = connection.Query(sql);
  return rows ? std::move(rows)
              : Result<mysql::Rows>(std::move(rows).error().Context("verifying " + sql_.table()));
}

Result<std::optional<KeySpan>> MySqlSide::Span() {
  const mysql::Rows rows = ROWHOUSE_TRY(AskBulk(sql_.Span()));
  const auto& row = rows.rows.at(0);
  if (!row[0]) {
    return std::optional<KeySpan>();
  }
  const bool is_unsigned = table_->columns[table_->primary_key[0]].is_unsigned;
  return std::optional(KeySpan{KeyOrdinal(*row[0], is_unsigned), KeyOrdinal(*row[1], is_unsigned)});
}

// The range behind those that are cut, as the table is now.
Status MySqlSide::CutNext() {
  if (cutter_ == nullptr) {
    cutter_ = ROWHOUSE_TRY(mysql::ChunkReader::Open(options_));
    key_index_ = ROWHOUSE_TRY(mysql::KeyIndex(*connection_, *table_));
  }
  cut_.after = cut_.upto;
  cut_.upto = ROWHOUSE_TRY(cutter_->KeyAfter(table_, cut_.after, cutting_.rows));
  if (cut_.upto == cut_.after) {
    cut_.upto.clear();  // as far as a date with zero parts can be told
  }
  const std::string condition = ROWHOUSE_TRY(mysql::KeyRangeSql(*table_, cut_));
  ranges_.push_back({condition, condition.empty() ? "" : key_index_});
  all_cut_ = cut_.upto.empty();
  return Ok();
}

// Asks for all of the region, by as many statements as it takes; `ask` gives the rows of one.
Status MySqlSide::EachRange(const Region& region, const AskRange& ask) {
  if (region.span || cutting_.rows == 0 || canonical_.key.empty()) {
    ROWHOUSE_TRY(ask({}));
    return Ok();
  }
  for (size_t at = 0; at < ranges_.size() || !all_cut_; ++at) {
    if (at == ranges_.size()) {
      ROWHOUSE_TRY(CutNext());
    }
    const uint64_t rows = ROWHOUSE_TRY(ask(ranges_[at]));
    const bool last = all_cut_ && at + 1 == ranges_.size();
    if (cutting_.between && !last) {
      ROWHOUSE_TRY(cutting_.between(rows));
    }
  }
  return Ok();
}

Result<RowSum> MySqlSide::SumOfRanges(const Region& region, bool count) {
  RowSum all;
  const auto ask = [&](const MySqlRange& range) -> Result<uint64_t> {
    const mysql::Rows rows =
        ROWHOUSE_TRY(AskBulk(count ? sql_.Count(region, range) : sql_.Sum(region, range)));
    const RowSum sum = SumOf(rows.rows.at(0)[0], rows.rows.at(0)[1]);
    all.rows += sum.rows;
    all.hashes += sum.hashes;
    return sum.rows;
  };
  ROWHOUSE_TRY(EachRange(region, ask));
  return all;
}

Result<RowSum> MySqlSide::Sum(const Region& region) {
  return SumOfRanges(region, false);
}

Result<RowSum> MySqlSide::Count(const Region& region) {
  return SumOfRanges(region, true);
}

Result<BucketSums> MySqlSide::Sums(const Region& region, uint32_t buckets) {
  BucketSums sums;
  const auto ask = [&](const MySqlRange& range) -> Result<uint64_t> {
    uint64_t rows = 0;
    for (const auto& row : ROWHOUSE_TRY(AskBulk(sql_.Sums(region, buckets, range))).rows) {
      const RowSum part = SumOf(row[1], row[2]);
      RowSum& sum = sums[static_cast<uint32_t>(Number(row[0]))];
      sum.rows += part.rows;
      sum.hashes += part.hashes;
      rows += part.rows;
    }
    return rows;
  };
  ROWHOUSE_TRY(EachRange(region, ask));
  return sums;
}

void MySqlSide::AddRows(const mysql::Rows& answer, RowStates& rows) const {
  const size_t key = canonical_.key.size();
  for (const auto& row : answer.rows) {
    if (key == 0) {
      rows[row[0].value_or("")] = {row[0].value_or(""), Number(row[1])};
    } else {
      rows[JoinKey(row, key)] = {row[key].value_or(""), 1};
    }
  }
}

Result<RowStates> MySqlSide::Rows(const Region& region) {
  RowStates rows;
  const auto ask = [&](const MySqlRange& range) -> Result<uint64_t> {
    const mysql::Rows answer = ROWHOUSE_TRY(AskBulk(sql_.Rows(region, range)));
    AddRows(answer, rows);
    return uint64_t{answer.rows.size()};
  };
  ROWHOUSE_TRY(EachRange(region, ask));
  return rows;
}

Status MySqlSide::AddCells(const std::vector<std::string>& keys, CellRows& rows) {
  const size_t key = std::max<size_t>(canonical_.key.size(), 1);
  for (size_t at = 0; at < keys.size(); at += kKeysAStatement) {
    const mysql::Rows answer = ROWHOUSE_TRY(Ask(sql_.Cells(KeysFrom(keys, at))));
    for (const auto& row : answer.rows) {
      CellRow& cells = rows[JoinKey(row, key)];
      cells.clear();
      for (size_t i = key; i < row.size(); ++i) {
        cells.push_back(row[i] ? std::optional(FromHexDigits(*row[i])) : std::nullopt);
      }
    }
  }
  return Ok();
}

Result<CellRows> MySqlSide::Cells(const std::vector<std::string>& keys) {
  CellRows rows;
  ROWHOUSE_TRY(AddCells(keys, rows));
  return rows;
}

Result<SourceRows> MySqlSide::Lookup(
    const std::vector<std::string>& keys, const SourcePosition& seen
) {
  SourceRows out;
  const mysql::SnapshotPlace place =
      ROWHOUSE_TRY(mysql::OpenSnapshot(*connection_, options_, *table_, seen));
  for (size_t at = 0; at < keys.size(); at += kKeysAStatement) {
    AddRows(ROWHOUSE_TRY(Ask(sql_.Lookup(KeysFrom(keys, at)))), out.rows);
  }
  ROWHOUSE_TRY(connection_->Execute("COMMIT"));
  out.at = place.read_at;
  out.exact = place.exact;
  out.log_end = ROWHOUSE_TRY(LogEnd());
  return out;
}

Result<SourceCells> MySqlSide::Read(
    const std::vector<std::string>& keys, const SourcePosition& seen
) {
  SourceCells out;
  TableSchema place_exactly;  // without key: see OpenSnapshot
  place_exactly.id = table_->id;
  const bool exact = seen.binlog.empty();
  const mysql::SnapshotPlace place = ROWHOUSE_TRY(
      mysql::OpenSnapshot(*connection_, options_, exact ? place_exactly : *table_, seen)
  );
  ROWHOUSE_TRY(AddCells(keys, out.rows));
  ROWHOUSE_TRY(connection_->Execute("COMMIT"));
  out.at = place.read_at;
  return out;
}

Result<BinlogPosition> MySqlSide::LogEnd() {
  return mysql::LogEnd(*connection_);
}

}  // namespace rowhouse::verify
