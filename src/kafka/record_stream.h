#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/admin.h"
#include "kafka/options.h"
#include "kafka/reader.h"

namespace rowhouse::kafka {

// A header where it lies.
struct HeaderView {
  std::string_view name;
  std::optional<std::string_view> value;
};

enum class TimestampType : uint8_t { kNone, kCreate, kAppend };

// A record where it lies; good until the call that gave it returns.
struct RecordRef {
  int32_t partition = 0;
  int64_t offset = 0;
  int64_t timestamp_ms = 0;
  TimestampType timestamp_type = TimestampType::kNone;
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;  // nullopt: a tombstone
  std::span<const HeaderView> headers;
};

// What happens in a stream: a record, or a partition's end is reached as of now.
class StreamEvents {
 public:
  StreamEvents() = default;
  virtual ~StreamEvents() = default;
  StreamEvents(const StreamEvents&) = delete;
  StreamEvents& operator=(const StreamEvents&) = delete;

  virtual void OnRecord(const RecordRef& record) = 0;

  // No committed record lies before `offset` that was not given yet.
  virtual void OnEnd(int32_t partition, int64_t offset) = 0;
};

// Reads parts of one topic's partitions, as often and in what order one likes, for those who
// look for something. Records are not copied.
//
// Shows committed records only; remembers nothing.
//
// Threads:  one owner.
// Blocking: each call up to its deadline.
// Errors:   kNotFound: no such topic, or an offset is no longer there. kUnavailable at the
//           deadline of questions; a Read of brokers that are away just gives nothing.
class RecordStream {
 public:
  RecordStream() = default;
  virtual ~RecordStream() = default;
  RecordStream(const RecordStream&) = delete;
  RecordStream& operator=(const RecordStream&) = delete;

  // By partition, in order.
  virtual Result<std::vector<PartitionRange>> Ranges(Deadline deadline) = 0;

  // By partition: the offset of the first record that is not older; none: all are.
  virtual Result<std::map<int32_t, int64_t>> OffsetsAt(int64_t timestamp_ms, Deadline deadline) = 0;

  // From now on these partitions are read from these offsets, and no others.
  virtual Status Seek(const std::map<int32_t, int64_t>& starts) = 0;

  // No longer reads this partition.
  virtual void Stop(int32_t partition) = 0;

  // Gives what has come, at most `records_max`; waits for the first until the deadline.
  virtual Status Read(StreamEvents& to, size_t records_max, Deadline deadline) = 0;
};

// A topic of a Kafka cluster. `buffer_bytes` bounds what is fetched ahead, beside one fetch of
// some megabytes, compressed. kNotFound: no such topic.
Result<std::unique_ptr<RecordStream>> OpenRecordStream(
    const KafkaOptions& options,
    const std::string& topic,
    size_t buffer_bytes,
    Deadline deadline = Deadline::After(seconds(10))
);

}  // namespace rowhouse::kafka
