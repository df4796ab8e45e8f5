#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "base/thread.h"
#include "kafka/cluster.h"
#include "kafka/options.h"
#include "kafka/partition_lane.h"
#include "kafka/transactor.h"
#include "kafka/wire/compressor.h"
#include "model/ports.h"

namespace rowhouse::kafka {

// A topic's lanes, one a partition.
struct LaneTopic {
  std::string name;
  std::vector<std::unique_ptr<PartitionLane>> lanes;  // empty: not known yet
  std::optional<Error> gone;                          // why it takes no records any more
};

// Sends the batches of all lanes to their brokers, and tells what became of them.
//
// When to send: at once while nothing is on its way to the broker; then records gather
// while it answers, so that a quiet stream is fast and a busy one makes few requests. After a
// request of kBulkBytes the next one waits up to kafka.linger, since more will come. A full
// batch, a flush and somebody waiting for room end any wait.
//
// With a KafkaOptions::transactional_id all of it takes part in transactions: a lane waits until
// its partition is added, and what belongs to the next transaction until this one is committed.
//
// Place:    of the event log; its thread "kafka-sender" runs from Start() to the destructor.
// Threads:  public methods from any thread; the listener is called on the sender's.
// Blocking: Topic() until the topic's partitions are known; AwaitProducer and Commit. The
// destructor
//           up to 2 s, to abort a transaction that is open.
// Errors:   Topic: kUnavailable at the deadline. What can't be sent for good goes to
//           OnLost; what ends the log goes to the budget as well.
class Sender {
 public:
  // Lives as long as the sender.
  struct Around {
    AckListener& listener;
    ByteBudget& budget;
    BatchPool& pool;
    TransactionWindow& window;
    std::function<size_t(const std::string& topic)> limit_of;  // max.message.bytes; 0: not known
  };

  static Result<std::unique_ptr<Sender>> Open(const KafkaOptions& options, Around around);

  ~Sender();

  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;

  // `lanes` is what the lanes are made with; it must outlive the sender.
  void Start(const LaneShared& lanes);

  // Ends the thread, without waiting for it: nothing is told from then on.
  void Stop();

  // Asks where its partitions are, once; then it stays known.
  Result<LaneTopic*> Topic(const std::string& name, Deadline deadline);

  // Until the brokers know us, and whoever had the transactional id before is shut out.
  Status AwaitProducer(Deadline deadline);

  // Commits the transaction that was cut off and is stored; waits for it, as long as it takes.
  Status Commit();

  // A record that is not sent at all. Its one byte of the budget is given back.
  void Refuse(const RefusedRecord& record, Error error);

  // The lane has records now.
  void Post(PartitionLane& lane);

  // Look again: something is due.
  void Wake();

  Error Explain(std::string_view what) const { return cluster_->Explain(what); }

 private:
  struct Part {
    PartitionLane* lane;
    wire::RecordBatch* batch;
  };

  using Parts = std::vector<Part>;

  // What is going on with one broker.
  struct Traffic {
    size_t requests = 0;    // on their way
    size_t last_bytes = 0;  // of the last one
    Clock::TimePoint last_at;
  };

  Sender(const KafkaOptions& options, Around around, std::unique_ptr<Cluster> cluster);

  // A record refused before it was sent.
  struct Refusal {
    AckToken token;
    std::string topic;
    std::optional<std::string> key;
    Error error;
    uint64_t transaction = 0;
  };

  void Run(const std::stop_token& stop);
  void TakePosted(Clock::TimePoint now);
  void TellRefused();
  Clock::TimePoint SendDue(Clock::TimePoint now);
  Clock::TimePoint DueOf(const PartitionLane& lane, const Traffic& traffic) const;
  void SendTo(int32_t broker, wire::BrokerConnection& connection, Clock::TimePoint now);
  Parts Collect(int32_t broker, Clock::TimePoint now);
  void AskProducerId(Clock::TimePoint now);
  void OnProducerId(Result<ByteView> body);
  void MaintainTransaction(Clock::TimePoint now);
  void OnCommitted();
  void AbortOpen();
  bool Busy() const;

  void OnMetadata(const wire::MetadataAnswer& answer);
  void MakeLanes(LaneTopic& topic, size_t partitions);
  void OnMissing(const wire::TopicPlace& place, LaneTopic& topic, Clock::TimePoint now);
  void LoseGone();

  void OnAnswered(int32_t broker, int16_t version, const Parts& parts, Result<ByteView> body);
  void OnResult(const Part& part, const wire::ProduceResult& result, Clock::TimePoint now);
  void AskStored(PartitionLane& lane, Clock::TimePoint now);
  void OnStoredAnswer(PartitionLane& lane, Result<ByteView> body);
  void OutOfOrder(const PartitionLane& lane, std::string_view reason);
  void TellDelay(const PartitionLane& lane, const wire::ProduceResult& result) const;
  void OnRefusedBatch(const Part& part, const wire::ProduceResult& result);
  void Stored(wire::RecordBatchPtr batch);
  void Finish(wire::RecordBatchPtr batch);
  void Lose(wire::RecordBatchPtr batch, const Error& error, const PartitionLane* refused = nullptr);
  size_t LimitOf(const std::string& topic);
  void Fail(Error error);
  void WatchAway(Clock::TimePoint now);

  const KafkaOptions options_;
  const Around around_;
  const std::unique_ptr<Cluster> cluster_;
  const std::unique_ptr<wire::Compressor> compressor_;
  const LaneShared* lanes_ = nullptr;
  int wake_fd_ = -1;

  std::atomic<bool> stopped_{false};
  std::atomic<bool> asleep_{false};
  std::atomic<uint64_t> signals_{0};

  mutable Mutex mu_;
  CondVar known_;
  std::map<std::string, std::unique_ptr<LaneTopic>> topics_ GUARDED_BY(mu_);
  std::vector<std::string> wanted_ GUARDED_BY(mu_);
  std::vector<PartitionLane*> posted_ GUARDED_BY(mu_);
  std::vector<Refusal> refused_ GUARDED_BY(mu_);  // bounded as the budget is
  bool has_producer_ GUARDED_BY(mu_) = false;
  bool commit_wanted_ GUARDED_BY(mu_) = false;

  // Of the sender's thread.
  std::vector<PartitionLane*> active_;  // lanes that are not idle
  std::map<int32_t, Traffic> traffic_;
  std::map<std::string, size_t> limits_;                   // of topics that refused a record
  std::map<std::string, Clock::TimePoint> missing_since_;  // topics not there
  std::vector<LaneTopic*> gone_;                           // those given up
  std::unique_ptr<Transactor> transactor_;                 // null: no transactions
  wire::ProducerId producer_;
  bool asking_producer_ = false;
  Clock::TimePoint ask_producer_at_;
  bool failed_ = false;
  bool was_away_ = false;
  Clock::TimePoint away_since_;
  Clock::TimePoint away_told_;
  std::string away_at_;  // wall clock, for people

  Thread thread_;
};

}  // namespace rowhouse::kafka
