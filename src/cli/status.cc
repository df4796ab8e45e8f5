#include "cli/status.h"

#include <algorithm>
#include <charconv>
#include <map>

#include <fmt/format.h>

#include "cli/address.h"
#include "cli/console_client.h"
#include "cli/saved_checkpoint.h"
#include "cli/source_tables.h"
#include "cli/wiring.h"
#include "clickhouse/client.h"
#include "http/client.h"
#include "kafka/admin.h"
#include "kafka/consumption.h"
#include "model/table_name.h"
#include "model/topic.h"
#include "mysql/catalog.h"

namespace rowhouse::cli {

namespace {

constexpr seconds kAskLimit{5};

int64_t NumberOf(const std::optional<std::string>& cell) {
  int64_t n = 0;
  if (cell) {
    std::from_chars(cell->data(), cell->data() + cell->size(), n);
  }
  return n;
}

Result<http::Response> Ask(const config::Config& config, const std::string& target) {
  return AskConsole(config, "GET", target, "", Deadline::After(kAskLimit));
}

void AskProcess(const config::Config& config, PipelineStatus& status) {
  status.process = "not running";
  if (config.console.listen.empty()) {
    status.process = "unknown: console.listen is empty";
    return;
  }
  const auto response = Ask(config, "/readyz");
  if (response) {
    const bool standby = response->body.starts_with("standby");
    status.process = response->ok() && !standby ? "running" : response->body;
    std::ranges::replace(status.process, '\n', ' ');
  }
  if (!response) {
    return;
  }
  const auto changes = Ask(config, "/api/v1/schema-changes");
  if (changes && changes->ok()) {
    status.schema_changes = changes->body;
  }
  if (!changes && changes.error().kind() == ErrorKind::kAuth) {
    status.troubles.push_back(changes.error().ToString());
  }
  const auto verified = Ask(config, "/api/v1/verify");
  if (verified && verified->ok()) {
    status.verified = verified->body;
  }
}

// What the process knows of loads under way, which the ledger learns of a chunk later.
void AskLoads(const config::Config& config, PipelineStatus& status) {
  const auto response = config.console.listen.empty()
                            ? Result<http::Response>(Error(ErrorKind::kConfig, "no console"))
                            : Ask(config, "/api/v1/loads");
  if (!response || !response->ok()) {
    return;  // AskProcess has said so
  }
  auto loads = ParseLoads(response->body);
  if (!loads) {
    status.troubles.push_back(loads.error().ToString());
    return;
  }
  for (TableStatus& table : status.tables) {
    const auto found = loads->find(table.table);
    if (found != loads->end()) {
      table.state = "snapshot";
      table.load = found->second;
      table.snapshot_rows = found->second.rows;
      table.note = found->second.text;
    }
  }
}

std::string StateName(const TableProgress& progress) {
  switch (progress.state) {
    case TableProgress::State::kLoading:
      return "snapshot";
    case TableProgress::State::kDone:
      return "running";
    case TableProgress::State::kParked:
      return "failed";
    case TableProgress::State::kGone:
      return "gone";
  }
  return "?";
}

// The saved position and the first load's ledger.
::rowhouse::Status AskCheckpoint(const config::Config& config, PipelineStatus& status) {
  const auto saved = ROWHOUSE_TRY(LookAtCheckpoint(config));
  if (!saved) {
    return Ok();
  }
  status.position = saved->position.binlog.ToString();
  status.gtid = saved->position.gtid_set;
  for (const auto& [id, progress] : saved->ledger) {
    TableStatus table;
    table.table = id.ToString();
    table.state = StateName(progress);
    table.snapshot_rows = progress.rows;
    table.note = progress.reason;
    if (progress.left_out && progress.state == TableProgress::State::kDone) {
      table.note = fmt::format(
          "{}; rowhouse verify {} --repair mends its rows",
          progress.left_out->ToString(),
          table.table
      );
    }
    const auto paused = saved->paused.find(id);
    if (paused != saved->paused.end() && table.state == "running") {
      table.state = "paused";
      const Pause& pause = paused->second;
      table.note =
          fmt::format("by {}{}{}", pause.by, pause.reason.empty() ? "" : ": ", pause.reason);
    }
    status.tables.push_back(std::move(table));
  }
  return Ok();
}

::rowhouse::Status AskSource(const config::Config& config, PipelineStatus& status) {
  const auto catalog = ROWHOUSE_TRY(mysql::Catalog::Open(SourceOptionsOf(config)));
  const SourcePosition now = ROWHOUSE_TRY(catalog->CurrentPosition());
  status.source_position = now.binlog.empty() ? now.gtid_set : now.binlog.ToString();
  const size_t colon = status.position.rfind(':');
  if (colon != std::string::npos && status.position.substr(0, colon) == now.binlog.file) {
    const int64_t saved = NumberOf(status.position.substr(colon + 1));
    status.behind_bytes = std::max<int64_t>(0, static_cast<int64_t>(now.binlog.pos) - saved);
  }
  return Ok();
}

// "1,2,3" of the queue's partitions: offsets its consumers have read up to.
int64_t ConsumedOf(
    clickhouse::Client& client, const std::string& database, const std::string& queue
) {
  const auto rows = client.Query(fmt::format(
      "SELECT sum(arraySum(arrayMap(o -> greatest(o, 0), `assignments.current_offset`))) FROM "
      "system.kafka_consumers WHERE database = {} AND table = {}",
      clickhouse::QuoteText(database),
      clickhouse::QuoteText(queue)
  ));
  return rows && !rows->empty() ? NumberOf((*rows)[0][0]) : 0;
}

void AskSink(
    const config::Config& config,
    clickhouse::Client& client,
    const std::string& name,
    TableStatus& table
) {
  const std::string database = clickhouse::QuoteName(config.sink.history_database);
  const auto history = client.Query(fmt::format(
      "SELECT count(), (now64(3) - max(kafka_timestamp))::Float64 FROM {}.{}",
      database,
      clickhouse::QuoteName(name)
  ));
  if (!history) {
    table.note = table.note.empty() ? "not set up in ClickHouse" : table.note;
    return;
  }
  table.messages = NumberOf((*history)[0][0]);
  if (*table.messages > 0) {
    table.fresh_seconds = std::strtod((*history)[0][1].value_or("0").c_str(), nullptr);
  }
  const auto errors = client.Query(
      fmt::format("SELECT count() FROM {}.{}", database, clickhouse::QuoteName(name + "_errors"))
  );
  if (errors) {
    table.errors = NumberOf((*errors)[0][0]);
  }
  const int64_t consumed = ConsumedOf(client, config.sink.history_database, name + "_queue");
  if (table.records && consumed > 0) {
    table.behind = std::max<int64_t>(0, *table.records - consumed);
  }
}

void AskTopic(kafka::Admin& admin, const std::string& topic, TableStatus& table) {
  const auto ranges = admin.Offsets(topic, Deadline::After(kAskLimit));
  if (ranges) {
    int64_t end = 0;
    for (const auto& range : *ranges) {
      end += range.end;
    }
    table.records = end;
  }
}

// Where few offsets are left, only those that hold records for ClickHouse: a transaction's marker
// and a tombstone take an offset too.
void CountRecordsLeft(
    kafka::Consumption& consumption,
    const clickhouse::PipelineOptions& options,
    const TableId& id,
    TableStatus& table
) {
  if (table.behind.value_or(0) == 0) {
    return;
  }
  const auto left = consumption.Unconsumed(
      DataTopic(options.topics, id), clickhouse::GroupName(options, id), Deadline::After(kAskLimit)
  );
  if (left) {
    table.behind = std::min(*table.behind, static_cast<int64_t>(*left));
  }
}

void AddMissingTables(const config::Config& config, PipelineStatus& status) {
  const auto tables = ReadSourceTables(config, {});
  for (const TableSchema& table : tables ? *tables : std::vector<TableSchema>()) {
    const std::string name = table.id.ToString();
    if (std::ranges::find(status.tables, name, &TableStatus::table) == status.tables.end()) {
      TableStatus fresh;
      fresh.table = name;
      fresh.state = "new";
      status.tables.push_back(std::move(fresh));
    }
  }
}

}  // namespace

std::string PipelineStatus::Verdict() const {
  const auto any = [this](std::string_view state) {
    return std::ranges::any_of(tables, [state](const auto& t) { return t.state == state; });
  };
  if (process.starts_with("standby")) {
    return "STANDBY";
  }
  if (process != "running") {
    return process.starts_with("not ready") ? "DEGRADED" : "STOPPED";
  }
  const bool bad =
      any("failed") || !troubles.empty() ||
      std::ranges::any_of(tables, [](const auto& t) { return t.errors.value_or(0) > 0; });
  if (bad) {
    return "DEGRADED";
  }
  return any("snapshot") ? "LOADING" : "RUNNING";
}

PipelineStatus ReadStatus(const config::Config& config) {
  PipelineStatus status;
  status.pipeline = config.pipeline;
  AskProcess(config, status);
  const auto tell = [&status](const ::rowhouse::Status& asked) {
    if (!asked) {
      status.troubles.push_back(asked.error().ToString());
    }
  };
  const auto admin = kafka::Admin::Open(KafkaOptionsOf(config));
  if (admin) {
    tell(AskCheckpoint(config, status));
  } else {
    status.troubles.push_back(admin.error().ToString());
  }
  tell(AskSource(config, status));
  AddMissingTables(config, status);
  AskLoads(config, status);
  const auto client = clickhouse::Client::Open(ClickHouseOptionsOf(config));
  const auto version = client ? (*client)->Version() : Result<std::string>(client.error());
  if (!version) {
    status.troubles.push_back(version.error().ToString());
  }
  const clickhouse::PipelineOptions options = PipelineOptionsOf(config);
  const auto consumption = kafka::Consumption::Open(KafkaOptionsOf(config));
  for (TableStatus& table : status.tables) {
    const TableId id = ParseTableName(table.table).value_or(TableId{});
    if (admin) {
      AskTopic(**admin, DataTopic(TopicNamingOf(config), id), table);
    }
    if (version && config.sink.mode == "kafka-engine") {
      AskSink(config, **client, clickhouse::TableName(options, id), table);
      if (consumption) {
        CountRecordsLeft(**consumption, options, id, table);
      }
    }
  }
  return status;
}

}  // namespace rowhouse::cli
