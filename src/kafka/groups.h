#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/client.h"

namespace rowhouse::kafka {

using TopicPartition = std::pair<std::string, int32_t>;

// A consumer that is in a group.
struct GroupMember {
  std::string id;
  std::string client_id;
  std::string host;
  std::vector<TopicPartition> assigned;
};

// A consumer group as its coordinator describes it.
struct GroupInfo {
  std::string name;
  std::string state;     // "Stable", "Empty", "PreparingRebalance", "Dead", ...
  std::string protocol;  // how partitions are assigned; empty: nobody is in it
  std::vector<GroupMember> members;
};

using Committed = std::map<TopicPartition, int64_t>;

// The consumer groups of a cluster.
//
// Threads:  any.
// Blocking: each call up to its deadline, then kUnavailable.
class Groups {
 public:
  explicit Groups(std::shared_ptr<Client> client) : client_(std::move(client)) {}

  // All there are, sorted; those of coordinators that do not answer are left out.
  Result<std::vector<std::string>> Names(Deadline deadline);

  // In the order of `names`. A group that is not there is "Dead".
  Result<std::vector<GroupInfo>> Describe(const std::vector<std::string>& names, Deadline deadline);

  // By group, the next offset of each partition it has committed; all are asked at once.
  Result<std::map<std::string, Committed>> Offsets(
      const std::vector<std::string>& names, Deadline deadline
  );

  // Sets committed offsets. kConfig where the group has members: they would go on from where they
  // are, and commit over it.
  Status SetOffsets(const std::string& group, const Committed& offsets, Deadline deadline);

 private:
  const std::shared_ptr<Client> client_;
};

}  // namespace rowhouse::kafka
