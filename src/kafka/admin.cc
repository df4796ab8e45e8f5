#include "kafka/admin.h"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "base/backoff.h"
#include "kafka/admin_call.h"
#include "kafka/errors.h"

namespace rowhouse::kafka {

namespace {

constexpr int64_t kFirstOffset = -2;  // of ListOffsets, where a time is asked for
constexpr int64_t kNextOffset = -1;

constexpr milliseconds kSettleFirst{20};
constexpr milliseconds kSettleMost{500};

// A topic's leaders are elected a moment after it was made, and anew when a broker goes: the
// question is asked again.
template <typename Question>
rd_kafka_resp_err_t AskLeaders(Deadline deadline, const Question& ask) {
  Backoff backoff(kSettleFirst, kSettleMost);
  while (true) {
    const rd_kafka_resp_err_t err = ask(LeftMs(deadline));
    const bool passing = err == RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION ||
                         err == RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE ||
                         err == RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH ||
                         err == RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH;
    if (!passing || deadline.Passed()) {
      return err;
    }
    WaitUnlessStopped(std::stop_token{}, std::min(backoff.Next(), deadline.Left()));
  }
}

Status CheckTopicResults(
    Client& client,
    const rd_kafka_topic_result_t** results,
    size_t count,
    std::string_view verb,
    rd_kafka_resp_err_t fine
) {
  for (size_t i = 0; i < count; ++i) {
    const rd_kafka_resp_err_t err = rd_kafka_topic_result_error(results[i]);
    if (err == RD_KAFKA_RESP_ERR_NO_ERROR || err == fine) {
      continue;
    }
    const char* text = rd_kafka_topic_result_error_string(results[i]);
    const std::string what = fmt::format(
        "{}: {} topic '{}'",
        ServerName(client.options()),
        verb,
        rd_kafka_topic_result_name(results[i])
    );
    return NativeError(err, what, text == nullptr ? "" : text);
  }
  return Ok();
}

Result<NewTopic> MakeNewTopic(const TopicSpec& spec) {
  std::array<char, 256> why{};
  NewTopic topic(rd_kafka_NewTopic_new(
      spec.name.c_str(), spec.partitions, spec.replication, why.data(), why.size()
  ));
  if (topic == nullptr) {
    return Error(ErrorKind::kConfig, fmt::format("topic '{}': {}", spec.name, why.data()));
  }
  for (const auto& [name, value] : spec.config) {
    rd_kafka_NewTopic_set_config(topic.get(), name.c_str(), value.c_str());
  }
  return topic;
}

Status CheckReplication(const TopicSpec& spec, int brokers) {
  if (spec.replication <= brokers) {
    return Ok();
  }
  return Error(
             ErrorKind::kConfig,
             fmt::format(
                 "topic '{}' wants {} replicas, but the cluster has {} broker{}",
                 spec.name,
                 spec.replication,
                 brokers,
                 brokers == 1 ? "" : "s"
             )
  )
      .WithHint(fmt::format("set kafka.replication to {} or add brokers", brokers));
}

TopicInfo InfoOf(const rd_kafka_metadata_topic_t& topic) {
  TopicInfo info{topic.topic, topic.partition_cnt, 0};
  if (topic.partition_cnt > 0) {
    info.replication = topic.partitions[0].replica_cnt;
  }
  return info;
}

Status Create(Client& client, const std::vector<NewTopic>& wanted, Deadline deadline) {
  std::vector<rd_kafka_NewTopic_t*> raw;
  raw.reserve(wanted.size());
  for (const NewTopic& topic : wanted) {
    raw.push_back(topic.get());
  }
  const auto request = [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_CreateTopics(client.native(), raw.data(), raw.size(), options, queue);
  };
  const Event event = ROWHOUSE_TRY(Call(client, RD_KAFKA_ADMIN_OP_CREATETOPICS, deadline, request));
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
  return CheckTopicResults(
      client, results, count, "creating", RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS
  );
}

bool HasLeaders(const rd_kafka_metadata_topic_t& topic) {
  const rd_kafka_metadata_partition_t* begin = topic.partitions;
  return topic.partition_cnt > 0 &&
         std::all_of(begin, begin + topic.partition_cnt, [](const auto& p) {
           return p.leader >= 0;
         });
}

enum class Presence { kThere, kGone };

// Brokers learn of an order some time after the controller has answered it.
Status WaitUntil(
    Client& client, std::set<std::string> topics, Presence presence, Deadline deadline
) {
  Backoff settle(kSettleFirst, kSettleMost);
  while (true) {
    const Metadata all = ROWHOUSE_TRY(AskMetadata(client, nullptr, deadline, "listing topics"));
    std::set<std::string> ready;
    for (int i = 0; i < all->topic_cnt; ++i) {
      if (presence == Presence::kGone || HasLeaders(all->topics[i])) {
        ready.insert(all->topics[i].topic);
      }
    }
    const bool done = std::all_of(topics.begin(), topics.end(), [&](const std::string& t) {
      return ready.contains(t) == (presence == Presence::kThere);
    });
    if (done) {
      return Ok();
    }
    if (deadline.Passed()) {
      return client.Explain(
          RD_KAFKA_RESP_ERR__TIMED_OUT, "waiting for its brokers to know a topic"
      );
    }
    WaitUnlessStopped(std::stop_token{}, settle.Next());
  }
}

}  // namespace

Result<std::unique_ptr<Admin>> Admin::Open(const KafkaOptions& options) {
  return std::make_unique<Admin>(ROWHOUSE_TRY(Client::Open(options, Role::kAdmin)));
}

Result<std::vector<BrokerInfo>> Admin::Ping(Deadline deadline) {
  const Metadata all =
      ROWHOUSE_TRY(AskMetadata(*client_, nullptr, deadline, "asking for its brokers"));
  std::vector<BrokerInfo> brokers;
  for (int i = 0; i < all->broker_cnt; ++i) {
    const rd_kafka_metadata_broker_t& b = all->brokers[i];
    brokers.push_back({b.id, fmt::format("{}:{}", b.host, b.port)});
  }
  return brokers;
}

Result<std::string> Admin::ClusterId(Deadline deadline) {
  const auto wait = static_cast<int>(std::max<int64_t>(deadline.Left().count(), 1));
  char* const id = rd_kafka_clusterid(client_->native(), wait);
  if (id == nullptr) {
    return client_->Explain(RD_KAFKA_RESP_ERR__TIMED_OUT, "asking for the cluster's id");
  }
  std::string copy(id);
  rd_kafka_mem_free(client_->native(), id);
  return copy;
}

Result<std::vector<TopicInfo>> Admin::Topics(Deadline deadline) {
  const Metadata all = ROWHOUSE_TRY(AskMetadata(*client_, nullptr, deadline, "listing topics"));
  std::vector<TopicInfo> topics;
  for (int i = 0; i < all->topic_cnt; ++i) {
    topics.push_back(InfoOf(all->topics[i]));
  }
  std::sort(topics.begin(), topics.end(), [](const TopicInfo& a, const TopicInfo& b) {
    return a.name < b.name;
  });
  return topics;
}

Result<TopicInfo> Admin::Topic(const std::string& topic, Deadline deadline) {
  // All of them, since asking for one by name may make it where auto-creation is on.
  for (TopicInfo& info : ROWHOUSE_TRY(Topics(deadline))) {
    if (info.name == topic) {
      return std::move(info);
    }
  }
  return Error(
      ErrorKind::kNotFound,
      fmt::format("{} has no topic '{}'", ServerName(client_->options()), topic)
  );
}

Status Admin::EnsureTopics(const std::vector<TopicSpec>& topics, Deadline deadline) {
  const Metadata all = ROWHOUSE_TRY(AskMetadata(*client_, nullptr, deadline, "listing topics"));
  std::set<std::string> known;
  for (int i = 0; i < all->topic_cnt; ++i) {
    known.insert(all->topics[i].topic);
  }
  std::vector<NewTopic> wanted;
  std::set<std::string> names;
  for (const TopicSpec& spec : topics) {
    if (!known.insert(spec.name).second) {
      continue;
    }
    ROWHOUSE_TRY(CheckReplication(spec, all->broker_cnt));
    wanted.push_back(ROWHOUSE_TRY(MakeNewTopic(spec)));
    names.insert(spec.name);
  }
  if (wanted.empty()) {
    return Ok();
  }
  ROWHOUSE_TRY(Create(*client_, wanted, deadline));
  return WaitUntil(*client_, std::move(names), Presence::kThere, deadline);
}

Status Admin::DeleteTopic(const std::string& topic, Deadline deadline) {
  rd_kafka_DeleteTopic_t* doomed = rd_kafka_DeleteTopic_new(topic.c_str());
  const auto request = [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_DeleteTopics(client_->native(), &doomed, 1, options, queue);
  };
  Result<Event> event = Call(*client_, RD_KAFKA_ADMIN_OP_DELETETOPICS, deadline, request);
  rd_kafka_DeleteTopic_destroy(doomed);
  if (!event) {
    return std::move(event).error();
  }
  size_t count = 0;
  const rd_kafka_topic_result_t** results =
      rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event->get()), &count);
  ROWHOUSE_TRY(CheckTopicResults(*client_, results, count, "deleting", RD_KAFKA_RESP_ERR_NO_ERROR));
  return WaitUntil(*client_, {topic}, Presence::kGone, deadline);
}

