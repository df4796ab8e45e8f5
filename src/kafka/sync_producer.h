#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client.h"

struct rd_kafka_queue_s;
struct rd_kafka_topic_s;

namespace rowhouse::kafka {

// A record that is to be written.
struct NewRecord {
  std::optional<std::string_view> key;
  std::optional<std::string_view> value;
  int32_t partition = -1;  // by murmur2 of the key; without key any
  std::vector<std::pair<std::string, std::string>> headers = {};
};

// Where it was written.
struct RecordPlace {
  int32_t partition = 0;
  int64_t offset = 0;
};

// Writes one record at a time to one topic and waits for it: for the small topics that
// are stores (positions, schemas), and for what people write, where order and certainty count, not
// speed.
//
// Threads:  one owner.
// Blocking: Put until the acknowledgement or kafka.request_timeout.
// Errors:   kUnavailable: not acknowledged in time; the record may still be stored or
//           not. After any error the next Put starts a new producer, so an old
//           record never comes after a newer one. With a KafkaOptions::transactional_id each
//           record is a transaction, and E-KAFKA-005 ends it: only TakeOver() starts anew.
class SyncProducer {
 public:
  SyncProducer(const KafkaOptions& options, std::string topic);
  ~SyncProducer();

  SyncProducer(const SyncProducer&) = delete;
  SyncProducer& operator=(const SyncProducer&) = delete;

  // Shuts out other producers of the transactional id, and ends what they have left open.
  Status TakeOver();

  // Gives the record's offset. `partition` -1: by murmur2 of the key.
  Result<int64_t> Put(
      std::string_view key, std::optional<std::string_view> value, int32_t partition = -1
  );

  Result<RecordPlace> Put(const NewRecord& record);

 private:
  Status Start();
  void Stop();
  Result<RecordPlace> Write(const NewRecord& record);
  int Produce(const NewRecord& record);
  Result<RecordPlace> Wait(const void* token, Deadline deadline);

  KafkaOptions options_;
  const std::string topic_;
  std::shared_ptr<Client> client_;  // null: the next Put starts one
  rd_kafka_topic_s* handle_ = nullptr;
  rd_kafka_queue_s* queue_ = nullptr;
  std::optional<Error> shut_out_;
};

}  // namespace rowhouse::kafka
