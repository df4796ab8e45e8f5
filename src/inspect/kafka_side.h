#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/admin.h"
#include "kafka/consumption.h"
#include "kafka/options.h"

namespace rowhouse::inspect {

// What one look at the cluster saw.
struct KafkaLook {
  std::vector<kafka::BrokerInfo> brokers;
  size_t topics = 0;
  std::map<std::string, std::vector<kafka::PartitionRange>> offsets;  // of those asked for
};

// Asks Kafka for brokers and for the offsets of some topics: three requests, however many topics.
//
// Threads: one owner. Blocking: up to the deadline.
class KafkaSide {
 public:
  explicit KafkaSide(kafka::KafkaOptions options) : options_(std::move(options)) {}

  // Topics that are not there (yet) are left out.
  Result<KafkaLook> Look(const std::vector<std::string>& topics, Deadline deadline);

  // Records that the group has still to read, where its offset alone does not tell: tombstones
  // and the marks of transactions take offsets too.
  Result<uint64_t> Unconsumed(
      const std::string& topic, const std::string& group, Deadline deadline
  );

  // By partition, the next offset that the group will read, whether it has members or not.
  Result<std::map<int32_t, int64_t>> Committed(
      const std::string& topic, const std::string& group, Deadline deadline
  );

  // How long each topic keeps its records, in seconds; without those that keep them for ever.
  Result<std::map<std::string, double>> Retention(
      const std::vector<std::string>& topics, Deadline deadline
  ) const;

  // When the first record at or after the offset was written, wall clock; none where there is none.
  Result<std::optional<int64_t>> WrittenAt(
      const std::string& topic, int32_t partition, int64_t offset, Deadline deadline
  ) const;

 private:
  const kafka::KafkaOptions options_;
  std::unique_ptr<kafka::Admin> admin_;
  std::unique_ptr<kafka::Consumption> consumption_;
};

}  // namespace rowhouse::inspect
