#include "capture/schema_topic.h"

#include "model/topic.h"
#include "types/row_encoder.h"

namespace rowhouse::capture {

Result<std::unique_ptr<SchemaTopic>> SchemaTopic::Open(
    const TopicSpec& topic, const TableEncoderOptions& options, EventLog& log, SchemaStore& schemas
) {
  const types::Connector connector = ROWHOUSE_TRY(types::ParseConnector(options.connector));
  ROWHOUSE_TRY(log.EnsureTopics({topic}));
  TopicWriter* writer = ROWHOUSE_TRY(log.Writer(topic.name));
  std::unique_ptr<SchemaTopic> self(new SchemaTopic(options, connector, *writer));
  const types::DebeziumSchemas texts = types::MakeSchemaChangeSchemas(connector);
  self->key_id_ = ROWHOUSE_TRY(schemas.Register(KeySubject(topic.name), texts.key));
  self->value_id_ = ROWHOUSE_TRY(schemas.Register(ValueSubject(topic.name), texts.value));
  return self;
}

Status SchemaTopic::Append(const types::SchemaChange& change, AckToken token, AckTracker& tracker) {
  key_.Clear();
  value_.Clear();
  types::EncodeSchemaChangeKey(change, key_id_, key_);
  types::EncodeSchemaChangeValue(
      change, options_.topic_prefix, types::EncodeOptions().version, connector_, value_id_, value_
  );
  RecordView record;
  record.key = key_.view();
  record.value = value_.view();
  record.partition = 0;
  tracker.Expect(token);
  Status appended = writer_.Append(record, token);
  if (!appended) {
    tracker.Ack(token);  // as TableEncoder: the worker's hold keeps the batch open
  }
  return appended;
}

}  // namespace rowhouse::capture