Result<std::string> Admin::Setting(
    const std::string& topic, std::string_view name, Deadline deadline
) {
  const ConfigResource wanted(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  rd_kafka_ConfigResource_t* raw = wanted.get();
  const auto request = [&](const rd_kafka_AdminOptions_t* options, rd_kafka_queue_t* queue) {
    rd_kafka_DescribeConfigs(client_->native(), &raw, 1, options, queue);
  };
  const Event event =
      ROWHOUSE_TRY(Call(*client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, deadline, request));
  size_t topics = 0;
  const rd_kafka_ConfigResource_t** described = rd_kafka_DescribeConfigs_result_resources(
      rd_kafka_event_DescribeConfigs_result(event.get()), &topics
  );
  size_t count = 0;
  const rd_kafka_ConfigEntry_t** entries =
      topics == 0 ? nullptr : rd_kafka_ConfigResource_configs(described[0], &count);
  for (size_t i = 0; i < count; ++i) {
    const char* value = rd_kafka_ConfigEntry_value(entries[i]);
    if (value != nullptr && rd_kafka_ConfigEntry_name(entries[i]) == name) {
      return std::string(value);
    }
  }
  return Error(
      ErrorKind::kNotFound,
      fmt::format("{} tells no {} of topic '{}'", ServerName(client_->options()), name, topic)
  );
}

Result<std::vector<PartitionRange>> Admin::Offsets(const std::string& topic, Deadline deadline) {
  const TopicInfo info = ROWHOUSE_TRY(Topic(topic, deadline));
  std::vector<PartitionRange> ranges;
  for (int32_t p = 0; p < info.partitions; ++p) {
    PartitionRange range{p, 0, 0};
    const rd_kafka_resp_err_t err = AskLeaders(deadline, [&](int wait_ms) {
      return rd_kafka_query_watermark_offsets(
          client_->native(), topic.c_str(), p, &range.begin, &range.end, wait_ms
      );
    });
    if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      return client_->Explain(err, fmt::format("reading the offsets of {}[{}]", topic, p));
    }
    ranges.push_back(range);
  }
  return ranges;
}

