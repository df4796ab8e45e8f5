#include "cli/demo_counts.h"

#include <map>

#include <fmt/format.h>

#include "cli/wiring.h"
#include "config/units.h"
#include "model/topic.h"
#include "shop/shop.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kAnswerWithin{2};

std::optional<uint64_t> Number(const std::optional<std::string>& text) {
  const auto value = text ? config::ReadInteger(*text) : std::nullopt;
  return value ? std::optional(static_cast<uint64_t>(*value)) : std::nullopt;
}

clickhouse::StatementOptions Soon() {
  clickhouse::StatementOptions options;
  options.deadline = Deadline::After(kAnswerWithin);
  return options;
}

}  // namespace

std::vector<TableCounts> DemoCounts::Read() {
  std::vector<TableCounts> all;
  kafka_answers_ = true;
  for (const std::string& table : shop::TableNames()) {
    TableCounts counts;
    counts.table = table;
    // ClickHouse first: a row that comes in between is then missing there, never too many.
    if (!AddClickHouse(counts)) {
      clickhouse_.reset();
    }
    counts.mysql_rows = MySqlRows(table);
    all.push_back(std::move(counts));
  }
  return all;
}

std::optional<uint64_t> DemoCounts::MySqlRows(const std::string& table) {
  if (mysql_ == nullptr) {
    auto opened = mysql::Connection::Open(SourceOptionsOf(config_), kAnswerWithin);
    if (!opened) {
      return std::nullopt;
    }
    mysql_ = std::move(*opened);
  }
  const auto count = mysql_->Value("SELECT COUNT(*) FROM shop." + mysql::QuoteName(table));
  if (!count) {
    mysql_.reset();
    return std::nullopt;
  }
  return Number(*count);
}

Result<clickhouse::Client*> DemoCounts::ClickHouse() {
  if (clickhouse_ == nullptr) {
    clickhouse_ = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config_)));
  }
  return clickhouse_.get();
}

Result<kafka::Admin*> DemoCounts::Kafka() {
  if (kafka_ == nullptr) {
    kafka_ = ROWHOUSE_TRY(kafka::Admin::Open(KafkaOptionsOf(config_)));
  }
  return kafka_.get();
}

Status DemoCounts::AddClickHouse(TableCounts& counts) {
  clickhouse::Client* client = ROWHOUSE_TRY(ClickHouse());
  const std::string history = clickhouse::QuoteName(config_.sink.history_database) + "." +
                              clickhouse::QuoteName(counts.table);
  const std::string current = clickhouse::QuoteName(config_.sink.current_database) + "." +
                              clickhouse::QuoteName(counts.table);
  // The engine passes tombstones over: behind a delete one more message is done with.
  const auto places = ROWHOUSE_TRY(client->Query(
      fmt::format(
          "SELECT partition, max(offset) + 1 + (argMax(op, offset) = 'd') FROM {} GROUP BY "
          "partition",
          history
      ),
      Soon()
  ));
  const auto rows = ROWHOUSE_TRY(client->Query(
      fmt::format(
          "SELECT (SELECT count() FROM {} FINAL), quantileExactOrNull(0.5)("
          "toFloat64(kafka_timestamp) - toFloat64(capture_time)) FROM {}"
          " WHERE kafka_timestamp > now64(3) - INTERVAL 10 SECOND AND NOT snapshot",
          current,
          history
      ),
      Soon()
  ));
  if (!rows.empty()) {
    counts.clickhouse_rows = Number(rows[0][0]);
    if (rows[0][1]) {
      counts.fresh_seconds = std::max(0.0, std::strtod(rows[0][1]->c_str(), nullptr));
    }
  }
  // A broker that is away is asked once a round, since each asking waits.
  if (kafka_answers_ && !AddLag(counts, places)) {
    kafka_answers_ = false;
    kafka_.reset();
  }
  return Ok();
}

Status DemoCounts::AddLag(TableCounts& counts, const clickhouse::Rows& places) {
  std::map<uint64_t, uint64_t> done;
  for (const clickhouse::Row& row : places) {
    done[Number(row[0]).value_or(0)] = Number(row[1]).value_or(0);
  }
  const std::string topic = DataTopic(TopicNamingOf(config_), {"shop", counts.table});
  kafka::Admin* admin = ROWHOUSE_TRY(Kafka());
  uint64_t lag = 0;
  for (const auto& range : ROWHOUSE_TRY(admin->Offsets(topic, Deadline::After(kAnswerWithin)))) {
    const auto at = done.find(static_cast<uint64_t>(range.partition));
    const auto end = static_cast<uint64_t>(range.end);
    const uint64_t from = at == done.end() ? static_cast<uint64_t>(range.begin) : at->second;
    lag += end > from ? end - from : 0;
  }
  counts.lag_messages = lag;
  return Ok();
}

}  // namespace rowhouse::cli
