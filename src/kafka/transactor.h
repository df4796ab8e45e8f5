#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/result.h"
#include "kafka/cluster.h"
#include "kafka/options.h"
#include "kafka/wire/messages.h"

namespace rowhouse::kafka {

class PartitionLane;

// What to do about a code that a request about a transaction was answered with.
enum class TxnReaction {
  kDone,
  kAgain,      // in a moment
  kElsewhere,  // again, at another coordinator
  kShutOut,    // a newer producer of the id is there, or the transaction is too old
  kEnd,        // only a new producer goes on
};

TxnReaction ReactionTo(int16_t code);

// A transactional producer's talk with its coordinator: who we are, which partitions take part
// in a transaction, and how it ends.
//
// It is the protocol that brokers from Kafka 2.8 to 4.1 speak: a partition is added to the
// transaction before its first batch of it is sent. All requests may be repeated, so one that has
// no answer is asked again, of another coordinator if need be; one is out at a time.
//
// A producer that failed is never revived in its epoch: the log is opened anew, which raises the
// epoch, ends what was left open and shuts out whoever had the id before.
//
// Place:   of a transactional log's sender, all of it on its thread.
// Errors:  told once: kUnavailable with E-KAFKA-005 or E-KAFKA-006 where we are shut out, as
//          transaction.h says; kConfig and kAuth as the broker says; else kUnavailable.
class Transactor {
 public:
  using Fail = std::function<void(Error)>;
  // A commit has happened; the next transaction may be sent.
  using Committed = std::function<void()>;

  Transactor(const KafkaOptions& options, Cluster& cluster, Fail fail, Committed committed)
      : options_(options),
        cluster_(cluster),
        fail_(std::move(fail)),
        committed_(std::move(committed)) {}

  // Asks what is due.
  void Maintain(Clock::TimePoint now);

  // When Maintain() has something to do though nothing happened; max() for never.
  Clock::TimePoint due() const;

  // Id -1: not known yet.
  const wire::ProducerId& producer() const { return producer_; }

  // Whether batches of the lane may be sent now.
  bool Takes(const PartitionLane& lane) const;

  // The lane has something to send.
  void Join(PartitionLane& lane);

  // Ends the transaction, once all of it is stored.
  void End(wire::Outcome outcome);

  // A partition is part of the transaction, and no end has been asked for.
  bool open() const { return open_since_.has_value() && !ending_; }

  // An end has been asked for and has not happened yet.
  bool ending() const { return ending_.has_value(); }

  // How long the transaction is open.
  milliseconds open_for() const;

 private:
  using OnBody = std::function<Status(ByteView)>;

  void Ask(wire::BrokerConnection& broker, std::unique_ptr<wire::Request> request, OnBody on_body);
  void FindCoordinator();
  void AskProducerId(wire::BrokerConnection& broker);
  void AddPartitions(wire::BrokerConnection& broker);
  Status OnAdded(const std::vector<PartitionLane*>& asked, ByteView body);
  void AskEnd(wire::BrokerConnection& broker);
  void OnEnded();
  // True where the answer is good; else sees to what follows.
  bool Good(int16_t code, std::string_view what, std::string_view reason = {});
  Error Refused(int16_t code, std::string_view what, std::string_view reason) const;
  void Later();

  bool idle() const { return producer_.id >= 0 && joining_.empty() && !ending_; }

  const KafkaOptions& options_;
  Cluster& cluster_;
  const Fail fail_;
  const Committed committed_;

  int32_t coordinator_ = -1;  // -1: not known
  Clock::TimePoint reached_at_;
  wire::ProducerId producer_;
  uint64_t number_ = 0;  // of the transaction, by the log's count
  std::vector<PartitionLane*> joining_;
  std::optional<wire::Outcome> ending_;
  std::optional<Clock::TimePoint> open_since_;
  bool asking_ = false;
  bool failed_ = false;
  Clock::TimePoint not_before_;
  Backoff backoff_{milliseconds{2}, milliseconds{100}};
};

}  // namespace rowhouse::kafka