// Kafka's ListOffsets takes -2 and -1 for the first and the next offset where a time is asked for.
Status Admin::AskOffsets(
    const std::vector<TopicInfo>& topics, int64_t which, Deadline deadline, const EachOffset& each
) {
  int count = 0;
  for (const TopicInfo& topic : topics) {
    count += topic.partitions;
  }
  if (count == 0) {
    return Ok();
  }
  const std::
      unique_ptr<rd_kafka_topic_partition_list_t, decltype(&rd_kafka_topic_partition_list_destroy)>
          list(rd_kafka_topic_partition_list_new(count), &rd_kafka_topic_partition_list_destroy);
  for (const TopicInfo& topic : topics) {
    for (int32_t p = 0; p < topic.partitions; ++p) {
      rd_kafka_topic_partition_list_add(list.get(), topic.name.c_str(), p);
    }
  }
  const rd_kafka_resp_err_t err = AskLeaders(deadline, [&](int wait_ms) {
    for (int i = 0; i < list->cnt; ++i) {
      list->elems[i].offset = which;  // the answer stands in the same place
    }
    return rd_kafka_offsets_for_times(client_->native(), list.get(), wait_ms);
  });
  if (err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return client_->Explain(err, fmt::format("reading the offsets of {} topics", topics.size()));
  }
  for (int i = 0; i < list->cnt; ++i) {
    const rd_kafka_topic_partition_t& at = list->elems[i];
    if (at.err == RD_KAFKA_RESP_ERR_NO_ERROR && at.offset >= 0) {
      each(at.topic, at.partition, at.offset);
    }
  }
  return Ok();
}

Result<std::map<std::string, std::vector<PartitionRange>>> Admin::Offsets(
    const std::vector<TopicInfo>& topics, Deadline deadline
) {
  std::map<std::string, std::map<int32_t, PartitionRange>> found;
  const auto take_begin = [&found](const std::string& topic, int32_t p, int64_t offset) {
    found[topic][p] = {p, offset, -1};
  };
  ROWHOUSE_TRY(AskOffsets(topics, kFirstOffset, deadline, take_begin));
  const auto take_end = [&found](const std::string& topic, int32_t p, int64_t offset) {
    const auto at = found[topic].find(p);
    if (at != found[topic].end()) {
      at->second.end = offset;
    }
  };
  ROWHOUSE_TRY(AskOffsets(topics, kNextOffset, deadline, take_end));
  std::map<std::string, std::vector<PartitionRange>> out;
  for (const auto& [topic, partitions] : found) {
    for (const auto& [p, range] : partitions) {
      if (range.end >= 0) {
        out[topic].push_back(range);
      }
    }
  }
  return out;
}

}  // namespace rowhouse::kafka
