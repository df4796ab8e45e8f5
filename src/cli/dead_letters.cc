#include "cli/dead_letters.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "browse/scalar.h"
#include "cli/wiring.h"
#include "clickhouse/direct_table.h"
#include "kafka/sync_producer.h"

namespace rowhouse::cli {

namespace {

using clickhouse::QuoteName;
using clickhouse::QuoteText;

constexpr int kBatch = 500;
constexpr size_t kIdDigits = 16;
constexpr size_t kPreviewBytes = 512;
constexpr size_t kErrorBytes = 2'000;
constexpr std::string_view kErrors = "_errors";

// A message filed twice has one id.
constexpr std::string_view kId =
    "lower(hex(sipHash64(topic, partition, offset, key, raw_message)))";

constexpr std::string_view kCode =
    "multiIf(match(error, 'E-[A-Z]+-[0-9]+'), extract(error, 'E-[A-Z]+-[0-9]+'), match(error, "
    "'Code: [0-9]+'), concat('CH-', extract(error, 'Code: ([0-9]+)')), 'other')";

template <typename T>
T Number(const std::optional<std::string>& text) {
  T n = 0;
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), n);
  }
  return n;
}

std::string ForPeople(const std::string& bytes) {
  std::string shown;
  if (browse::IsUtf8(bytes)) {
    browse::AppendUtf8(bytes, shown);
    return shown;
  }
  return "0x" + ToHex(AsBytes(bytes));
}

// " AND …" that is true for these ids; empty: for all.
Result<std::string> Chosen(const std::vector<std::string>& ids) {
  std::string list;
  for (const std::string& id : ids) {
    const bool digits = id.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (id.size() != kIdDigits || !digits) {
      return Error(ErrorKind::kBadRecord, fmt::format("'{}' is no id of a dead letter", id))
          .WithHint("GET /api/v1/dead-letters/DB.TABLE lists them");
    }
    list += (list.empty() ? "" : ", ") + QuoteText(id);
  }
  return list.empty() ? std::string() : fmt::format(" AND {} IN ({})", kId, list);
}

}  // namespace

DeadLetters::DeadLetters(const config::Config& config, std::unique_ptr<clickhouse::Client> client)
    : config_(config), client_(std::move(client)) {}

Result<std::unique_ptr<DeadLetters>> DeadLetters::Open(const config::Config& config) {
  auto client = ROWHOUSE_TRY(clickhouse::Client::Open(ClickHouseOptionsOf(config)));
  return std::unique_ptr<DeadLetters>(new DeadLetters(config, std::move(client)));
}

std::string DeadLetters::ErrorsOf(const TableId& table) const {
  const clickhouse::PipelineOptions options = PipelineOptionsOf(config_);
  const std::string name = clickhouse::TableName(options, table) + std::string(kErrors);
  return QuoteName(options.history_database) + "." + QuoteName(name);
}

Result<DeadLetterCount> DeadLetters::Count(const TableId& table) {
  DeadLetterCount count;
  count.table = table;
  const auto rows = client_->Query(fmt::format(
      "SELECT {} AS code, count(), toUnixTimestamp64Micro(toDateTime64(min(kafka_timestamp), 6)), "
      "toUnixTimestamp64Micro(toDateTime64(max(kafka_timestamp), 6)), substring(argMax(error, "
      "kafka_timestamp), 1, {}) FROM {} GROUP BY code ORDER BY count() DESC, code",
      kCode,
      kErrorBytes,
      ErrorsOf(table)
  ));
  if (!rows && rows.error().kind() == ErrorKind::kNotFound) {
    return count;  // not set up yet: nothing was consumed
  }
  if (!rows) {
    return rows.error();
  }
  for (const auto& row : *rows) {
    const auto letters = Number<uint64_t>(row.at(1));
    const auto first = Number<int64_t>(row.at(2));
    const auto last = Number<int64_t>(row.at(3));
    count.kinds.push_back({row.at(0).value_or(""), letters});
    count.messages += letters;
    count.first_us = std::min(count.first_us.value_or(first), first);
    if (!count.last_us || last > *count.last_us) {
      count.last_us = last;
      count.last_error = row.at(4).value_or("");
    }
  }
  return count;
}

Result<std::vector<DeadLetterCount>> DeadLetters::CountAll(const std::vector<TableId>& tables) {
  const clickhouse::PipelineOptions options = PipelineOptionsOf(config_);
  std::map<std::string, TableId> by_name;
  for (const TableId& table : tables) {
    by_name.emplace(clickhouse::TableName(options, table) + std::string(kErrors), table);
  }
  // Rows that are deleted count here until a merge; so those that have any are asked.
  const auto names = ROWHOUSE_TRY(client_->Query(fmt::format(
      "SELECT name FROM system.tables WHERE database = {} AND endsWith(name, {}) AND total_rows > "
      "0 "
      "ORDER BY name",
      QuoteText(options.history_database),
      QuoteText(kErrors)
  )));
  std::vector<DeadLetterCount> counts;
  for (const auto& row : names) {
    const auto table = by_name.find(row.at(0).value_or(""));
    if (table == by_name.end()) {
      continue;
    }
    DeadLetterCount count = ROWHOUSE_TRY(Count(table->second));
    if (count.messages > 0) {
      counts.push_back(std::move(count));
    }
  }
  return counts;
}

