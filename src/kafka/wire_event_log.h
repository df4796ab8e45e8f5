#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/result.h"
#include "kafka/admin.h"
#include "kafka/event_log.h"
#include "kafka/sender.h"
#include "model/ports.h"

namespace rowhouse::kafka {

// EventLog over an idempotent or transactional producer of our own: records become batches where
// they are handed over, and no record exists on its own between its encoder and the socket.
//
// Place:    one a pipeline; `listener` must outlive it.
// Threads:  any method from any thread. The listener is called on the one thread
//           "kafka-sender", which Open() starts and the destructor ends.
// Blocking: Writer until the topic's partitions are known and EnsureTopics, each up to
//           kafka.request_timeout; Append while kafka.queue_bytes are on their way (one record
//           above that is let in alone); Flush; Commit. Open of a transactional log up to 10 s,
//           until what an earlier one has left has ended; its destructor up to 2 s, to abort what
//           is not committed.
// Errors:   Append: kCancelled after Close; kUnavailable once the producer has failed for
//           good: open a new log, go on from the last checkpoint. Commit: as transaction.h says.
//           A record that was lost is not in its transaction: whether to commit the others is
//           the caller's to say. OnRefused: kBadRecord names topic
//           and size where a record is too large; kUnavailable where the log failed or the
//           topic was deleted under it.
// Units:    sizes are bytes of records as Kafka's format frames them.
// After Close, records on their way get neither OnAck nor OnLost.
class WireEventLog : public EventLog {
 public:
  static Result<std::unique_ptr<WireEventLog>> Open(
      const EventLogOptions& options, AckListener* listener
  );

  ~WireEventLog() override;

  Status EnsureTopics(const std::vector<TopicSpec>& topics) override;
  Result<TopicWriter*> Writer(const std::string& topic) override;
  Status Flush(Deadline deadline) override;
  void Cut() override;
  Status Commit(const Checkpoint& checkpoint) override;
  void Close() override;

  // Bytes on their way now.
  size_t in_flight_bytes() const { return budget_.used(); }

 private:
  class LaneWriter;

  explicit WireEventLog(const EventLogOptions& options);

  Status AppendCheckpoint(const Checkpoint& checkpoint);

  Result<Admin*> OpenAdmin();

  const KafkaOptions options_;
  const std::optional<CheckpointPlace> checkpoint_;  // set: the log is transactional
  ByteBudget budget_;
  BatchPool pool_;
  TransactionWindow window_;
  LaneShared lanes_;

  Mutex admin_mu_;
  std::unique_ptr<Admin> admin_ GUARDED_BY(admin_mu_);  // null until a topic must be made
  std::set<std::string> ensured_ GUARDED_BY(admin_mu_);

  Mutex mu_;
  std::map<std::string, std::unique_ptr<LaneWriter>> writers_ GUARDED_BY(mu_);

  std::unique_ptr<Sender> sender_;
};

}  // namespace rowhouse::kafka
