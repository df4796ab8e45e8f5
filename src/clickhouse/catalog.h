#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "clickhouse/client.h"

namespace rowhouse::clickhouse {

// A column that exists.
struct CatalogColumn {
  std::string name;
  std::string type;
  std::string comment;
};

// A table or view that exists.
struct CatalogTable {
  std::string engine;  // "ReplacingMergeTree", "Kafka", "View", "MaterializedView"
  std::string create_sql;
  std::string comment;
  std::string sorting_key;  // "a, b"
  std::vector<CatalogColumn> columns;

  // Null where it has no such column.
  const CatalogColumn* Find(std::string_view column) const;
};

// What some databases of a ClickHouse server hold, as it was when read.
class Catalog {
 public:
  // One pass over system.tables and system.columns; databases that are not there are no error.
  // Of few `tables` only those are read, since each row of these costs the server time; of
  // many, or none named, all.
  static Result<Catalog> Read(
      Client& client,
      const std::vector<std::string>& databases,
      const std::set<std::string>& tables = {}
  );

  // Puts a table in, or in the place of one; its database counts as there.
  void Put(const std::string& database, const std::string& name, CatalogTable table);

  bool HasDatabase(const std::string& database) const;

  // Null where it is not there.
  const CatalogTable* Find(const std::string& database, const std::string& name) const;

  // The tables and views of a database, sorted.
  std::vector<std::string> Names(const std::string& database) const;

  size_t tables() const { return tables_.size(); }

 private:
  std::vector<std::string> databases_;
  std::map<std::pair<std::string, std::string>, CatalogTable> tables_;
};

}  // namespace rowhouse::clickhouse
