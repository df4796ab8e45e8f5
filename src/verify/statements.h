#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/position.h"
#include "model/table.h"
#include "verify/canonical.h"
#include "verify/region.h"

namespace rowhouse::verify {

// How much a row's hash tells.
enum class HashKind {
  kCrc32,   // a number; sums of it are compared
  kSha256,  // 64 hex digits; rows are compared by it
};

// A condition on rows, in both servers' SQL; empty: none.
struct RowFilter {
  std::string mysql;
  std::string clickhouse;
};

// Part of a table in MySQL's own order of keys, which nobody else knows.
struct MySqlRange {
  std::string condition;  // empty: all keys
  std::string index;      // the key's, which a condition is looked up in; empty: the server chooses
};

// The SQL by which MySQL or MariaDB tells what a table holds.
class MySqlStatements {
 public:
  MySqlStatements(const TableSchema& table, const CanonicalTable& canonical, RowFilter filter);

  // Least and greatest value of the key's first column.
  std::string Span() const;
  // Rows, sum of hashes.
  std::string Sum(const Region& region, const MySqlRange& range = {}) const;
  std::string Count(const Region& region, const MySqlRange& range = {}) const;
  // Bucket, rows, sum of hashes.
  std::string Sums(const Region& region, uint32_t buckets, const MySqlRange& range = {}) const;
  // The key's columns in hex and the row's hash; without key the hash and how many have it.
  std::string Rows(const Region& region, const MySqlRange& range = {}) const;
  std::string Lookup(const std::vector<std::string>& keys) const;
  // The key's columns in hex (without key: the hash), then all columns in hex.
  std::string Cells(const std::vector<std::string>& keys) const;

  // "`shop`.`orders`"
  const std::string& table() const { return from_; }

 private:
  std::string RowText(HashKind kind) const;
  std::string KeyChecksum() const;
  std::string KeyList() const;
  // From the table on.
  std::string FromWhere(const Region& region, const MySqlRange& range) const;
  std::string WhereKeys(const std::vector<std::string>& keys) const;

  const CanonicalTable& canonical_;
  const std::string from_;
  const bool key_is_unsigned_;
  const RowFilter filter_;
};

// The same of ClickHouse's current rows.
class ClickHouseStatements {
 public:
  // `table` and `marks` as quoted names.
  ClickHouseStatements(
      std::string table,
      std::string marks,
      const TableSchema& schema,
      const CanonicalTable& canonical,
      RowFilter filter
  );

  std::string Span() const;
  std::string Sum(const Region& region) const;
  std::string Count(const Region& region) const;
  std::string Sums(const Region& region, uint32_t buckets) const;
  std::string Rows(const Region& region) const;
  // As Rows, with the two halves of the version behind the hash. Without key only entries
  // below `before` count, where it is given.
  std::string Lookup(const std::vector<std::string>& keys, const RowVersion* before) const;
  // The key's columns in hex and the two halves of the highest version an entry of it has.
  std::string Versions(const std::vector<std::string>& keys) const;
  // The two halves of the version that voids all lower ones.
  std::string Mark() const;
  std::string Cells(const std::vector<std::string>& keys) const;

  const std::string& table() const { return table_; }

  // A condition that is true for exactly these keys.
  std::string WhereKeys(const std::vector<std::string>& keys) const;

 private:
  bool keyed() const { return !canonical_.key.empty(); }

  std::string RowText(HashKind kind) const;
  std::string KeyChecksum() const;
  std::string KeyList() const;
  std::string From() const;
  std::string Where(const Region& region) const;
  std::string Counts() const;

  const CanonicalTable& canonical_;
  const std::string table_;
  const std::string marks_;
  const bool key_is_unsigned_;
  const RowFilter filter_;
};

// A key's number as KeySpan counts.
uint64_t KeyOrdinal(const std::string& digits, bool is_unsigned);

// "3132,41" as {"12", "A"}.
std::vector<std::string> KeyBytes(std::string_view key);

// `sql` with each $ replaced.
std::string Filled(std::string_view sql, std::string_view value);

// A version as an expression of ClickHouse's.
std::string VersionSql(const RowVersion& version);

// Whether the key's first column is an integer in both servers.
bool HasSpans(const TableSchema& table, const CanonicalTable& canonical);

}  // namespace rowhouse::verify
