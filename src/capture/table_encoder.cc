#include "capture/table_encoder.h"

#include <array>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "avro/schema.h"
#include "base/buffer.h"
#include "base/log.h"
#include "capture/key_text.h"
#include "capture/topic_maker.h"
#include "model/topic.h"
#include "types/row_encoder.h"

namespace rowhouse::capture {

namespace {

using types::EncodePlan;
using types::Half;

// A load's own truncate, which voids what an earlier load has put out: no change of the source.
bool IsLoadMark(const Change& change) {
  return change.op == Op::kTruncate && change.origin->server_id == 0;
}

// The one TableEncoder: plan, topic and two buffers.
class PlanEncoder : public TableEncoder {
 public:
  PlanEncoder(
      TableId id,
      std::unique_ptr<EncodePlan> plan,
      std::string name,
      TopicWriter& topic,
      SchemaStore& schemas,
      const TableEncoderOptions& options
  )
      : id_(std::move(id)),
        plan_(std::move(plan)),
        name_(std::move(name)),
        topic_(topic),
        schemas_(schemas),
        bytes_max_(options.record_bytes_max),
        tombstones_(options.tombstones && plan_->has_key()) {
    for (const Op op : {Op::kRead, Op::kCreate, Op::kUpdate, Op::kDelete, Op::kTruncate}) {
      const bool skipped = options.skipped.find(OpLetter(op)) != std::string::npos;
      skipped_[static_cast<size_t>(op)] = skipped;
    }
  }

  Status Encode(
      const Change& change,
      const types::EnvelopeContext& context,
      AckToken token,
      AckTracker& tracker
  ) override {
    if (skipped_[static_cast<size_t>(change.op)] && !IsLoadMark(change)) [[unlikely]] {
      return Ok();
    }
    if (!zero_date_told_ && plan_->KeyHasZeroDate(change)) [[unlikely]] {
      TellOfZeroDate();
    }
    if (change.op == Op::kUpdate && plan_->KeyChanged(change)) [[unlikely]] {
      return EncodeMove(change, context, token, tracker);
    }
    ROWHOUSE_TRY(Append(change, Half::kWhole, context, {}, token, tracker));
    return change.op == Op::kDelete && tombstones_ ? AppendTombstone({}, token, tracker) : Ok();
  }

  Written TakeWritten() override { return std::exchange(written_, {}); }

 private:
  void TellOfZeroDate() {
    zero_date_told_ = true;
    LogWarn(
        "a key holds a date with zero parts; it is written as the column's default or 1970-01-01, "
        "so "
        "rows that differ in nothing else become one row",
        {{"table", id_.ToString()}}
    );
  }

  // The row moves to another key. Delete and tombstone name the new one, the create the old one.
  Status EncodeMove(
      const Change& change,
      const types::EnvelopeContext& context,
      AckToken token,
      AckTracker& tracker
  ) {
    const std::string new_key = ROWHOUSE_TRY(KeyTextOf(change, Half::kCreate));
    const std::string old_key = ROWHOUSE_TRY(KeyTextOf(change, Half::kDelete));
    const HeaderView to{"__debezium.newkey", new_key};
    const HeaderView from{"__debezium.oldkey", old_key};
    ROWHOUSE_TRY(Append(change, Half::kDelete, context, {&to, 1}, token, tracker));
    if (tombstones_) {
      ROWHOUSE_TRY(AppendTombstone({&to, 1}, token, tracker));
    }
    types::EnvelopeContext second = context;
    ++second.transaction.total_order;
    ++second.transaction.table_order;
    return Append(change, Half::kCreate, second, {&from, 1}, token, tracker);
  }

  Result<std::string> KeyTextOf(const Change& change, Half half) {
    if (key_schema_ == nullptr) {
      key_schema_ = ROWHOUSE_TRY(avro::Schema::Parse(plan_->schemas().key));
    }
    key_.Clear();
    ROWHOUSE_TRY(plan_->EncodeKey(change, half, key_));
    return KeyText(*key_schema_, key_.view());
  }

