#include "kafka/wire_event_log.h"

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/check.h"
#include "kafka/errors.h"
#include "kafka/murmur2.h"
#include "kafka/transaction.h"

namespace rowhouse::kafka {

namespace {

constexpr size_t kCreditMost = 16'384;
constexpr size_t kCreditShare = 256;  // of the whole budget, at most this part a lane at once
constexpr seconds kTakeOverLimit{10};
constexpr seconds kSettingLimit{3};
constexpr uint32_t kSpreadRun = 256;  // records without a key go to one partition for so long

size_t PayloadOf(const RecordView& r) {
  return (r.key ? r.key->size() : 0) + (r.value ? r.value->size() : 0);
}

// A producer of transactions has a name; the name is the pipeline's.
KafkaOptions ProducerOptions(const EventLogOptions& options) {
  KafkaOptions kafka = options.kafka;
  kafka.transactional_id =
      options.checkpoint ? TransactionalId(options.checkpoint->pipeline) : std::string();
  return kafka;
}

// By a client of its own: the one that makes topics may be busy. 0: not known.
size_t LargestTaken(const KafkaOptions& options, const std::string& topic) {
  const auto admin = Admin::Open(options);
  const auto text =
      !admin ? Result<std::string>(admin.error())
             : (*admin)->Setting(topic, "max.message.bytes", Deadline::After(kSettingLimit));
  size_t bytes = 0;
  if (text) {
    std::from_chars(text->data(), text->data() + text->size(), bytes);
  }
  return bytes;
}

}  // namespace

// A topic of the log: finds the record's partition.
class WireEventLog::LaneWriter : public TopicWriter {
 public:
  LaneWriter(WireEventLog& log, LaneTopic& topic)
      : log_(log), topic_(topic), partitions_(static_cast<int32_t>(topic.lanes.size())) {}

  Status Append(const RecordView& record, AckToken token) override {
    const size_t bytes = PayloadOf(record);
    if (bytes > log_.options_.record_bytes_max) [[unlikely]] {
      return Refuse({token, topic_.name, record.key}, bytes);
    }
    const int32_t partition = PartitionFor(record);
    if (partition >= partitions_) [[unlikely]] {
      return Error(
          ErrorKind::kInternal,
          fmt::format("topic '{}' has no partition {}", topic_.name, partition)
      );
    }
    return topic_.lanes[static_cast<size_t>(partition)]->Append(record, token);
  }

 private:
  int32_t PartitionFor(const RecordView& record) {
    if (record.partition >= 0) {
      return record.partition;
    }
    if (record.key) [[likely]] {
      return PartitionOf(*record.key, partitions_);
    }
    const uint32_t run = spread_.fetch_add(1, std::memory_order_relaxed) / kSpreadRun;
    return static_cast<int32_t>(run % static_cast<uint32_t>(partitions_));
  }

  Status Refuse(const RefusedRecord& record, size_t bytes) {
    ROWHOUSE_TRY(log_.budget_.Take(1));
    log_.sender_->Refuse(
        record,
        RecordTooLarge(
            {.topic = topic_.name, .bytes = bytes, .native = wire::kMessageTooLarge}, log_.options_
        )
    );
    return Ok();
  }

