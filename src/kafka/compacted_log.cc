#include "kafka/compacted_log.h"

#include <fmt/format.h>

#include "kafka/admin.h"

namespace rowhouse::kafka {

TopicSpec CompactedTopic(const std::string& topic, int32_t replication) {
  return TopicSpec{
      topic, 1, replication, {{"cleanup.policy", "compact"}, {"max.message.bytes", "100000000"}}};
}

Result<std::unique_ptr<KafkaCompactedLog>> KafkaCompactedLog::Open(
    const KafkaOptions& options, const std::string& topic, int32_t replication
) {
  const Deadline deadline = Deadline::After(options.request_timeout);
  const std::unique_ptr<Admin> admin = ROWHOUSE_TRY(Admin::Open(options));
  ROWHOUSE_TRY(admin->EnsureTopics({CompactedTopic(topic, replication)}, deadline));
  const TopicInfo info = ROWHOUSE_TRY(admin->Topic(topic, deadline));
  if (info.partitions != 1) {
    return Error(
               ErrorKind::kConfig,
               fmt::format("topic '{}' has {} partitions and must have 1", topic, info.partitions)
    )
        .WithHint("configure another topic name, or make the topic anew with one partition");
  }
  std::unique_ptr<Reader> reader = ROWHOUSE_TRY(Reader::Open(options, {{topic, 0, kFromBegin}}));
  return std::unique_ptr<KafkaCompactedLog>(new KafkaCompactedLog(options, topic, std::move(reader))
  );
}

Result<int64_t> KafkaCompactedLog::Put(
    std::string_view key, std::optional<std::string_view> value
) {
  return producer_.Put(key, value, 0);
}

Status KafkaCompactedLog::ReadToEnd(const std::function<void(const Record&)>& each) {
  return reader_->ReadToEnd(each, Deadline::After(options_.request_timeout));
}

}  // namespace rowhouse::kafka
