#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "base/result.h"
#include "kafka/admin.h"
#include "kafka/options.h"

namespace rowhouse::kafka {

// Tells how much of a topic a consumer group has still before it.
//
// Threads: one owner. Blocking: each call up to its deadline.
class Consumption {
 public:
  static Result<std::unique_ptr<Consumption>> Open(const KafkaOptions& options);

  // Records that the group has not committed past. Tombstones do not count: ClickHouse drops them.
  // Nor do a transaction's control records, which take offsets and are never given to anyone.
  Result<uint64_t> Unconsumed(
      const std::string& topic, const std::string& group, Deadline deadline
  );

  // By partition: the offset of the next record to be written.
  Result<std::map<int32_t, int64_t>> Ends(const std::string& topic, Deadline deadline);

  // Offsets before `ends` that the group has not committed past, whatever is at them.
  Result<uint64_t> Before(
      const std::string& topic,
      const std::string& group,
      const std::map<int32_t, int64_t>& ends,
      Deadline deadline
  );

  // By partition: the next offset the group will read. Absent where it never committed.
  Result<std::map<int32_t, int64_t>> Committed(
      const std::string& topic, const std::string& group, Deadline deadline
  );

 private:
  Consumption(const KafkaOptions& options, std::shared_ptr<Client> client)
      : options_(options), client_(std::move(client)), admin_(client_) {}

  const KafkaOptions options_;
  const std::shared_ptr<Client> client_;
  Admin admin_;
};

}  // namespace rowhouse::kafka
