#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "kafka/options.h"
#include "kafka/reader.h"
#include "kafka/sync_producer.h"
#include "model/ports.h"

namespace rowhouse::kafka {

// What a topic is made like that serves as a store: one partition, compacted,
// and room for values above the broker's default of 1 MiB.
TopicSpec CompactedTopic(const std::string& topic, int32_t replication);

// CompactedLog on a topic with one partition, which Open makes when it is missing.
//
// Threads: one owner.
// Errors:  Open: kConfig when the topic is there with more than one partition, since
//          then records have no order. Put, ReadToEnd: kUnavailable after
//          kafka.request_timeout; try again.
class KafkaCompactedLog : public CompactedLog {
 public:
  static Result<std::unique_ptr<KafkaCompactedLog>> Open(
      const KafkaOptions& options, const std::string& topic, int32_t replication = 1
  );

  Result<int64_t> Put(std::string_view key, std::optional<std::string_view> value) override;
  Status ReadToEnd(const std::function<void(const Record&)>& each) override;

 private:
  KafkaCompactedLog(
      const KafkaOptions& options, const std::string& topic, std::unique_ptr<Reader> reader
  )
      : options_(options), reader_(std::move(reader)), producer_(options, topic) {}

  const KafkaOptions options_;
  std::unique_ptr<Reader> reader_;
  SyncProducer producer_;
};

}  // namespace rowhouse::kafka
