#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "kafka/checkpoint_store.h"
#include "kafka/client.h"
#include "kafka/options.h"
#include "model/ports.h"

struct rd_kafka_message_s;
struct rd_kafka_queue_s;

namespace rowhouse::kafka {

// How an event log is opened.
struct EventLogOptions {
  KafkaOptions kafka;
  // Put on every record as they are; each costs time (see kafka_bench.cc).
  std::vector<std::pair<std::string, std::string>> headers;
  // Makes the log a transactional one, under its pipeline's TransactionalId; Commit writes there.
  // WireEventLog's only.
  std::optional<CheckpointPlace> checkpoint = std::nullopt;
};

class KafkaTopicWriter;

// EventLog over librdkafka's idempotent producer, without transactions.
//
// A record once handed over stays in librdkafka's queue until a broker has it on
// all in-sync replicas: a broker that is away makes Append wait when the queue is
// full, and is logged, but loses nothing and reorders nothing within a partition.
//
// Place:    one a pipeline; `listener` must outlive it.
// Threads:  any method from any thread. The listener is called on the one thread
//           "delivery", which this class starts in Open and ends in its destructor.
// Blocking: Append while kafka.queue_bytes are on their way (one record above it is
//           let in alone); EnsureTopics up to kafka.request_timeout; Flush.
// Errors:   Append: kCancelled after Close; kUnavailable once the idempotent producer
//           has failed for good: open a new log, go on from the last checkpoint.
//           OnRefused: kBadRecord names topic and size where a record is too large; OnLost:
//           kUnavailable where the log failed or the topic was deleted under it.
// Units:    sizes are key + value + kRecordCost bytes.
// After Close, records on their way get neither OnAck nor OnLost.
class KafkaEventLog : public EventLog {
 public:
  static Result<std::unique_ptr<KafkaEventLog>> Open(
      const EventLogOptions& options, AckListener* listener
  );

  ~KafkaEventLog() override;

  Status EnsureTopics(const std::vector<TopicSpec>& topics) override;
  Result<TopicWriter*> Writer(const std::string& topic) override;
  Status Flush(Deadline deadline) override;
  void Cut() override;
  Status Commit(const Checkpoint& checkpoint) override;
  void Close() override;

  // Bytes on their way now.
  size_t in_flight_bytes() const { return bytes_.load(std::memory_order_relaxed); }

  // For tests that make librdkafka fail on purpose.
  rd_kafka_s* native() const { return client_->native(); }

 private:
  friend class KafkaTopicWriter;

  enum class State { kOpen, kFailed, kClosed };

  // A record refused before it was sent; told on the delivery thread.
  struct Refusal {
    AckToken token;
    size_t bytes;
    std::string topic;
    std::optional<std::string> key;
    Error error;
  };

  struct Headers;

  KafkaEventLog(std::shared_ptr<Client> client, const EventLogOptions& options, AckListener* l);

  Status Append(KafkaTopicWriter& writer, const RecordView& record, AckToken token);
  int Produce(KafkaTopicWriter& writer, const RecordView& record, AckToken token);
  Status Reserve(size_t bytes);
  bool TryReserve(size_t bytes);
  Status WaitForRoom(size_t bytes);
  void WaitForDrain(uint64_t drained_before);
  void Release(size_t bytes, size_t records);
  void Refuse(const RefusedRecord& record, size_t bytes);
  Status StateError() const;

  void Deliver(const std::stop_token& stop);
  void TellRefused();
  bool OnDelivered(const rd_kafka_message_s& message);
  Error LossOf(const rd_kafka_message_s& message);
  size_t LimitOf(const std::string& topic);
  void OnTrouble(int code, const char* reason);
  void Fail();
  void WatchAway();

  const std::shared_ptr<Client> client_;
  AckListener* const listener_;
  const size_t bytes_max_;
  std::unique_ptr<Headers> headers_;  // null: none
  rd_kafka_queue_s* queue_ = nullptr;

  std::atomic<State> state_{State::kOpen};
  std::atomic<size_t> bytes_{0};
  std::atomic<size_t> records_{0};
  std::atomic<uint64_t> drained_{0};  // counts batches of delivery reports
  std::atomic<int> waiting_{0};
  std::atomic<int> large_waiting_{0};

  mutable Mutex mu_;
  CondVar changed_;
  std::map<std::string, std::unique_ptr<KafkaTopicWriter>> writers_ GUARDED_BY(mu_);
  std::vector<Refusal> refused_ GUARDED_BY(mu_);  // bounded as records on their way are
  std::optional<Error> failure_ GUARDED_BY(mu_);

  // Of the delivery thread.
  std::map<std::string, size_t> limits_;  // of topics that refused a record
  std::optional<Clock::TimePoint> away_since_;
  std::string away_at_;  // wall clock, for people
  Clock::TimePoint away_told_;

  Thread delivery_;
};

}  // namespace rowhouse::kafka
