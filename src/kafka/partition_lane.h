#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/result.h"
#include "kafka/batch_pool.h"
#include "kafka/byte_budget.h"
#include "kafka/transaction_window.h"
#include "kafka/wire/record_batch.h"

namespace rowhouse::kafka {

class PartitionLane;

// Of the log's own records, which the listener does not hear of.
inline constexpr AckToken kOwnToken = ~AckToken{0};

// What the lanes of one log share.
struct LaneShared {
  ByteBudget& budget;
  BatchPool& pool;
  TransactionWindow& window;
  std::string headers;  // encoded: at the end of every record
  size_t batch_bytes = 1'000'000;
  int32_t batch_records = 10'000;
  size_t credit_bytes = 16'384;  // taken from the budget at once, for many records
  std::function<void(PartitionLane&)> on_first = {};  // there is something to send now
  std::function<void()> on_full = {};                 // a batch is full
};

// The records of one partition, from their hand-over to their acknowledgement.
//
// The idempotent producer's promise is kept here: a batch gets its sequence when it is
// first sent and keeps it however often it is sent again; batches are stored in the order
// of their sequences; at most kWindow of them are on their way, since a broker remembers no
// more to tell a repetition by; and all of these are on their way to the same broker. Were a batch
// sent to a new leader while one before it is still at the former, which will refuse it, only
// the new one's memory of sequences would keep it from being stored first.
//
// After a failure that may pass the lane drains: nothing is sent until every batch on
// its way has been answered. The ones behind the failed batch come back as out of order, an echo
// of the same failure; then all of them are sent again, in order, the first one alone. Is that one
// out of order too, then it was stored, and so was what followed it: a broker that was killed
// remembers only the last batch of a producer (its snapshot keeps no more; Kafka 4.1,
// ProducerStateManager), and takes a repetition of one before it for a gap. Its own word for the
// last sequence (DescribeProducers) tells how far it came. A batch that is refused
// for good leaves a gap in the sequences, which is closed when the lane has drained: the
// brokers took none of the later ones, so these are numbered anew.
//
// Place:   made by the event log for each partition; the sender's thread takes from it.
// Threads: Append from any; all else from the sender's.
// Blocking: Append waits for the budget; nothing else waits.
class PartitionLane {
 public:
  static constexpr size_t kWindow = 5;

  PartitionLane(const LaneShared& shared, const std::string& topic, int32_t partition)
      : shared_(shared), topic_(topic), partition_(partition) {}

  const std::string& topic() const { return topic_; }

  int32_t partition() const { return partition_; }

  // Errors: what the budget was ended with.
  Status Append(const RecordView& record, AckToken token);

  // A record of the log's own, for the transaction that is sent, at once and over the budget. Only
  // where nobody else appends to this lane.
  void AppendLast(const RecordView& record, AckToken token);

  // --- the sender's half ------------------------------------------------------

  // Nothing waits to be sent or answered.
  bool idle() const { return sent_.empty() && !listed_.load(std::memory_order_acquire); }

  // A full batch waits, or one that is sent again.
  bool pressing() const { return again_ > 0 || full_.load(std::memory_order_relaxed) > 0; }

  // Next() would give one, as far as the lane decides.
  bool can_send(Clock::TimePoint now) const;

  // The batch to send now, with its sequence; it counts as on its way. Null: none.
  wire::RecordBatch* Next(Clock::TimePoint now);

  // The broker has it.
  wire::RecordBatchPtr OnStored(const wire::RecordBatch* batch, Clock::TimePoint now);

  // It will be sent again, not before the given time.
  void OnAgain(const wire::RecordBatch* batch, Clock::TimePoint not_before);

  // Nothing is sent before that time.
  void Delay(Clock::TimePoint not_before);

  // Whether it has been sent before, and is the first of those not acknowledged: refused as out of
  // order it may be one that is stored.
  bool MayBeStored(const wire::RecordBatch* batch) const;

  // What the broker says it has last of us, while nothing is on its way: the batches up to there,
  // the oldest first. Empty: the sequence ends none of them.
  std::vector<wire::RecordBatchPtr> OnLastStored(int32_t sequence, Clock::TimePoint now);

  // It will never be stored.
  wire::RecordBatchPtr OnRefused(const wire::RecordBatch* batch);

  // The broker refuses a batch of this size: sent again as two, later ones are smaller.
  void OnTooLarge(const wire::RecordBatch* batch);

  // Whether an out-of-order answer is the echo of a failure known already.
  bool draining() const { return draining_; }

  // When a failure allows the next try.
  Clock::TimePoint waits_until() const { return not_before_; }

  // All that is not on its way: the topic is gone.
  std::vector<wire::RecordBatchPtr> TakeUnsent();

  // Everything: the log has failed, and no answer will come.
  std::vector<wire::RecordBatchPtr> TakeAll();

  // Records handed over and not yet acknowledged.
  size_t Records();

  static constexpr uint64_t kNone = ~uint64_t{0};

  // Of the sender: whether the broker has to say what it has of us before anything is sent.
  enum class Doubt { kNone, kToAsk, kAsked };
  Doubt doubt = Doubt::kNone;

  int32_t leader = -1;      // of the sender: the broker to send to; -1: none known
  uint64_t joined = kNone;  // of the transactor: the last transaction it is part of
  bool joining = false;     // of the transactor: it is to become part of this one
  bool active = false;      // of the sender: in its list of lanes with work
  Clock::TimePoint since;   // of the sender: how long the oldest record has waited

 private:
  struct Sent {
    wire::RecordBatchPtr batch;
    bool on_its_way = false;
    bool again = false;  // once it failed in a way that may pass
  };

  bool TryAppend(const RecordView& record, AckToken token, size_t bytes);
  wire::RecordBatchPtr NewBatch(uint64_t transaction) REQUIRES(mu_);
  bool something() const;
  wire::RecordBatchPtr TakeWaiting();
  std::vector<Sent>::iterator Find(const wire::RecordBatch* batch);
  void Arrived(Sent& sent);
  void EndDraining();

  const LaneShared& shared_;
  const std::string& topic_;
  const int32_t partition_;

  std::atomic<bool> listed_{false};  // records wait that have never been sent
  std::atomic<int> full_{0};
  std::atomic<uint64_t> oldest_{0};          // transaction of the first of them
  std::atomic<size_t> bytes_max_{SIZE_MAX};  // learnt from a broker that refused more

  Mutex mu_;
  wire::RecordBatchPtr open_ GUARDED_BY(mu_);
  std::vector<wire::RecordBatchPtr> waiting_ GUARDED_BY(mu_);  // full; bounded by the budget
  size_t credit_ GUARDED_BY(mu_) = 0;

  // Of the sender's thread.
  std::vector<Sent> sent_;  // by sequence; on their way or to be sent again
  size_t on_their_way_ = 0;
  int32_t sent_to_ = -1;  // the broker they are on their way to
  size_t again_ = 0;
  int32_t next_sequence_ = 0;
  int32_t gap_from_ = -1;  // where the refused batch began; -1: no gap
  bool draining_ = false;
  bool known_ = false;  // the broker remembers us: it has stored a batch lately
  Clock::TimePoint last_stored_;
  Clock::TimePoint not_before_;
};

// The sequence `records` after this one; they start again at 0 after 2^31 - 1.
int32_t SequenceAfter(int32_t sequence, int32_t records);

}  // namespace rowhouse::kafka
