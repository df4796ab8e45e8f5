#include "clickhouse/ddl_log.h"

#include <fmt/format.h>

#include "clickhouse/client.h"

namespace rowhouse::clickhouse {
namespace {

std::string LogTable(const PipelineOptions& options) {
  return QuoteName(options.history_database) + ".rowhouse_ddl";
}

std::string ArrayOf(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    list += (list.empty() ? "" : ", ") + QuoteText(text);
  }
  return "[" + list + "]";
}

}  // namespace

std::string DdlLogSql(const PipelineOptions& options) {
  return fmt::format(
      "CREATE TABLE IF NOT EXISTS {} (\n"
      "    `version` UInt128,\n"
      "    `position` String,\n"
      "    `gtid` String,\n"
      "    `source_time` DateTime64(6, 'UTC'),\n"
      "    `db` String,\n"
      "    `table` String,\n"
      "    `sql` String,\n"
      "    `effect` String,\n"
      "    `clickhouse` Array(String),\n"
      "    `applied_at` DateTime64(3) DEFAULT now64(3)\n"
      ")\nENGINE = ReplacingMergeTree\nORDER BY (`version`, `db`, `table`, `effect`)",
      LogTable(options)
  );
}

std::string InsertDdlSql(const PipelineOptions& options, const std::vector<DdlLogRow>& rows) {
  std::string values;
  for (const DdlLogRow& row : rows) {
    values += fmt::format(
        "{}(reinterpretAsUInt128(reverse(unhex('{}'))), {}, {}, fromUnixTimestamp64Micro({}, "
        "'UTC'), "
        "{}, {}, {}, {}, {})",
        values.empty() ? "" : ", ",
        row.version.ToHex(),
        QuoteText(row.position),
        QuoteText(row.gtid),
        row.ts_us,
        QuoteText(row.table.db),
        QuoteText(row.table.table),
        QuoteText(row.sql),
        QuoteText(row.effect),
        ArrayOf(row.statements)
    );
  }
  return fmt::format(
      "INSERT INTO {} (version, position, gtid, source_time, db, table, sql, effect, clickhouse) "
      "VALUES {}",
      LogTable(options),
      values
  );
}

}  // namespace rowhouse::clickhouse
