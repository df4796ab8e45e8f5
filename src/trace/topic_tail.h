#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "browse/message.h"
#include "browse/scan.h"
#include "browse/schemas.h"
#include "kafka/consumption.h"
#include "kafka/record_stream.h"
#include "trace/trace.h"

namespace rowhouse::trace {

// What was found in a topic, and how far it was searched.
struct Found {
  std::vector<Change> changes;
  std::string note;  // where the search ended early; empty: it did not
};

// The messages of one table's topic that ClickHouse has not taken, or may not have.
//
// Threads: one owner. Errors: Kafka's; kNotFound: no such topic.
class TopicTail {
 public:
  static Result<std::unique_ptr<TopicTail>> Open(
      const World& world, const std::string& topic, const std::string& group, Deadline deadline
  );

  // Behind what the group has taken.
  Result<Found> FindWaiting(const std::string& filter, Deadline deadline);

  // The newest of the whole topic.
  Result<Found> FindNewest(const std::string& filter, Deadline deadline);

  // The change in one record; kNotFound where there is none.
  Result<Change> At(int32_t partition, int64_t offset, Deadline deadline);

 private:
  TopicTail(
      std::string topic,
      std::string group,
      std::unique_ptr<kafka::RecordStream> stream,
      std::unique_ptr<browse::Schemas> schemas
  );

  Result<Found> Search(const browse::ScanRequest& request);
  Change ChangeOf(const browse::Message& message) const;

  const std::string topic_;
  const std::string group_;
  const std::unique_ptr<kafka::RecordStream> stream_;
  const std::unique_ptr<browse::Schemas> schemas_;
  std::unique_ptr<kafka::Consumption> consumption_;
  std::map<int32_t, int64_t> taken_;  // by the group
};

// The filter that is true for records of the row; `names` as the schemas have them. kKey is
// the faster one, for tables whose records have the row's key as theirs.
enum class LookAt { kKey, kRow };
std::string KeyFilter(
    const std::vector<std::string>& names, const std::vector<std::string>& key, LookAt at
);

// The filter for all changes of a transaction.
std::string GtidFilter(const std::string& gtid);

}  // namespace rowhouse::trace