  Status Append(
      const Change& change,
      Half half,
      const types::EnvelopeContext& context,
      std::span<const HeaderView> headers,
      AckToken token,
      AckTracker& tracker
  ) {
    key_.Clear();
    value_.Clear();
    RecordView record;
    // A truncate concerns no row, so it has no key.
    if (plan_->has_key() && change.op != Op::kTruncate) {
      ROWHOUSE_TRY(plan_->EncodeKey(change, half, key_));
      record.key = key_.view();
    }
    ROWHOUSE_TRY(plan_->EncodeValue(change, half, context, value_));
    record.value = value_.view();
    record.headers = headers;
    return Put(record, token, tracker);
  }

  // Of the key encoded last: lets compaction forget it.
  Status AppendTombstone(std::span<const HeaderView> headers, AckToken token, AckTracker& tracker) {
    RecordView record;
    record.key = key_.view();
    record.headers = headers;
    return Put(record, token, tracker);
  }

  Status Put(const RecordView& record, AckToken token, AckTracker& tracker) {
    const size_t bytes =
        (record.key ? record.key->size() : 0) + (record.value ? record.value->size() : 0);
    if (bytes > bytes_max_) [[unlikely]] {
      const std::string row = RowOfKey(schemas_, record.key) + " at " + tracker.PlaceOf(token);
      return RecordTooLarge(bytes, name_, bytes_max_).Context(id_.ToString() + ", " + row);
    }
    tracker.Expect(token);
    Status appended = topic_.Append(record, token);
    if (!appended) {
      // Not awaited any more; the batch stays open by the worker's hold, which is released
      // only if the worker decides to go on (the table is parked).
      tracker.Ack(token);
      return appended;
    }
    ++written_.records;
    written_.bytes += bytes;
    return Ok();
  }

  const TableId id_;
  const std::unique_ptr<EncodePlan> plan_;
  const std::string name_;
  TopicWriter& topic_;
  SchemaStore& schemas_;
  const size_t bytes_max_;
  const bool tombstones_;
  std::array<bool, 5> skipped_{};  // by Op
  Buffer key_;
  Buffer value_;
  Written written_;
  bool zero_date_told_ = false;
  avro::SchemaPtr key_schema_;  // read at the first change of a key
};

}  // namespace

Error RecordTooLarge(size_t bytes, const std::string& topic, size_t bytes_max) {
  return Error(
             ErrorKind::kBadRecord,
             fmt::format("record of {} bytes is too large for topic '{}'", bytes, topic)
  )
      .WithCode("E-KAFKA-003")
      .WithHint(fmt::format(
          "rowhouse sends up to {} bytes: raise message.max.bytes in kafka.properties, "
          "max.message.bytes of the topic and kafka.queue_bytes, then load the table again",
          bytes_max
      ));
}

Result<std::unique_ptr<TableEncoder>> TableEncoder::Open(
    const TableEncoderOptions& options,
    TableSchemaPtr table,
    TopicMaker& topics,
    EventLog& log,
    SchemaStore& schemas
) {
  types::EncodeOptions encode;
  encode.topics = options.topics;
  encode.connector = ROWHOUSE_TRY(types::ParseConnector(options.connector));
  encode.format = options.format;
  encode.null_as_default = options.null_as_default;
  const TableId id = table->id;
  std::unique_ptr<EncodePlan> plan = ROWHOUSE_TRY(EncodePlan::Make(std::move(table), encode));
  const std::string topic = DataTopic(options.topics, id);
  ROWHOUSE_TRY(topics.Ensure({topic, options.partitions, options.replication, {}}));
  int32_t key_id = 0;
  if (plan->has_key()) {
    key_id = ROWHOUSE_TRY(schemas.Register(KeySubject(topic), plan->schemas().key));
  }
  const int32_t value_id =
      ROWHOUSE_TRY(schemas.Register(ValueSubject(topic), plan->schemas().value));
  plan->SetSchemaIds(key_id, value_id);
  TopicWriter* writer = ROWHOUSE_TRY(log.Writer(topic));
  return std::unique_ptr<TableEncoder>(
      std::make_unique<PlanEncoder>(id, std::move(plan), topic, *writer, schemas, options)
  );
}

}  // namespace rowhouse::capture