  WireEventLog& log_;
  LaneTopic& topic_;
  const int32_t partitions_;
  std::atomic<uint32_t> spread_{0};
};

WireEventLog::WireEventLog(const EventLogOptions& options)
    : options_(ProducerOptions(options)),
      checkpoint_(options.checkpoint),
      budget_(options.kafka.queue_bytes, [this] { sender_->Wake(); }),
      lanes_{
          .budget = budget_,
          .pool = pool_,
          .window = window_,
          .headers = wire::EncodeHeaders(options.headers),
          .batch_bytes = options.kafka.batch_bytes,
          .batch_records = options.kafka.batch_records,
          .credit_bytes = std::min(kCreditMost, options.kafka.queue_bytes / kCreditShare),
          .on_first = [this](PartitionLane& lane) { sender_->Post(lane); },
          .on_full = [this] { sender_->Wake(); }} {}

Result<std::unique_ptr<WireEventLog>> WireEventLog::Open(
    const EventLogOptions& options, AckListener* listener
) {
  CHECK(listener != nullptr);
  std::unique_ptr<WireEventLog> log(new WireEventLog(options));
  log->sender_ = ROWHOUSE_TRY(Sender::Open(
      log->options_,
      {.listener = *listener,
       .budget = log->budget_,
       .pool = log->pool_,
       .window = log->window_,
       .limit_of = [&options = log->options_](const std::string& topic
                   ) { return LargestTaken(options, topic); }}
  ));
  log->sender_->Start(log->lanes_);
  if (log->checkpoint_) {
    ROWHOUSE_TRY(log->sender_->AwaitProducer(Deadline::After(kTakeOverLimit)));
  }
  return log;
}

WireEventLog::~WireEventLog() {
  if (sender_ != nullptr) {
    Close();
  }
}

Result<Admin*> WireEventLog::OpenAdmin() {
  if (admin_ == nullptr) {
    admin_ = ROWHOUSE_TRY(Admin::Open(options_));
  }
  return admin_.get();
}

Status WireEventLog::EnsureTopics(const std::vector<TopicSpec>& topics) {
  MutexLock lock(admin_mu_);
  std::vector<TopicSpec> fresh;
  std::copy_if(topics.begin(), topics.end(), std::back_inserter(fresh), [&](const TopicSpec& t) {
    return !ensured_.contains(t.name);
  });
  if (fresh.empty()) {
    return Ok();
  }
  Admin* admin = ROWHOUSE_TRY(OpenAdmin());
  ROWHOUSE_TRY(admin->EnsureTopics(fresh, Deadline::After(options_.request_timeout)));
  for (const TopicSpec& topic : fresh) {
    ensured_.insert(topic.name);
  }
  return Ok();
}

Result<TopicWriter*> WireEventLog::Writer(const std::string& topic) {
  {
    MutexLock lock(mu_);
    if (const auto found = writers_.find(topic); found != writers_.end()) {
      return found->second.get();
    }
  }
  LaneTopic* lanes = ROWHOUSE_TRY(sender_->Topic(topic, Deadline::After(options_.request_timeout)));
  MutexLock lock(mu_);
  std::unique_ptr<LaneWriter>& writer = writers_[topic];
  if (writer == nullptr) {
    writer = std::make_unique<LaneWriter>(*this, *lanes);
  }
  return writer.get();
}

Status WireEventLog::Flush(Deadline deadline) {
  if (window_.cut() ? window_.WaitStored(deadline) : budget_.WaitUntilEmpty(deadline)) {
    return Ok();
  }
  ROWHOUSE_TRY(budget_.Ended());
  return sender_->Explain(fmt::format("{} bytes not acknowledged", budget_.used()));
}

void WireEventLog::Cut() {
  CHECK(checkpoint_ && !window_.cut());
  window_.Cut();
  sender_->Wake();
}

Status WireEventLog::Commit(const Checkpoint& checkpoint) {
  CHECK(checkpoint_);
  ROWHOUSE_TRY(budget_.Ended());
  if (!window_.cut()) {
    Cut();
  }
  ROWHOUSE_TRY(AppendCheckpoint(checkpoint));
  ROWHOUSE_TRY(Flush(Deadline::Never()));
  return sender_->Commit();
}

// Over the budget, which records of the next transaction may fill: those wait for this one.
Status WireEventLog::AppendCheckpoint(const Checkpoint& checkpoint) {
  LaneTopic* const topic =
      ROWHOUSE_TRY(sender_->Topic(checkpoint_->topic, Deadline::After(options_.request_timeout)));
  const auto partitions = static_cast<int32_t>(topic->lanes.size());
  const int32_t partition = PartitionOf(checkpoint_->pipeline, partitions);
  const std::string value = checkpoint.ToJson();
  topic->lanes[static_cast<size_t>(partition)]->AppendLast(
      {checkpoint_->pipeline, value}, kOwnToken
  );
  return Ok();
}

void WireEventLog::Close() {
  budget_.End(Error(ErrorKind::kCancelled, "event log closed"));
  window_.End();
  sender_->Stop();
}

}  // namespace rowhouse::kafka
