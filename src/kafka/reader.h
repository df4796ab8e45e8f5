#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client.h"
#include "model/record.h"

struct rd_kafka_message_s;
struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

namespace rowhouse::kafka {

// Up to which end ReadToEnd reads: what is committed now, or all that has been written
// until now, for which it waits until transactions that are open now have ended.
enum class ReadTo { kCommitted, kWritten };

inline constexpr int64_t kFromBegin = -2;
inline constexpr int64_t kFromEnd = -1;

// Where reading of one partition starts: an offset, kFromBegin or kFromEnd.
struct PartitionStart {
  std::string topic;
  int32_t partition = 0;
  int64_t offset = kFromBegin;
};

// Reads given partitions from given offsets, in batches, without a consumer group.
//
// Shows committed records only. Needs no group, so no grant on one; remembers
// nothing: the caller keeps the offsets.
//
// Threads: one owner.
// Errors:  kNotFound: a topic or an offset is no longer there. kUnavailable only
//          from ReadToEnd at its deadline; a broker that is away just gives nothing.
class Reader {
 public:
  static Result<std::unique_ptr<Reader>> Open(
      const KafkaOptions& options, const std::vector<PartitionStart>& starts
  );

  // All partitions of one topic from the start. kNotFound without the topic.
  static Result<std::unique_ptr<Reader>> OpenTopic(
      const KafkaOptions& options, const std::string& topic, Deadline deadline
  );

  ~Reader();

  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  // The next records, in order within a partition; at the deadline perhaps none.
  Result<std::vector<Record>> Read(size_t records_max, Deadline deadline);

  // Everything up to the end as of now; `each` sees records in order within a partition.
  Status ReadToEnd(
      const std::function<void(const Record&)>& each,
      Deadline deadline,
      ReadTo end = ReadTo::kCommitted
  );

 private:
  using PartitionKey = std::pair<std::string, int32_t>;

  explicit Reader(std::shared_ptr<Client> client);

  Status StartAll(const std::vector<PartitionStart>& starts);
  Status Start(const PartitionStart& start);
  Status ReadSome(size_t records_max, Deadline deadline, std::vector<Record>& out);
  Status Take(const rd_kafka_message_s& message, std::vector<Record>& out);
  Result<std::map<PartitionKey, int64_t>> Ends(ReadTo end, Deadline deadline);
  Result<std::shared_ptr<Client>> Asking(ReadTo end);
  bool Reached(const std::map<PartitionKey, int64_t>& ends) const;
  std::string WhereItStands(const std::map<PartitionKey, int64_t>& ends, ReadTo to) const;

  std::shared_ptr<Client> client_;
  // For questions: on client_'s connection they would wait behind a fetch that waits for records.
  std::shared_ptr<Client> asking_;
  rd_kafka_queue_s* queue_;
  std::map<std::string, rd_kafka_topic_s*> topics_;
  std::map<PartitionKey, int64_t> next_;  // the offset after the last one seen
};

}  // namespace rowhouse::kafka
