#include <charconv>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"
#include "clickhouse/direct_table.h"
#include "kafka/sync_producer.h"

namespace rowhouse::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr int kBatch = 500;

// Where messages of one table that ClickHouse could not parse are kept.
std::string ErrorsOf(const clickhouse::PipelineOptions& options, const TableId& id) {
  return fmt::format(
      "{}.{}",
      clickhouse::QuoteName(options.history_database),
      clickhouse::QuoteName(clickhouse::TableName(options, id) + "_errors")
  );
}

// One such message, as it was in Kafka.
struct BrokenMessage {
  std::string topic;
  int32_t partition = 0;
  std::string offset;
  std::string key;  // empty: none
  std::string value;
};

std::string CellOf(const clickhouse::Row& row, size_t at) {
  return row.at(at).value_or("");
}

Result<std::vector<BrokenMessage>> ReadBroken(
    clickhouse::Client& client, const std::string& errors, const std::string& until
) {
  const auto rows = ROWHOUSE_TRY(client.Query(fmt::format(
      "SELECT topic, partition, offset, hex(key), hex(raw_message) FROM {} WHERE topic != {} AND "
      "kafka_timestamp <= toDateTime64({}, 3) ORDER BY partition, offset LIMIT 1 BY partition, "
      "offset LIMIT {}",
      errors,
      clickhouse::QuoteText(clickhouse::kDirectTopic),  // rows of a copy: no message to send again
      clickhouse::QuoteText(until),
      kBatch
  )));
  std::vector<BrokenMessage> messages;
  for (const auto& row : rows) {
    BrokenMessage& message = messages.emplace_back();
    message.topic = CellOf(row, 0);
    const std::string partition = CellOf(row, 1);
    std::from_chars(partition.data(), partition.data() + partition.size(), message.partition);
    message.offset = CellOf(row, 2);
    message.key = ROWHOUSE_TRY(FromHex(CellOf(row, 3)));
    message.value = ROWHOUSE_TRY(FromHex(CellOf(row, 4)));
  }
  return messages;
}

// The same bytes, at the end of the same partition: their version says where they belong, so that
// they change nothing that has come since. What fails again is filed again.
Result<size_t> RetryTable(
    const config::Config& config, clickhouse::Client& client, const std::string& errors
) {
  const auto now = ROWHOUSE_TRY(client.Query("SELECT now64(3)"));
  const std::string until = now.empty() ? "" : CellOf(now[0], 0);
  std::unique_ptr<kafka::SyncProducer> producer;
  size_t sent = 0;
  while (true) {
    const auto messages = ROWHOUSE_TRY(ReadBroken(client, errors, until));
    std::string places;
    for (const BrokenMessage& message : messages) {
      if (producer == nullptr) {
        producer = std::make_unique<kafka::SyncProducer>(KafkaOptionsOf(config), message.topic);
      }
      const std::string_view key = message.key.empty() ? std::string_view() : message.key;
      (void)ROWHOUSE_TRY(producer->Put(key, message.value, message.partition));
      places +=
          fmt::format("{}({}, {})", places.empty() ? "" : ", ", message.partition, message.offset);
    }
    if (messages.empty()) {
      return sent;
    }
    ROWHOUSE_TRY(client.Execute(fmt::format(
        "DELETE FROM {} WHERE topic != {} AND (partition, offset) IN ({}) AND kafka_timestamp <= "
        "toDateTime64({}, 3)",
        errors,
        clickhouse::QuoteText(clickhouse::kDirectTopic),
        places,
        clickhouse::QuoteText(until)
    )));
    sent += messages.size();
  }
}

struct TableDlq {
  TableId id;
  std::string messages;
  std::string since;
  std::string last;
  std::string error;
};

Result<TableDlq> Look(
    clickhouse::Client& client, const clickhouse::PipelineOptions& options, const TableId& id
) {
  TableDlq dlq{id, "0", "", "", ""};
  const auto rows = client.Query(fmt::format(
      "SELECT count(), min(kafka_timestamp), max(kafka_timestamp), argMax(error, kafka_timestamp) "
      "FROM {}",
      ErrorsOf(options, id)
  ));
  if (!rows && rows.error().kind() == ErrorKind::kNotFound) {
    return dlq;  // not set up yet: nothing was consumed
  }
  if (!rows) {
    return rows.error();
  }
  if (!rows->empty() && CellOf((*rows)[0], 0) != "0") {
    dlq = {
        id,
        CellOf((*rows)[0], 0),
        CellOf((*rows)[0], 1),
        CellOf((*rows)[0], 2),
        CellOf((*rows)[0], 3)};
  }
  return dlq;
}

void Show(Context& context, const std::vector<TableDlq>& tables) {
  if (context.format() == Format::kJson) {
    Json json = {{"schema", "dlq/v1"}, {"tables", Json::array()}};
    for (const TableDlq& t : tables) {
      json["tables"].push_back(
          {{"table", t.id.ToString()},
           {"messages", std::stoull(t.messages)},
           {"since", t.since},
           {"last", t.last},
           {"error", t.error}}
      );
    }
    Context::Print(json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n");
    return;
  }
  std::vector<std::vector<std::string>> rows = {{"TABLE", "MESSAGES", "SINCE", "LAST", "ERROR"}};
  for (const TableDlq& t : tables) {
    rows.push_back({t.id.ToString(), t.messages, t.since, t.last, t.error});
  }
  Context::Print(AlignColumns(rows));
}

Result<ExitCode> List(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const auto tables = ROWHOUSE_TRY(ReadSourceTables(config, context.args().words));
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  std::vector<TableDlq> all;
  all.reserve(tables.size());
  for (const TableSchema& table : tables) {
    all.push_back(ROWHOUSE_TRY(Look(*client, PipelineOptionsOf(config), table.id)));
  }
  Show(context, all);
  return ExitCode::kOk;
}

Result<ExitCode> Retry(Context& context) {
  const auto config = ROWHOUSE_TRY(context.LoadConfig({"source.tables"}));
  const auto tables = ROWHOUSE_TRY(ReadSourceTables(config, context.args().words));
  const auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  Json json = {{"schema", "dlq-retry/v1"}, {"tables", Json::array()}};
  std::string text;
  for (const TableSchema& table : tables) {
    const std::string errors = ErrorsOf(PipelineOptionsOf(config), table.id);
    const size_t sent = ROWHOUSE_TRY(RetryTable(config, *client, errors));
    text += fmt::format("{}: {} messages sent again\n", table.id.ToString(), sent);
    json["tables"].push_back({{"table", table.id.ToString()}, {"sent", sent}});
  }
  Context::Print(context.format() == Format::kJson ? json.dump() + "\n" : text);
  return ExitCode::kOk;
}

}  // namespace

Command DlqListCommand() {
  return {
      .name = "dlq list",
      .group = "Operate",
      .summary = "messages that ClickHouse could not parse, by table",
      .examples = {"rowhouse dlq list -c rowhouse.yaml", "rowhouse dlq list shop.orders -o json"},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = List};
}

Command DlqRetryCommand() {
  return {
      .name = "dlq retry",
      .group = "Operate",
      .summary = "send such messages again, once what broke them is mended",
      .examples = {"rowhouse dlq retry shop.orders"},
      .words = "TABLE",
      .words_count = Words::kMany,
      .run = Retry};
}

}  // namespace rowhouse::cli
