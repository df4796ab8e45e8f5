#include <algorithm>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/admin.h"
#include "kafka/admin_call.h"

namespace rowhouse::kafka {

Result<ClusterInfo> Admin::Describe(Deadline deadline) {
  const Metadata all =
      ROWHOUSE_TRY(AskMetadata(*client_, nullptr, deadline, "asking for its brokers"));
  ClusterInfo info;
  info.topics = static_cast<size_t>(all->topic_cnt);
  for (int i = 0; i < all->broker_cnt; ++i) {
    const rd_kafka_metadata_broker_t& b = all->brokers[i];
    info.brokers.push_back({b.id, fmt::format("{}:{}", b.host, b.port)});
  }
  std::ranges::sort(info.brokers, {}, &BrokerInfo::id);
  // Both are known since the metadata came.
  info.controller = rd_kafka_controllerid(client_->native(), LeftMs(deadline));
  info.id = ROWHOUSE_TRY(ClusterId(deadline));
  return info;
}

Result<std::vector<PartitionPlace>> Admin::Places(const std::string& topic, Deadline deadline) {
  // All of them, since asking for one by name may make it where auto-creation is on.
  const Metadata all = ROWHOUSE_TRY(AskMetadata(*client_, nullptr, deadline, "listing topics"));
  const rd_kafka_metadata_topic_t* const end = all->topics + all->topic_cnt;
  const auto* const found = std::find_if<const rd_kafka_metadata_topic_t*>(
      all->topics, end, [&](const auto& t) { return t.topic == topic; }
  );
  if (found == end) {
    return Error(
        ErrorKind::kNotFound,
        fmt::format("{} has no topic '{}'", ServerName(client_->options()), topic)
    );
  }
  std::vector<PartitionPlace> places;
  for (int i = 0; i < found->partition_cnt; ++i) {
    const rd_kafka_metadata_partition_t& p = found->partitions[i];
    places.push_back(
        {p.id, p.leader, {p.replicas, p.replicas + p.replica_cnt}, {p.isrs, p.isrs + p.isr_cnt}}
    );
  }
  std::ranges::sort(places, {}, &PartitionPlace::partition);
  return places;
}

Result<std::map<std::string, std::vector<TopicSetting>>> Admin::Settings(
    const std::vector<std::string>& topics, Deadline deadline
) {
  std::map<std::string, std::vector<TopicSetting>> settings;
  if (topics.empty()) {
    return settings;
  }
  std::vector<ConfigResource> owned;
  std::vector<rd_kafka_ConfigResource_t*> raw;
  for (const std::string& topic : topics) {
    owned.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
    raw.push_back(owned.back().get());
  }
  const auto request = [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_DescribeConfigs(client_->native(), raw.data(), raw.size(), options, queue);
  };
  const Event event =
      ROWHOUSE_TRY(Call(*client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, deadline, request));
  size_t count = 0;
  const rd_kafka_ConfigResource_t** described = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &count
  );
  for (size_t i = 0; i < count; ++i) {
    if (rd_kafka_ConfigResource_error(described[i]) != RD_KAFKA_RESP_ERR_NO_ERROR) {
      continue;
    }
    auto& out = settings[rd_kafka_ConfigResource_name(described[i])];
    size_t entries = 0;
    const rd_kafka_ConfigEntry_t** entry = rd_kafka_ConfigResource_configs(described[i], &entries);
    for (size_t e = 0; e < entries; ++e) {
      const char* value = rd_kafka_ConfigEntry_value(entry[e]);
      // What is set for the brokers holds for the topic too, but was not given for it.
      const bool given =
          rd_kafka_ConfigEntry_source(entry[e]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
      out.push_back({rd_kafka_ConfigEntry_name(entry[e]), value == nullptr ? "" : value, !given});
    }
    std::ranges::sort(out, {}, &TopicSetting::name);
  }
  return settings;
}

}  // namespace rowhouse::kafka