Result<std::vector<DeadLetter>> DeadLetters::Read(const TableId& table, size_t limit) {
  const auto rows = client_->Query(fmt::format(
      "SELECT {} AS id, toUnixTimestamp64Micro(toDateTime64(kafka_timestamp, 6)), topic, "
      "partition, "
      "offset, substring(error, 1, {}), substring(raw_message, 1, {}) FROM {} ORDER BY "
      "kafka_timestamp DESC, partition, offset LIMIT 1 BY id LIMIT {}",
      kId,
      kErrorBytes,
      kPreviewBytes,
      ErrorsOf(table),
      limit
  ));
  if (!rows && rows.error().kind() != ErrorKind::kNotFound) {
    return rows.error();
  }
  std::vector<DeadLetter> letters;
  for (const auto& row : rows ? *rows : clickhouse::Rows()) {
    DeadLetter& letter = letters.emplace_back();
    letter.id = row.at(0).value_or("");
    letter.at_us = Number<int64_t>(row.at(1));
    letter.topic = row.at(2).value_or("");
    letter.partition = Number<int32_t>(row.at(3));
    letter.offset = Number<uint64_t>(row.at(4));
    letter.error = row.at(5).value_or("");
    letter.value = ForPeople(row.at(6).value_or(""));
  }
  return letters;
}

// Letters that are filed from here on are none that were chosen.
Result<std::string> DeadLetters::Now() {
  const auto now = ROWHOUSE_TRY(client_->Query("SELECT now64(3)"));
  return fmt::format(
      "kafka_timestamp <= toDateTime64({}, 3)", QuoteText(now.at(0).at(0).value_or(""))
  );
}

Result<std::vector<DeadLetters::Message>> DeadLetters::ReadBatch(
    const std::string& errors, const std::string& where
) {
  const auto rows = ROWHOUSE_TRY(client_->Query(fmt::format(
      "SELECT topic, partition, offset, hex(key), hex(raw_message) FROM {} WHERE {} ORDER BY "
      "partition, offset LIMIT 1 BY partition, offset LIMIT {}",
      errors,
      where,
      kBatch
  )));
  std::vector<Message> messages;
  for (const auto& row : rows) {
    Message& message = messages.emplace_back();
    message.topic = row.at(0).value_or("");
    message.partition = Number<int32_t>(row.at(1));
    message.offset = row.at(2).value_or("");
    message.key = ROWHOUSE_TRY(FromHex(row.at(3).value_or("")));
    message.value = ROWHOUSE_TRY(FromHex(row.at(4).value_or("")));
  }
  return messages;
}

Result<size_t> DeadLetters::Retry(const TableId& table, const std::vector<std::string>& ids) {
  const std::string errors = ErrorsOf(table);
  const std::string where = fmt::format(
      "topic != {} AND {}{}",
      QuoteText(clickhouse::kDirectTopic),
      ROWHOUSE_TRY(Now()),
      ROWHOUSE_TRY(Chosen(ids))
  );
  std::unique_ptr<kafka::SyncProducer> producer;
  size_t sent = 0;
  while (true) {
    const auto messages = ROWHOUSE_TRY(ReadBatch(errors, where));
    std::string places;
    for (const Message& message : messages) {
      if (producer == nullptr) {
        producer = std::make_unique<kafka::SyncProducer>(KafkaOptionsOf(config_), message.topic);
      }
      const std::string_view key = message.key.empty() ? std::string_view() : message.key;
      (void)ROWHOUSE_TRY(producer->Put(key, message.value, message.partition));
      places +=
          fmt::format("{}({}, {})", places.empty() ? "" : ", ", message.partition, message.offset);
    }
    if (messages.empty()) {
      return sent;
    }
    ROWHOUSE_TRY(client_->Execute(fmt::format(
        "DELETE FROM {} WHERE {} AND (partition, offset) IN ({})", errors, where, places
    )));
    sent += messages.size();
  }
}

Result<uint64_t> DeadLetters::CountChosen(
    const TableId& table, const std::vector<std::string>& ids
) {
  const auto counted = client_->Query(fmt::format(
      "SELECT uniqExact({}) FROM {} WHERE true{}", kId, ErrorsOf(table), ROWHOUSE_TRY(Chosen(ids))
  ));
  if (!counted && counted.error().kind() == ErrorKind::kNotFound) {
    return 0;
  }
  return Number<uint64_t>(ROWHOUSE_TRY(counted).at(0).at(0));
}

Result<uint64_t> DeadLetters::Drop(const TableId& table, const std::vector<std::string>& ids) {
  const std::string errors = ErrorsOf(table);
  const std::string where = ROWHOUSE_TRY(Now()) + ROWHOUSE_TRY(Chosen(ids));
  const auto counted = ROWHOUSE_TRY(
      client_->Query(fmt::format("SELECT uniqExact({}) FROM {} WHERE {}", kId, errors, where))
  );
  ROWHOUSE_TRY(client_->Execute(fmt::format("DELETE FROM {} WHERE {}", errors, where)));
  return Number<uint64_t>(counted.at(0).at(0));
}

}  // namespace rowhouse::cli
