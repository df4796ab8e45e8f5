#include "clickhouse/rebuild.h"

#include <fmt/format.h>

#include "clickhouse/client.h"
#include "clickhouse/type_join.h"

namespace rowhouse::clickhouse {
namespace {

std::string VersionSql(RowVersion version) {
  return fmt::format("reinterpretAsUInt128(reverse(unhex('{}')))", version.ToHex());
}

std::string OldNameOf(const Evolution& evolution, std::string name) {
  for (auto at = evolution.renames.rbegin(); at != evolution.renames.rend(); ++at) {
    name = at->second == name ? at->first : name;
  }
  return name;
}

// The columns of the new table that the old one has, and how each is made from it.
struct Lists {
  std::string names;
  std::string values;
  std::string old_names;
};

Lists CarriedOver(const Evolution& evolution, const CatalogTable& current) {
  Lists lists;
  for (const DataColumn& column : evolution.pipeline.data) {
    const std::string old = OldNameOf(evolution, column.name);
    const CatalogColumn* there = current.Find(old);
    if (!column.in_current || there == nullptr) {
      continue;
    }
    std::string value = QuoteName(old);
    if (there->type != WithoutNull(there->type) && column.type == WithoutNull(column.type)) {
      value = fmt::format("assumeNotNull({})", value);  // a NULL of before is what a load mends
    }
    const std::string_view comma = lists.names.empty() ? "" : ", ";
    lists.names += fmt::format("{}{}", comma, QuoteName(column.name));
    lists.values += fmt::format("{}CAST({} AS {})", comma, value, column.type);
    lists.old_names += fmt::format("{}{}", comma, QuoteName(old));
  }
  return lists;
}

// The rows that count, each as often as MySQL has it.
std::string OldRows(
    const Lists& lists,
    const CatalogTable& current,
    const std::string& from,
    const std::string& marks
) {
  std::string rows =
      fmt::format("FROM {} FINAL WHERE _version > (SELECT max(version) FROM {})", from, marks);
  if (current.Find("_sign") == nullptr) {
    return rows;
  }
  return fmt::format(
      "FROM (SELECT {}, sum(_sign) AS _count {} GROUP BY ALL HAVING _count > 0) "
      "ARRAY JOIN range(toUInt64(_count)) AS _copy",
      lists.old_names,
      rows
  );
}

}  // namespace

std::vector<std::string> RebuildStatements(
    const Evolution& evolution, const CatalogTable& current, RowVersion at
) {
  const TablePipeline& pipeline = evolution.pipeline;
  const PipelineObject& object = pipeline.objects[pipeline.current_at];
  const PipelineObject& history = pipeline.objects[pipeline.history_at];
  PipelineObject next = object;
  next.name += "__next";
  const std::string marks =
      fmt::format("{}.{}", QuoteName(history.database), QuoteName(history.name + "_marks"));
  std::string create = object.sql;
  create.replace(create.find(object.QuotedName()), object.QuotedName().size(), next.QuotedName());
  std::vector<std::string> all = {
      fmt::format("DROP TABLE IF EXISTS {} SYNC", next.QuotedName()), std::move(create)};
  const Lists lists = CarriedOver(evolution, current);
  if (evolution.refill && !lists.names.empty()) {
    const bool keyed = !pipeline.key.empty();
    all.push_back(fmt::format(
        "INSERT INTO {} ({}, _version, {}) SELECT {}, {} + {}, {} {}",
        next.QuotedName(),
        lists.names,
        keyed ? "_is_deleted" : "_sign",
        lists.values,
        VersionSql(at),
        keyed ? "0" : "rowNumberInAllBlocks()",
        keyed ? 0 : 1,
        OldRows(lists, current, object.QuotedName(), marks)
    ));
  }
  all.push_back(fmt::format("EXCHANGE TABLES {} AND {}", object.QuotedName(), next.QuotedName()));
  RowVersion below = at;
  --below.low;  // `at` has an ordinal of 1 or more
  all.push_back(fmt::format("INSERT INTO {} (version) SELECT {}", marks, VersionSql(below)));
  all.push_back(fmt::format("DROP TABLE IF EXISTS {} SYNC", next.QuotedName()));
  return all;
}

}  // namespace rowhouse::clickhouse
