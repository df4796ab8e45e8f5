#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client.h"
#include "model/record.h"

namespace rowhouse::kafka {

// A broker as the cluster's metadata names it.
struct BrokerInfo {
  int32_t id = 0;
  std::string address;  // host:port as advertised
};

// A topic as the cluster's metadata describes it.
struct TopicInfo {
  std::string name;
  int32_t partitions = 0;
  int32_t replication = 0;
};

// Where one partition lies.
struct PartitionPlace {
  int32_t partition = 0;
  int32_t leader = -1;  // -1: none
  std::vector<int32_t> replicas;
  std::vector<int32_t> in_sync;
};

// A setting of a topic.
struct TopicSetting {
  std::string name;
  std::string value;
  bool is_default = false;  // not given for this topic
};

// The cluster as a whole.
struct ClusterInfo {
  std::string id;
  std::vector<BrokerInfo> brokers;
  int32_t controller = -1;  // -1: not known
  size_t topics = 0;
};

// The offsets of one partition: the first record there is and the next to be written.
struct PartitionRange {
  int32_t partition = 0;
  int64_t begin = 0;
  int64_t end = 0;
};

// Questions and orders to the cluster as a whole: doctor, set-up, console.
//
// Threads:  any.
// Blocking: each call up to its deadline, then kUnavailable with the trouble behind it.
class Admin {
 public:
  static Result<std::unique_ptr<Admin>> Open(const KafkaOptions& options);

  // Works through a client that somebody else has too.
  explicit Admin(std::shared_ptr<Client> client) : client_(std::move(client)) {}

  // The brokers; also the proof that the cluster answers.
  Result<std::vector<BrokerInfo>> Ping(Deadline deadline);

  // Sorted by name; Kafka's own ("__consumer_offsets") too.
  Result<std::vector<TopicInfo>> Topics(Deadline deadline);

  // kNotFound where there is no such topic.
  Result<TopicInfo> Topic(const std::string& topic, Deadline deadline);

  // Makes the topics that are missing; leaves the others as they are.
  // kConfig: more replicas than brokers, or a setting the broker refuses.
  Status EnsureTopics(const std::vector<TopicSpec>& topics, Deadline deadline);

  // Brokers, controller, id and how many topics there are.
  Result<ClusterInfo> Describe(Deadline deadline);

  // One a partition, in order. kNotFound where there is no such topic.
  Result<std::vector<PartitionPlace>> Places(const std::string& topic, Deadline deadline);

  // All settings of these topics, by one request; those that can't be told are left out.
  Result<std::map<std::string, std::vector<TopicSetting>>> Settings(
      const std::vector<std::string>& topics, Deadline deadline
  );

  Status DeleteTopic(const std::string& topic, Deadline deadline);

  // The value of a topic's setting, given or by default.
  Result<std::string> Setting(const std::string& topic, std::string_view name, Deadline deadline);

  // One a partition, in order. kNotFound where there is no such topic.
  Result<std::vector<PartitionRange>> Offsets(const std::string& topic, Deadline deadline);

  // The same for many topics by two requests a broker; without those whose leaders don't answer.
  Result<std::map<std::string, std::vector<PartitionRange>>> Offsets(
      const std::vector<TopicInfo>& topics, Deadline deadline
  );

  // The id that the cluster gave itself.
  Result<std::string> ClusterId(Deadline deadline);

 private:
  using EachOffset = std::function<void(const std::string& topic, int32_t partition, int64_t)>;

  Status AskOffsets(
      const std::vector<TopicInfo>& topics, int64_t which, Deadline deadline, const EachOffset& each
  );

  std::shared_ptr<Client> client_;
};

}  // namespace rowhouse::kafka
