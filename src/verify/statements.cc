#include "verify/statements.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "clickhouse/client.h"
#include "mysql/connection.h"

namespace rowhouse::verify {
namespace {

using Width = CanonicalColumn::Width;

constexpr uint64_t kBias = uint64_t{1} << 63;

std::string KeyNumber(uint64_t ordinal, bool is_unsigned) {
  return is_unsigned ? std::to_string(ordinal)
                     : std::to_string(static_cast<int64_t>(ordinal ^ kBias));
}

void And(std::string& where, std::string_view condition) {
  if (!condition.empty()) {
    where += fmt::format("{}({})", where.empty() ? "" : " AND ", condition);
  }
}

std::string WhereClause(const std::string& conditions) {
  return conditions.empty() ? "" : " WHERE " + conditions;
}

// What of a column goes into the text of its row, in either server's functions.
struct Dialect {
  std::string_view length;
  std::string_view crc32;
  std::string_view sha256;  // as hex digits in lower case
  std::string_view no_bytes;
};

constexpr Dialect kMySql = {"LENGTH({})", "CRC32({})", "SHA2({},256)", "''"};
constexpr Dialect kClickHouse = {
    "toString(length({}))", "toString(CRC32({}))", "lower(hex(SHA256({})))", "''"};

std::string Apply(std::string_view function, std::string_view argument) {
  return fmt::format(fmt::runtime(function), argument);
}

std::string OrTilde(std::string sql, bool may_be_null) {
  return may_be_null ? fmt::format("IFNULL({},'~')", sql) : sql;
}

// The column's parts of a row's text.
std::string Pieces(
    const CanonicalColumn& column,
    const std::string& bytes,
    bool may_be_null,
    HashKind kind,
    const Dialect& dialect
) {
  if (column.width == Width::kPlain) {
    return OrTilde(bytes, may_be_null);
  }
  const std::string length = OrTilde(Apply(dialect.length, bytes), may_be_null);
  if (column.width == Width::kText) {
    return fmt::format(
        "{},{}", length, may_be_null ? fmt::format("IFNULL({},{})", bytes, dialect.no_bytes) : bytes
    );
  }
  const std::string digest =
      Apply(kind == HashKind::kSha256 ? dialect.sha256 : dialect.crc32, bytes);
  return fmt::format("{},{}", length, OrTilde(digest, may_be_null));
}

std::string Bucket(const std::string& checksum, const Region& region) {
  return region.of.empty()
             ? ""
             : fmt::format(
                   "bitAnd({}, {}) IN ({})", checksum, region.buckets - 1, fmt::join(region.of, ",")
               );
}

bool FirstKeyIsUnsigned(const TableSchema& table) {
  return table.has_key() && table.columns[table.primary_key[0]].is_unsigned;
}

// Entries of before, and those that no log will reach soon: they are none of the source's.
std::string AsOf(const RowVersion& before) {
  constexpr uint64_t kTwoFiles = uint64_t{2} << 16;
  const RowVersion beyond{before.high + kTwoFiles, 0};
  return fmt::format("(_version < {} OR _version >= {})", VersionSql(before), VersionSql(beyond));
}

std::string QuotedHashes(const std::vector<std::string>& keys) {
  return fmt::format("'{}'", fmt::join(keys, "','"));
}

}  // namespace

uint64_t KeyOrdinal(const std::string& digits, bool is_unsigned) {
  return is_unsigned ? std::strtoull(digits.c_str(), nullptr, 10)
                     : static_cast<uint64_t>(std::strtoll(digits.c_str(), nullptr, 10)) ^ kBias;
}

std::vector<std::string> KeyBytes(std::string_view key) {
  std::vector<std::string> parts;
  for (size_t at = 0; at <= key.size();) {
    const size_t end = std::min(key.find(',', at), key.size());
    parts.push_back(FromHexDigits(key.substr(at, end - at)));
    at = end + 1;
  }
  return parts;
}

std::string Filled(std::string_view sql, std::string_view value) {
  std::string out;
  for (const char c : sql) {
    c == '$' ? out.append(value) : out.append(1, c);
  }
  return out;
}

std::string VersionSql(const RowVersion& version) {
  return fmt::format("reinterpretAsUInt128(reverse(unhex('{}')))", version.ToHex());
}

bool HasSpans(const TableSchema& table, const CanonicalTable& canonical) {
  if (!table.has_key()) {
    return false;
  }
  switch (table.columns[table.primary_key[0]].type) {
    case ColumnType::kTinyInt:
    case ColumnType::kSmallInt:
    case ColumnType::kMediumInt:
    case ColumnType::kInt:
    case ColumnType::kBigInt:
      return canonical.columns[canonical.key[0]].back.find("toUInt8($)") == std::string::npos;
    default:
      return false;
  }
}

MySqlStatements::MySqlStatements(
    const TableSchema& table, const CanonicalTable& canonical, RowFilter filter
)
    : canonical_(canonical),
      from_(mysql::QuoteName(table.id.db) + "." + mysql::QuoteName(table.id.table)),
      key_is_unsigned_(FirstKeyIsUnsigned(table)),
      filter_(std::move(filter)) {}

// A binary separator makes the whole text bytes, so that collations need not agree.
std::string MySqlStatements::RowText(HashKind kind) const {
  std::string pieces;
  for (const CanonicalColumn& column : canonical_.columns) {
    pieces += "," + Pieces(column, column.mysql, column.may_be_null, kind, kMySql);
  }
  return fmt::format("CONCAT_WS(X'7C'{})", pieces);
}

std::string MySqlStatements::KeyChecksum() const {
  if (canonical_.key.empty()) {
    return fmt::format("CRC32({})", RowText(HashKind::kCrc32));
  }
  std::string pieces;
  for (const size_t index : canonical_.key) {
    const CanonicalColumn& column = canonical_.columns[index];
    pieces += "," + Pieces(column, column.mysql, false, HashKind::kCrc32, kMySql);
  }
  return fmt::format("CRC32(CONCAT_WS(X'7C'{}))", pieces);
}

std::string MySqlStatements::KeyList() const {
  if (canonical_.key.empty()) {
    return fmt::format("SHA2({},256)", RowText(HashKind::kSha256));
  }
  std::string list;
  for (const size_t index : canonical_.key) {
    list += fmt::format(
        "{}HEX(CONCAT(X'',{}))", list.empty() ? "" : ",", canonical_.columns[index].mysql
    );
  }
  return list;
}

std::string MySqlStatements::FromWhere(const Region& region, const MySqlRange& range) const {
  std::string where;
  if (region.span) {
    And(where,
        fmt::format(
            "{} BETWEEN {} AND {}",
            mysql::QuoteName(canonical_.columns[canonical_.key[0]].name),
            KeyNumber(region.span->first, key_is_unsigned_),
            KeyNumber(region.span->last, key_is_unsigned_)
        ));
  }
  if (!region.of.empty()) {
    And(where,
        fmt::format(
            "({} & {}) IN ({})", KeyChecksum(), region.buckets - 1, fmt::join(region.of, ",")
        ));
  }
  And(where, range.condition);
  And(where, filter_.mysql);
  const std::string index =
      range.index.empty() ? "" : fmt::format(" FORCE INDEX ({})", mysql::QuoteName(range.index));
  return from_ + index + WhereClause(where);
}

std::string MySqlStatements::WhereKeys(const std::vector<std::string>& keys) const {
  if (canonical_.key.empty()) {
    std::string where = fmt::format("{} IN ({})", KeyList(), QuotedHashes(keys));
    And(where, filter_.mysql);
    return where;
  }
  std::string any;
  for (const std::string& key : keys) {
    const std::vector<std::string> bytes = KeyBytes(key);
    std::string all;
    for (size_t i = 0; i < canonical_.key.size(); ++i) {
      const CanonicalColumn& column = canonical_.columns[canonical_.key[i]];
      // Of a value that a date with zero parts reads as, the index can't be asked.
      const bool as_stored = bytes[i] != column.zero_reads_as || column.zero_reads_as.empty();
      And(all,
          fmt::format(
              "{} = {}",
              as_stored ? mysql::QuoteName(column.name) : column.mysql,
              MySqlLiteral(column, bytes[i])
          ));
    }
    any += fmt::format("{}({})", any.empty() ? "" : " OR ", all);
  }
  return any;
}

std::string MySqlStatements::Span() const {
  const std::string key = mysql::QuoteName(canonical_.columns[canonical_.key[0]].name);
  return fmt::format(
      "SELECT MIN({0}), MAX({0}) FROM {1}{2}",
      key + (key_is_unsigned_ ? "+0" : ""),
      from_,
      WhereClause(filter_.mysql)
  );
}

std::string MySqlStatements::Sum(const Region& region, const MySqlRange& range) const {
  return fmt::format(
      "SELECT COUNT(*), SUM(CRC32({})) FROM {}", RowText(HashKind::kCrc32), FromWhere(region, range)
  );
}

std::string MySqlStatements::Count(const Region& region, const MySqlRange& range) const {
  return fmt::format("SELECT COUNT(*), 0 FROM {}", FromWhere(region, range));
}

std::string MySqlStatements::Sums(const Region& region, uint32_t buckets, const MySqlRange& range)
    const {
  return fmt::format(
      "SELECT {} & {} AS b, COUNT(*), SUM(CRC32({})) FROM {} GROUP BY b",
      KeyChecksum(),
      buckets - 1,
      RowText(HashKind::kCrc32),
      FromWhere(region, range)
  );
}

std::string MySqlStatements::Rows(const Region& region, const MySqlRange& range) const {
  if (canonical_.key.empty()) {
    return fmt::format(
        "SELECT {} AS h, COUNT(*) FROM {} GROUP BY h", KeyList(), FromWhere(region, range)
    );
  }
  return fmt::format(
      "SELECT {}, SHA2({},256) FROM {}",
      KeyList(),
      RowText(HashKind::kSha256),
      FromWhere(region, range)
  );
}

std::string MySqlStatements::Lookup(const std::vector<std::string>& keys) const {
  if (canonical_.key.empty()) {
    return fmt::format(
        "SELECT {} AS h, COUNT(*) FROM {} WHERE {} GROUP BY h", KeyList(), from_, WhereKeys(keys)
    );
  }
  return fmt::format(
      "SELECT {}, SHA2({},256) FROM {} WHERE {}",
      KeyList(),
      RowText(HashKind::kSha256),
      from_,
      WhereKeys(keys)
  );
}

std::string MySqlStatements::Cells(const std::vector<std::string>& keys) const {
  std::string list = KeyList();
  for (const CanonicalColumn& column : canonical_.columns) {
    list += fmt::format(",HEX(CONCAT(X'',{}))", column.mysql);
  }
  return fmt::format("SELECT {} FROM {} WHERE {}", list, from_, WhereKeys(keys));
}

ClickHouseStatements::ClickHouseStatements(
    std::string table,
    std::string marks,
    const TableSchema& schema,
    const CanonicalTable& canonical,
    RowFilter filter
)
    : canonical_(canonical),
      table_(std::move(table)),
      marks_(std::move(marks)),
      key_is_unsigned_(FirstKeyIsUnsigned(schema)),
      filter_(std::move(filter)) {}

std::string ClickHouseStatements::RowText(HashKind kind) const {
  std::string pieces;
  for (const CanonicalColumn& column : canonical_.columns) {
    pieces += "," + Pieces(column, column.clickhouse, true, kind, kClickHouse);
  }
  return fmt::format("concatWithSeparator('|'{})", pieces);
}

std::string ClickHouseStatements::KeyChecksum() const {
  if (!keyed()) {
    return fmt::format("CRC32({})", RowText(HashKind::kCrc32));
  }
  std::string pieces;
  for (const size_t index : canonical_.key) {
    const CanonicalColumn& column = canonical_.columns[index];
    pieces += "," + Pieces(column, column.clickhouse, false, HashKind::kCrc32, kClickHouse);
  }
  return fmt::format("CRC32(concatWithSeparator('|'{}))", pieces);
}

std::string ClickHouseStatements::KeyList() const {
  if (!keyed()) {
    return Apply(kClickHouse.sha256, RowText(HashKind::kSha256));
  }
  std::string list;
  for (const size_t index : canonical_.key) {
    list += fmt::format("{}hex({})", list.empty() ? "" : ",", canonical_.columns[index].clickhouse);
  }
  return list;
}

std::string ClickHouseStatements::From() const {
  return fmt::format("{} FINAL WHERE _version > (SELECT max(version) FROM {})", table_, marks_);
}

std::string ClickHouseStatements::Where(const Region& region) const {
  std::string where;
  if (region.span) {
    And(where,
        fmt::format(
            "{} BETWEEN {} AND {}",
            clickhouse::QuoteName(canonical_.columns[canonical_.key[0]].target),
            KeyNumber(region.span->first, key_is_unsigned_),
            KeyNumber(region.span->last, key_is_unsigned_)
        ));
  }
  And(where, Bucket(KeyChecksum(), region));
  And(where, filter_.clickhouse);
  return where.empty() ? "" : " AND " + where;
}

// Without key a row is there as often as its signs sum up to.
std::string ClickHouseStatements::Counts() const {
  const std::string hash = fmt::format("CRC32({})", RowText(HashKind::kCrc32));
  return keyed() ? fmt::format("count(), sum({})", hash)
                 : fmt::format("sum(_sign), sum(toInt64(_sign) * {})", hash);
}

std::string ClickHouseStatements::Span() const {
  return fmt::format(
      "SELECT min({0}), max({0}), count() FROM {1}{2}",
      clickhouse::QuoteName(canonical_.columns[canonical_.key[0]].target),
      From(),
      Where({})
  );
}

std::string ClickHouseStatements::Sum(const Region& region) const {
  return fmt::format("SELECT {} FROM {}{}", Counts(), From(), Where(region));
}

std::string ClickHouseStatements::Count(const Region& region) const {
  return fmt::format(
      "SELECT {}, 0 FROM {}{}", keyed() ? "count()" : "sum(_sign)", From(), Where(region)
  );
}

std::string ClickHouseStatements::Sums(const Region& region, uint32_t buckets) const {
  return fmt::format(
      "SELECT bitAnd({}, {}) AS _b, {} FROM {}{} GROUP BY _b",
      KeyChecksum(),
      buckets - 1,
      Counts(),
      From(),
      Where(region)
  );
}

std::string ClickHouseStatements::Rows(const Region& region) const {
  if (!keyed()) {
    return fmt::format(
        "SELECT {} AS _h, sum(_sign) AS _n FROM {}{} GROUP BY _h HAVING _n != 0",
        KeyList(),
        From(),
        Where(region)
    );
  }
  return fmt::format(
      "SELECT {}, {} FROM {}{}",
      KeyList(),
      Apply(kClickHouse.sha256, RowText(HashKind::kSha256)),
      From(),
      Where(region)
  );
}

std::string ClickHouseStatements::WhereKeys(const std::vector<std::string>& keys) const {
  if (!keyed()) {
    return fmt::format("{} IN ({})", KeyList(), QuotedHashes(keys));
  }
  std::string names;
  for (const size_t index : canonical_.key) {
    names += (names.empty() ? "" : ", ") + clickhouse::QuoteName(canonical_.columns[index].target);
  }
  std::string tuples;
  for (const std::string& key : keys) {
    const std::vector<std::string> bytes = KeyBytes(key);
    std::string tuple;
    for (size_t i = 0; i < canonical_.key.size(); ++i) {
      const CanonicalColumn& column = canonical_.columns[canonical_.key[i]];
      const std::string text = fmt::format("unhex('{}')", ToHex(AsBytes(bytes[i])));
      tuple += (tuple.empty() ? "" : ", ") + Filled(column.back, text);
    }
    tuples += fmt::format("{}tuple({})", tuples.empty() ? "" : ", ", tuple);
  }
  return fmt::format("tuple({}) IN ({})", names, tuples);
}

std::string ClickHouseStatements::Lookup(
    const std::vector<std::string>& keys, const RowVersion* before
) const {
  if (!keyed()) {
    return fmt::format(
        "SELECT {} AS _h, sum(_sign) AS _n FROM {} AND {}{} GROUP BY _h HAVING _n != 0",
        KeyList(),
        From(),
        WhereKeys(keys),
        before == nullptr ? "" : " AND " + AsOf(*before)
    );
  }
  return fmt::format(
      "SELECT {}, {}, toUInt64(bitShiftRight(_version, 64)), toUInt64(_version) FROM {} AND {}",
      KeyList(),
      Apply(kClickHouse.sha256, RowText(HashKind::kSha256)),
      From(),
      WhereKeys(keys)
  );
}

std::string ClickHouseStatements::Versions(const std::vector<std::string>& keys) const {
  return fmt::format(
      "SELECT {}, toUInt64(bitShiftRight(max(_version), 64)), toUInt64(max(_version)) FROM {} "
      "WHERE {} GROUP BY ALL",
      KeyList(),
      table_,
      WhereKeys(keys)
  );
}

std::string ClickHouseStatements::Mark() const {
  return fmt::format(
      "SELECT toUInt64(bitShiftRight(max(version), 64)), toUInt64(max(version)) FROM {}", marks_
  );
}

std::string ClickHouseStatements::Cells(const std::vector<std::string>& keys) const {
  std::string list = KeyList();
  for (const CanonicalColumn& column : canonical_.columns) {
    list += fmt::format(",hex({})", column.clickhouse);
  }
  return fmt::format(
      "SELECT {} FROM {} AND {}{}", list, From(), WhereKeys(keys), keyed() ? "" : " AND _sign = 1"
  );
}

}  // namespace rowhouse::verify
