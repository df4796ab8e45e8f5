#include "verify/mysql_side.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

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
    : options_(options), table_(table), canonical_(canonical), sql_(table, canonical, filter) {}

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
  const bool is_unsigned = table_.columns[table_.primary_key[0]].is_unsigned;
  return std::optional(KeySpan{KeyOrdinal(*row[0], is_unsigned), KeyOrdinal(*row[1], is_unsigned)});
}

Result<RowSum> MySqlSide::Sum(const Region& region) {
  const mysql::Rows rows = ROWHOUSE_TRY(AskBulk(sql_.Sum(region)));
  return SumOf(rows.rows.at(0)[0], rows.rows.at(0)[1]);
}

Result<RowSum> MySqlSide::Count(const Region& region) {
  const mysql::Rows rows = ROWHOUSE_TRY(AskBulk(sql_.Count(region)));
  return SumOf(rows.rows.at(0)[0], rows.rows.at(0)[1]);
}

Result<BucketSums> MySqlSide::Sums(const Region& region, uint32_t buckets) {
  const mysql::Rows rows = ROWHOUSE_TRY(AskBulk(sql_.Sums(region, buckets)));
  BucketSums sums;
  for (const auto& row : rows.rows) {
    sums[static_cast<uint32_t>(Number(row[0]))] = SumOf(row[1], row[2]);
  }
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
  AddRows(ROWHOUSE_TRY(AskBulk(sql_.Rows(region))), rows);
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
      ROWHOUSE_TRY(mysql::OpenSnapshot(*connection_, options_, table_, seen));
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
  place_exactly.id = table_.id;
  const bool exact = seen.binlog.empty();
  const mysql::SnapshotPlace place =
      ROWHOUSE_TRY(mysql::OpenSnapshot(*connection_, options_, exact ? place_exactly : table_, seen)
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
