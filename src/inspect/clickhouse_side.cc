#include "inspect/clickhouse_side.h"

#include <algorithm>
#include <charconv>
#include <cstdlib>

#include <fmt/format.h>

namespace rowhouse::inspect {

namespace {

constexpr size_t kFreshTablesMax =
    100;  // in one query; the others have their turn at the next look
constexpr int64_t kSettledMs = 2'000;
constexpr int kPartsRead = 32;  // newest ones of a table; those of one look are far fewer

int64_t Number(const std::optional<std::string>& cell) {
  int64_t n = 0;
  if (cell) {
    std::from_chars(cell->data(), cell->data() + cell->size(), n);
  }
  return n;
}

double Real(const std::optional<std::string>& cell) {
  return cell ? std::strtod(cell->c_str(), nullptr) : 0;
}

clickhouse::StatementOptions Within(Deadline deadline) {
  clickhouse::StatementOptions options;
  options.deadline = deadline;
  return options;
}

// "[1,2,3]"
std::vector<uint64_t> Numbers(const std::optional<std::string>& cell) {
  std::vector<uint64_t> out;
  const char* at = cell ? cell->data() : nullptr;
  const char* const end = cell ? at + cell->size() : nullptr;
  while (at != end) {
    uint64_t n = 0;
    const auto read = std::from_chars(at, end, n);
    if (read.ec == std::errc()) {
      out.push_back(n);
      at = read.ptr;
    } else {
      ++at;
    }
  }
  return out;
}

}  // namespace

Result<ClickHouseLook> ClickHouseSide::Look(const std::vector<TableId>& tables, Deadline deadline) {
  if (client_ == nullptr) {
    client_ = ROWHOUSE_TRY(clickhouse::Client::Open(options_));
  }
  ClickHouseLook look;
  ByName names;
  for (const TableId& table : tables) {
    names.emplace(clickhouse::TableName(pipeline_, table), table);
  }
  const auto version = ROWHOUSE_TRY(client_->Query("SELECT version()", Within(deadline)));
  look.version = version.empty() ? "" : version[0][0].value_or("");
  ROWHOUSE_TRY(Parts(names, look, deadline));
  ROWHOUSE_TRY(Consumers(names, look, deadline));
  ROWHOUSE_TRY(Fresh(look, deadline));
  return look;
}

Status ClickHouseSide::Parts(const ByName& names, ClickHouseLook& look, Deadline deadline) {
  const auto rows = ROWHOUSE_TRY(client_->Query(
      fmt::format(
          "SELECT t.database = {0}, t.name, p.rows, p.parts FROM system.tables AS t LEFT JOIN "
          "(SELECT database, table, sum(rows) AS rows, count() AS parts FROM system.parts WHERE "
          "active AND database IN ({0}, {1}) GROUP BY database, table) AS p ON p.database = "
          "t.database AND p.table = t.name WHERE t.database IN ({0}, {1}) AND t.engine LIKE "
          "'%MergeTree'",
          clickhouse::QuoteText(pipeline_.history_database),
          clickhouse::QuoteText(pipeline_.current_database)
      ),
      Within(deadline)
  ));
  constexpr std::string_view kErrors = "_errors";
  for (const clickhouse::Row& row : rows) {
    const bool history = row[0] == "1";
    const std::string name = row[1].value_or("");
    const auto count = static_cast<uint64_t>(Number(row[2]));
    const auto parts = static_cast<uint64_t>(Number(row[3]));
    auto found = names.find(name);
    const bool errors = history && found == names.end() && name.ends_with(kErrors);
    if (errors) {
      found = names.find(name.substr(0, name.size() - kErrors.size()));
    }
    if (found == names.end()) {
      continue;
    }
    TableInClickHouse& table = look.tables[found->second];
    (errors ? table.dead_letters : (history ? table.messages : table.target_rows)) = count;
    table.active_parts = std::max(table.active_parts, parts);
  }
  return Ok();
}

Status ClickHouseSide::Consumers(const ByName& names, ClickHouseLook& look, Deadline deadline) {
  const auto rows = ROWHOUSE_TRY(client_->Query(
      fmt::format(
          "SELECT table, p.1, max(p.2) FROM (SELECT table, arrayJoin(arrayZip("
          "`assignments.partition_id`, `assignments.current_offset`)) AS p FROM "
          "system.kafka_consumers WHERE database = {}) GROUP BY 1, 2",
          clickhouse::QuoteText(pipeline_.history_database)
      ),
      Within(deadline)
  ));
  constexpr std::string_view kQueue = "_queue";
  for (const clickhouse::Row& row : rows) {
    const std::string queue = row[0].value_or("");
    if (!queue.ends_with(kQueue)) {
      continue;
    }
    const auto found = names.find(queue.substr(0, queue.size() - kQueue.size()));
    const int64_t offset = Number(row[2]);
    if (found != names.end() && offset >= 0) {  // below: none consumed yet in this life
      look.tables[found->second].consumed[static_cast<int32_t>(Number(row[1]))] = offset;
    }
  }
  return Ok();
}

std::string ClickHouseSide::FreshSql(const TableId& table, int64_t from_ms, int64_t upto_ms) const {
  const std::string name = clickhouse::TableName(pipeline_, table);
  std::string buckets;
  double below = -1e9;
  for (const double bound : metrics::kSecondsBounds) {
    fmt::format_to(
        std::back_inserter(buckets), "countIf(live AND d > {} AND d <= {}), ", below, bound
    );
    below = bound;
  }
  fmt::format_to(std::back_inserter(buckets), "countIf(live AND d > {})", below);
  return fmt::format(
      "SELECT {0}, count(), toUnixTimestamp64Milli(max(kafka_timestamp)), "
      "toUnixTimestamp64Micro(argMax(source_time, kafka_timestamp)), "
      "quantileIf(dateDiff('ms', source_time, capture_time), live), "
      "quantileIf(dateDiff('ms', capture_time, broker_time), live), "
      "quantileIf(dateDiff('ms', broker_time, kafka_timestamp), live), quantileIf(d, live), "
      "[{1}], sumIf(d, live) FROM (SELECT *, NOT snapshot AS live, "
      "dateDiff('ms', source_time, kafka_timestamp) / 1000 AS d FROM {2}.{3} WHERE "
      "kafka_timestamp > fromUnixTimestamp64Milli({4}) AND kafka_timestamp <= "
      "fromUnixTimestamp64Milli({5}) AND _part IN (SELECT name FROM system.parts WHERE database = "
      "{6} AND table = {7} AND active ORDER BY modification_time DESC LIMIT {8}))",
      clickhouse::QuoteText(name),
      buckets,
      clickhouse::QuoteName(pipeline_.history_database),
      clickhouse::QuoteName(name),
      from_ms,
      upto_ms,
      clickhouse::QuoteText(pipeline_.history_database),
      clickhouse::QuoteText(name),
      kPartsRead
  );
}

// The tables to ask, those that have waited longest first.
std::vector<TableId> ClickHouseSide::Changed(const ClickHouseLook& look, int64_t now_ms) {
  std::vector<TableId> changed;
  for (const auto& [id, table] : look.tables) {
    const int64_t lookback_ms = milliseconds(lookback_).count();
    const Seen at_first{
        table.messages, now_ms - kSettledMs - lookback_ms, lookback_ms == 0 ? 0 : now_ms};
    Seen& seen = seen_.try_emplace(id, at_first).first->second;
    if (seen.messages != table.messages) {
      seen.messages = table.messages;
      seen.changed_ms = now_ms;
    }
    if (seen.changed_ms > seen.to_ms) {
      changed.push_back(id);
    }
  }
  std::ranges::stable_sort(changed, {}, [this](const TableId& id) { return seen_[id].to_ms; });
  changed.resize(std::min(changed.size(), kFreshTablesMax));
  return changed;
}

Status ClickHouseSide::Fresh(ClickHouseLook& look, Deadline deadline) {
  const auto clock =
      ROWHOUSE_TRY(client_->Query("SELECT toUnixTimestamp64Milli(now64(3))", Within(deadline)));
  const int64_t now_ms = Number(clock.at(0).at(0));
  const int64_t upto_ms = now_ms - kSettledMs;
  const std::vector<TableId> changed = Changed(look, now_ms);
  if (changed.empty()) {
    return Ok();
  }
  std::string sql;
  std::map<std::string, TableId> asked;
  for (const TableId& id : changed) {
    sql += (sql.empty() ? "" : " UNION ALL ") + FreshSql(id, seen_[id].to_ms, upto_ms);
    asked.emplace(clickhouse::TableName(pipeline_, id), id);
  }
  const auto rows = ROWHOUSE_TRY(client_->Query(sql, Within(deadline)));
  for (const clickhouse::Row& row : rows) {
    const TableId& id = asked.at(row[0].value_or(""));
    FreshMessages fresh;
    fresh.count = static_cast<uint64_t>(Number(row[1]));
    if (fresh.count > 0) {
      fresh.visible_us = Number(row[2]) * 1000;
      fresh.newest_change_us = Number(row[3]);
      fresh.median = {Real(row[4]) / 1e3, Real(row[5]) / 1e3, Real(row[6]) / 1e3, Real(row[7])};
      fresh.delays = Numbers(row[8]);
      fresh.delay_sum = Real(row[9]);
      look.tables[id].fresh = std::move(fresh);
    }
    seen_[id].to_ms = upto_ms;
  }
  return Ok();
}

}  // namespace rowhouse::inspect
