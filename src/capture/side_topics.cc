#include "capture/side_topics.h"

#include <fmt/format.h>

#include "base/log.h"
#include "capture/once_there.h"
#include "model/topic.h"
#include "types/row_encoder.h"

namespace rowhouse::capture {

std::vector<TopicSpec> SideTopicSpecs::All() const {
  std::vector<TopicSpec> all;
  for (const TopicSpec* spec : {&schema_changes, &transactions, &heartbeats}) {
    if (!spec->name.empty()) {
      all.push_back(*spec);
    }
  }
  return all;
}

void SideTopicSpecs::Leave(const std::string& topic) {
  for (TopicSpec* spec : {&schema_changes, &transactions, &heartbeats}) {
    if (spec->name == topic) {
      spec->name.clear();
    }
  }
}

SideTopics::SideTopics(
    const SideTopicSpecs& specs,
    const TableEncoderOptions& options,
    EventLog& log,
    SchemaStore& schemas,
    AckTracker& tracker
)
    : options_(options),
      log_(log),
      schemas_(schemas),
      tracker_(tracker),
      schema_changes_{specs.schema_changes, "schema changes", 0},
      transactions_{specs.transactions, "transactions", -1},
      heartbeats_{specs.heartbeats, "heartbeats", 0} {}

Status SideTopics::Append(const SideRecords& records, AckToken token, const std::stop_token& stop) {
  const types::Connector connector = ROWHOUSE_TRY(types::ParseConnector(options_.connector));
  const auto of_changes = [&] { return types::MakeSchemaChangeSchemas(connector); };
  for (const types::SchemaChange& change : records.statements) {
    if (ROWHOUSE_TRY(Ready(schema_changes_, of_changes, stop))) {
      types::EncodeSchemaChangeKey(change, schema_changes_.key_id, key_);
      types::EncodeSchemaChangeValue(
          change,
          options_.topics.prefix,
          types::EncodeOptions().version,
          connector,
          schema_changes_.value_id,
          value_
      );
      ROWHOUSE_TRY(Put(schema_changes_, token));
    }
  }
  for (const types::TransactionRecord& record : records.transactions) {
    if (ROWHOUSE_TRY(Ready(transactions_, types::TransactionSchemas, stop))) {
      types::EncodeTransactionKey(record, transactions_.key_id, key_);
      types::EncodeTransactionValue(record, transactions_.value_id, value_);
      ROWHOUSE_TRY(Put(transactions_, token));
    }
  }
  if (records.heartbeat_ms && ROWHOUSE_TRY(Ready(heartbeats_, types::HeartbeatSchemas, stop))) {
    types::EncodeHeartbeatKey(options_.topics.prefix, heartbeats_.key_id, key_);
    types::EncodeHeartbeatValue(*records.heartbeat_ms, heartbeats_.value_id, value_);
    ROWHOUSE_TRY(Put(heartbeats_, token));
  }
  return Ok();
}

template <typename Schemas>
Result<bool> SideTopics::Ready(Topic& topic, const Schemas& schemas, const std::stop_token& stop) {
  if (topic.writer != nullptr) [[likely]] {
    return true;
  }
  if (topic.refused || topic.spec.name.empty()) {
    return false;
  }
  const Status opened = OnceThere(fmt::format("the topic of {}", topic.of), stop, [&] {
    return Open(topic, schemas());
  });
  if (!opened && opened.error().kind() != ErrorKind::kBadRecord) {
    return opened.error();
  }
  if (!opened) {
    topic.refused = true;
    LogError(fmt::format("no records of {} are made", topic.of), opened.error());
  }
  return opened.has_value();
}

Status SideTopics::Open(Topic& topic, const types::DebeziumSchemas& schemas) {
  const std::string& name = topic.spec.name;
  ROWHOUSE_TRY(log_.EnsureTopics({topic.spec}));
  TopicWriter* writer = ROWHOUSE_TRY(log_.Writer(name));
  topic.key_id = ROWHOUSE_TRY(schemas_.Register(KeySubject(name), schemas.key));
  topic.value_id = ROWHOUSE_TRY(schemas_.Register(ValueSubject(name), schemas.value));
  topic.writer = writer;
  return Ok();
}

Status SideTopics::Put(const Topic& topic, AckToken token) {
  RecordView record;
  record.key = key_.view();
  record.value = value_.view();
  record.partition = topic.partition;
  const size_t bytes = key_.size() + value_.size();
  Status appended = Ok();
  if (bytes > options_.record_bytes_max) {
    LogError(
        fmt::format("a record of {} is left out", topic.of),
        RecordTooLarge(bytes, topic.spec.name, options_.record_bytes_max)
    );
  } else {
    tracker_.Expect(token);
    appended = topic.writer->Append(record, token);
    if (!appended) {
      tracker_.Ack(token);  // as TableEncoder: the worker's hold keeps the batch open
    }
  }
  key_.Clear();
  value_.Clear();
  return appended;
}

}  // namespace rowhouse::capture
