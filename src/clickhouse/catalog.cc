#include "clickhouse/catalog.h"

#include <algorithm>

#include <fmt/format.h>

namespace rowhouse::clickhouse {
namespace {

std::string Text(const std::optional<std::string>& cell) {
  return cell.value_or("");
}

constexpr size_t kFewTables = 100;

std::string List(const std::vector<std::string>& names) {
  std::string list = "''";
  for (const std::string& name : names) {
    list += ", " + QuoteText(name);
  }
  return list;
}

// As a condition behind others.
std::string OnlyTables(std::string_view column, const std::set<std::string>& tables) {
  if (tables.empty() || tables.size() > kFewTables) {
    return "";
  }
  return fmt::format(" AND {} IN ({})", column, List({tables.begin(), tables.end()}));
}

}  // namespace

const CatalogColumn* CatalogTable::Find(std::string_view column) const {
  const auto at = std::find_if(columns.begin(), columns.end(), [&](const CatalogColumn& c) {
    return c.name == column;
  });
  return at == columns.end() ? nullptr : &*at;
}

Result<Catalog> Catalog::Read(
    Client& client, const std::vector<std::string>& databases, const std::set<std::string>& tables
) {
  const std::string list = List(databases);
  Catalog catalog;
  const Rows found = ROWHOUSE_TRY(
      client.Query(fmt::format("SELECT name FROM system.databases WHERE name IN ({})", list))
  );
  for (const auto& row : found) {
    catalog.databases_.push_back(Text(row.at(0)));
  }
  const Rows there = ROWHOUSE_TRY(client.Query(fmt::format(
      "SELECT database, name, engine, create_table_query, comment, sorting_key FROM system.tables "
      "WHERE database IN ({}){}",
      list,
      OnlyTables("name", tables)
  )));
  for (const auto& row : there) {
    CatalogTable& table = catalog.tables_[{Text(row.at(0)), Text(row.at(1))}];
    table.engine = Text(row.at(2));
    table.create_sql = Text(row.at(3));
    table.comment = Text(row.at(4));
    table.sorting_key = Text(row.at(5));
  }
  const Rows columns = ROWHOUSE_TRY(client.Query(fmt::format(
      "SELECT database, table, name, type, comment FROM system.columns WHERE "
      "database IN ({}){} ORDER BY database, table, position",
      list,
      OnlyTables("table", tables)
  )));
  for (const auto& row : columns) {
    const auto at = catalog.tables_.find({Text(row.at(0)), Text(row.at(1))});
    if (at != catalog.tables_.end()) {
      at->second.columns.push_back({Text(row.at(2)), Text(row.at(3)), Text(row.at(4))});
    }
  }
  return catalog;
}

void Catalog::Put(const std::string& database, const std::string& name, CatalogTable table) {
  if (!HasDatabase(database)) {
    databases_.push_back(database);
  }
  tables_[{database, name}] = std::move(table);
}

bool Catalog::HasDatabase(const std::string& database) const {
  return std::find(databases_.begin(), databases_.end(), database) != databases_.end();
}

const CatalogTable* Catalog::Find(const std::string& database, const std::string& name) const {
  const auto at = tables_.find({database, name});
  return at == tables_.end() ? nullptr : &at->second;
}

std::vector<std::string> Catalog::Names(const std::string& database) const {
  std::vector<std::string> names;
  for (const auto& [id, table] : tables_) {
    if (id.first == database) {
      names.push_back(id.second);
    }
  }
  return names;
}

}  // namespace rowhouse::clickhouse
