#include "verify/clickhouse_side.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>

#include "base/bytes.h"
#include "verify/comparison.h"
#include "verify/mysql_side.h"

namespace rowhouse::verify {
namespace {

constexpr seconds kAnswerWithin{3600};
constexpr const char* kNoSecond = "CAST(NULL AS Nullable(Int32))";
constexpr size_t kRowsAnInsert = 50;
// Ordinals of repairs: above those of a load's rows.
constexpr uint32_t kRepairOrdinal = 0xC0000000;

uint64_t Number(const std::optional<std::string>& text) {
  if (!text) {
    return 0;
  }
  return text->starts_with('-') ? static_cast<uint64_t>(std::strtoll(text->c_str(), nullptr, 10))
                                : std::strtoull(text->c_str(), nullptr, 10);
}

RowVersion VersionOf(const clickhouse::Row& row, size_t at) {
  return {Number(row[at]), Number(row[at + 1])};
}

std::string JoinKey(const clickhouse::Row& row, size_t columns) {
  std::string key = row[0].value_or("");
  for (size_t i = 1; i < columns; ++i) {
    key += "," + row[i].value_or("");
  }
  return key;
}

RowVersion Next(RowVersion version) {
  ++version.low;
  version.high += version.low == 0 ? 1 : 0;
  return version;
}

// The least version of a row that was read at `at`: below all changes there and later.
RowVersion RepairVersion(const SourcePosition& at) {
  BinlogPosition place = at.binlog;
  place.pos -= place.pos == 0 ? 0 : 1;
  RowVersion version = VersionAt(at.epoch, place);
  version.low |= kRepairOrdinal;
  return version;
}

}  // namespace

ClickHouseSide::ClickHouseSide(
    clickhouse::Client& client,
    std::string table,
    std::string marks,
    const TableSchema& schema,
    const CanonicalTable& canonical,
    const RowFilter& filter
)
    : client_(client),
      key_is_unsigned_(schema.has_key() && schema.columns[schema.primary_key[0]].is_unsigned),
      canonical_(canonical),
      sql_(std::move(table), std::move(marks), schema, canonical, filter) {}

Result<clickhouse::Rows> ClickHouseSide::Ask(const std::string& sql) {
  clickhouse::StatementOptions options;
  options.deadline = Deadline::After(kAnswerWithin);
  options.settings = {
      {"max_query_size", "1073741824"},
      {"max_ast_elements", "10000000"},
      {"max_expanded_ast_elements", "10000000"}};
  auto rows = client_.Query(sql, options);
  return rows
             ? std::move(rows)
             : Result<clickhouse::Rows>(std::move(rows).error().Context("verifying " + sql_.table())
               );
}

Status ClickHouseSide::Order(const std::string& sql) {
  clickhouse::StatementOptions options;
  options.deadline = Deadline::After(kAnswerWithin);
  options.settings = {
      {"max_query_size", "1073741824"},
      {"max_ast_elements", "10000000"},
      {"max_expanded_ast_elements", "10000000"},
      {"mutations_sync", "2"}};
  const Status done = client_.Execute(sql, options);
  return done ? Ok() : Status(Error(done.error()).Context("repairing " + sql_.table()));
}

Result<std::optional<KeySpan>> ClickHouseSide::Span() {
  const clickhouse::Rows rows = ROWHOUSE_TRY(Ask(sql_.Span()));
  const auto& row = rows.at(0);
  if (Number(row[2]) == 0) {
    return std::optional<KeySpan>();
  }
  return std::optional(KeySpan{
      KeyOrdinal(row[0].value_or(""), key_is_unsigned_),
      KeyOrdinal(row[1].value_or(""), key_is_unsigned_)});
}

Result<RowSum> ClickHouseSide::AskSum(const std::string& sql) {
  const clickhouse::Rows rows = ROWHOUSE_TRY(Ask(sql));
  return RowSum{Number(rows.at(0)[0]), Number(rows.at(0)[1])};
}

Result<RowSum> ClickHouseSide::Sum(const Region& region) {
  return AskSum(sql_.Sum(region));
}

Result<RowSum> ClickHouseSide::Count(const Region& region) {
  return AskSum(sql_.Count(region));
}

Result<BucketSums> ClickHouseSide::Sums(const Region& region, uint32_t buckets) {
  const clickhouse::Rows rows = ROWHOUSE_TRY(Ask(sql_.Sums(region, buckets)));
  BucketSums sums;
  for (const auto& row : rows) {
    const RowSum sum{Number(row[1]), Number(row[2])};
    if (sum != RowSum{}) {  // without key: rows that have come and gone
      sums[static_cast<uint32_t>(Number(row[0]))] = sum;
    }
  }
  return sums;
}

void ClickHouseSide::AddState(const clickhouse::Row& row, RowStates& rows) const {
  const size_t key = canonical_.key.size();
  if (key == 0) {
    rows[row[0].value_or("")] = {row[0].value_or(""), Number(row[1])};
  } else {
    rows[JoinKey(row, key)] = {row[key].value_or(""), 1};
  }
}

Result<RowStates> ClickHouseSide::Rows(const Region& region) {
  RowStates rows;
  for (const auto& row : ROWHOUSE_TRY(Ask(sql_.Rows(region)))) {
    AddState(row, rows);
  }
  return rows;
}

Result<CellRows> ClickHouseSide::Cells(const std::vector<std::string>& keys) {
  CellRows rows;
  const size_t key = std::max<size_t>(canonical_.key.size(), 1);
  for (size_t at = 0; at < keys.size();) {
    const std::vector<std::string> some = KeysFrom(keys, at);
    at += some.size();
    for (const auto& row : ROWHOUSE_TRY(Ask(sql_.Cells(some)))) {
      CellRow& cells = rows[JoinKey(row, key)];
      cells.clear();
      for (size_t i = key; i < row.size(); ++i) {
        cells.push_back(row[i] ? std::optional(FromHexDigits(*row[i])) : std::nullopt);
      }
    }
  }
  return rows;
}

// The row first, then the highest version: what came in between is above the row's own.
Result<TargetRows> ClickHouseSide::Lookup(
    const std::vector<std::string>& keys, const std::optional<RowVersion>& before
) {
  TargetRows rows;
  for (const std::string& key : keys) {
    rows[key] = {};
  }
  const size_t columns = canonical_.key.size();
  for (size_t at = 0; at < keys.size();) {
    const std::vector<std::string> some = KeysFrom(keys, at);
    at += some.size();
    for (const auto& row : ROWHOUSE_TRY(Ask(sql_.Lookup(some, before ? &*before : nullptr)))) {
      RowStates state;
      AddState(row, state);
      for (auto& [key, value] : state) {
        const RowVersion version = columns == 0 ? RowVersion() : VersionOf(row, columns + 1);
        rows[key] = {std::move(value), version};
      }
    }
    if (columns > 0) {
      ROWHOUSE_TRY(AddVersions(some, rows));
    }
  }
  return rows;
}

Status ClickHouseSide::AddVersions(const std::vector<std::string>& keys, TargetRows& rows) {
  const size_t columns = canonical_.key.size();
  const clickhouse::Rows marks = ROWHOUSE_TRY(Ask(sql_.Mark()));
  const RowVersion mark = VersionOf(marks.at(0), 0);
  for (const std::string& key : keys) {
    TargetRow& row = rows[key];
    row.version = row.state ? row.version : mark;
  }
  for (const auto& row : ROWHOUSE_TRY(Ask(sql_.Versions(keys)))) {
    TargetRow& target = rows[JoinKey(row, columns)];
    if (!target.state) {
      target.version = std::max(target.version, VersionOf(row, columns));
    }
  }
  return Ok();
}

std::string ClickHouseSide::Names(bool whole) const {
  std::string names;
  for (size_t i = 0; i < canonical_.columns.size(); ++i) {
    const CanonicalColumn& column = canonical_.columns[i];
    if (whole || std::ranges::find(canonical_.key, i) != canonical_.key.end()) {
      names += clickhouse::QuoteName(column.target) + ", ";
      if (!column.second_target.empty()) {
        names += clickhouse::QuoteName(column.second_target) + ", ";
      }
    }
  }
  return names;
}

void ClickHouseSide::AddCellValues(const CellRow& row, std::string& values) const {
  for (size_t i = 0; i < canonical_.columns.size(); ++i) {
    const CanonicalColumn& column = canonical_.columns[i];
    const auto& cell = row[i];
    const std::string text = cell ? fmt::format("unhex('{}')", ToHex(AsBytes(*cell))) : "";
    // Names of their own, since ClickHouse calls constants by their values.
    values += fmt::format("{} AS c{}, ", cell ? Filled(column.back, text) : column.null_value, i);
    if (!column.second_target.empty()) {
      const std::string second = cell ? Filled(column.second_back, text) : kNoSecond;
      values += fmt::format("{} AS s{}, ", second, i);
    }
  }
}

std::string ClickHouseSide::Values(
    const std::string& key, const CellRow* row, const RowVersion& version
) const {
  std::string values = "SELECT ";
  if (row != nullptr) {
    AddCellValues(*row, values);
  } else {
    const std::vector<std::string> bytes = KeyBytes(key);
    // In the order of the columns, as Names has them.
    for (size_t i = 0; i < canonical_.columns.size(); ++i) {
      const auto at = std::ranges::find(canonical_.key, i);
      if (at != canonical_.key.end()) {
        const auto& part = bytes[static_cast<size_t>(at - canonical_.key.begin())];
        const std::string text = fmt::format("unhex('{}')", ToHex(AsBytes(part)));
        values += fmt::format("{} AS c{}, ", Filled(canonical_.columns[i].back, text), i);
      }
    }
  }
  return values + VersionSql(version);
}

Status ClickHouseSide::DeleteEntry(const std::string& key, const RowVersion& version) {
  return Order(fmt::format(
      "ALTER TABLE {} DELETE WHERE {} AND _version = {}",
      sql_.table(),
      sql_.WhereKeys({key}),
      VersionSql(version)
  ));
}

Status ClickHouseSide::Put(
    const std::vector<std::string>& keys, const SourceCells& rows, const TargetRows& now
) {
  const RowVersion limit = VersionAt(rows.at.epoch, rows.at.binlog);
  std::vector<std::string> entries[2];  // rows, and marks of removed ones
  for (const std::string& key : keys) {
    const RowVersion there = now.at(key).version;
    RowVersion version = RepairVersion(rows.at);
    if (there < limit) {
      version = std::max(version, Next(there));
    } else {
      ROWHOUSE_TRY(DeleteEntry(key, there));
    }
    const auto row = rows.rows.find(key);
    const bool is_there = row != rows.rows.end();
    entries[is_there ? 0 : 1].push_back(Values(key, is_there ? &row->second : nullptr, version));
  }
  for (const int deleted : {0, 1}) {
    for (size_t at = 0; at < entries[deleted].size(); at += kRowsAnInsert) {
      std::string all;
      for (size_t i = at; i < std::min(at + kRowsAnInsert, entries[deleted].size()); ++i) {
        all +=
            fmt::format("{}{}, {}", all.empty() ? "" : " UNION ALL ", entries[deleted][i], deleted);
      }
      ROWHOUSE_TRY(Order(fmt::format(
          "INSERT INTO {} ({}_version, _is_deleted) {}", sql_.table(), Names(deleted == 0), all
      )));
    }
  }
  return Ok();
}

Status ClickHouseSide::Adjust(
    const std::string&, const CellRow& row, int64_t copies, const SourcePosition& at
) {
  const RowVersion limit = VersionAt(at.epoch, at.binlog);
  const clickhouse::Rows highest = ROWHOUSE_TRY(Ask(fmt::format(
      "SELECT toUInt64(bitShiftRight(max(_version), 64)), toUInt64(max(_version)) FROM {} WHERE "
      "_version < {}",
      sql_.table(),
      VersionSql(limit)
  )));
  RowVersion version = std::max(RepairVersion(at), Next(VersionOf(highest.at(0), 0)));
  std::string values;
  AddCellValues(row, values);
  const int64_t sign = copies < 0 ? -1 : 1;
  std::string all;
  for (int64_t copy = 0; copy != copies; copy += sign) {
    all += fmt::format(
        "{}SELECT {}{}, {}", all.empty() ? "" : " UNION ALL ", values, VersionSql(version), sign
    );
    version = Next(version);
  }
  return Order(fmt::format("INSERT INTO {} ({}_version, _sign) {}", sql_.table(), Names(true), all)
  );
}

}  // namespace rowhouse::verify
