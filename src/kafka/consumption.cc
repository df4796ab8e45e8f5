#include "kafka/consumption.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

#include "kafka/reader.h"

namespace rowhouse::kafka {
namespace {

// So few are looked at one by one; more are more than none whatever they are.
constexpr uint64_t kLookedAtMost = 1000;

struct Delete {
  void operator()(rd_kafka_queue_t* q) const { rd_kafka_queue_destroy(q); }

  void operator()(rd_kafka_event_t* e) const { rd_kafka_event_destroy(e); }

  void operator()(rd_kafka_AdminOptions_t* o) const { rd_kafka_AdminOptions_destroy(o); }

  void operator()(rd_kafka_topic_partition_list_t* l) const {
    rd_kafka_topic_partition_list_destroy(l);
  }

  void operator()(rd_kafka_ListConsumerGroupOffsets_t* r) const {
    rd_kafka_ListConsumerGroupOffsets_destroy(r);
  }
};

template <typename T>
using Owned = std::unique_ptr<T, Delete>;

int LeftMs(const Deadline& deadline) {
  return static_cast<int>(std::max<int64_t>(deadline.Left().count(), 1));
}

}  // namespace

Result<std::unique_ptr<Consumption>> Consumption::Open(const KafkaOptions& options) {
  auto client = ROWHOUSE_TRY(Client::Open(options, Role::kAdmin));
  return std::unique_ptr<Consumption>(new Consumption(options, std::move(client)));
}

Result<uint64_t> Consumption::Unconsumed(
    const std::string& topic, const std::string& group, Deadline deadline
) {
  const auto ranges = ROWHOUSE_TRY(admin_.Offsets(topic, deadline));
  const auto committed = ROWHOUSE_TRY(Committed(topic, group, deadline));
  std::vector<PartitionStart> starts;
  uint64_t left = 0;
  for (const PartitionRange& range : ranges) {
    const auto at = committed.find(range.partition);
    // Retention may have taken what the group had not read; a group that never was reads from
    // the start.
    const int64_t next = at == committed.end() ? range.begin : std::max(at->second, range.begin);
    if (next < range.end) {
      left += static_cast<uint64_t>(range.end - next);
      starts.push_back({topic, range.partition, next});
    }
  }
  if (left == 0 || left > kLookedAtMost) {
    return left;
  }
  const auto reader = ROWHOUSE_TRY(Reader::Open(options_, starts));
  uint64_t records = 0;
  const auto count = [&records](const Record& record) { records += record.value ? 1 : 0; };
  ROWHOUSE_TRY(reader->ReadToEnd(count, deadline));
  return records;
}

Result<std::map<int32_t, int64_t>> Consumption::Ends(const std::string& topic, Deadline deadline) {
  std::map<int32_t, int64_t> ends;
  for (const PartitionRange& range : ROWHOUSE_TRY(admin_.Offsets(topic, deadline))) {
    ends[range.partition] = range.begin == range.end ? 0 : range.end;
  }
  return ends;
}

Result<uint64_t> Consumption::Before(
    const std::string& topic,
    const std::string& group,
    const std::map<int32_t, int64_t>& ends,
    Deadline deadline
) {
  const auto committed = ROWHOUSE_TRY(Committed(topic, group, deadline));
  uint64_t left = 0;
  for (const auto& [partition, end] : ends) {
    const auto at = committed.find(partition);
    const int64_t next = at == committed.end() ? 0 : at->second;
    left += next < end ? static_cast<uint64_t>(end - next) : 0;
  }
  return left;
}

Result<std::map<int32_t, int64_t>> Consumption::Committed(
    const std::string& topic, const std::string& group, Deadline deadline
) {
  rd_kafka_t* const native = client_->native();
  const TopicInfo info = ROWHOUSE_TRY(admin_.Topic(topic, deadline));
  const Owned<rd_kafka_topic_partition_list_t> wanted(
      rd_kafka_topic_partition_list_new(info.partitions)
  );
  for (int32_t p = 0; p < info.partitions; ++p) {
    rd_kafka_topic_partition_list_add(wanted.get(), topic.c_str(), p);
  }
  const Owned<rd_kafka_ListConsumerGroupOffsets_t> request(
      rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), wanted.get())
  );
  const Owned<rd_kafka_AdminOptions_t> options(
      rd_kafka_AdminOptions_new(native, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS)
  );
  std::array<char, 256> why{};
  rd_kafka_AdminOptions_set_request_timeout(
      options.get(), LeftMs(deadline), why.data(), why.size()
  );
  const Owned<rd_kafka_queue_t> queue(rd_kafka_queue_new(native));
  rd_kafka_ListConsumerGroupOffsets_t* requests[] = {request.get()};
  rd_kafka_ListConsumerGroupOffsets(native, requests, 1, options.get(), queue.get());
  const Owned<rd_kafka_event_t> event(rd_kafka_queue_poll(queue.get(), LeftMs(deadline)));
  const std::string what = fmt::format("asking for the offsets of group '{}'", group);
  if (event == nullptr) {
    return client_->Explain(RD_KAFKA_RESP_ERR__TIMED_OUT, what);
  }
  if (const auto err = rd_kafka_event_error(event.get()); err != RD_KAFKA_RESP_ERR_NO_ERROR) {
    return client_->Explain(err, what);
  }
  size_t groups = 0;
  const rd_kafka_group_result_t** results = rd_kafka_ListConsumerGroupOffsets_result_groups(
      rd_kafka_event_ListConsumerGroupOffsets_result(event.get()), &groups
  );
  std::map<int32_t, int64_t> committed;
  for (size_t g = 0; g < groups; ++g) {
    if (const rd_kafka_error_t* error = rd_kafka_group_result_error(results[g])) {
      return client_->Explain(rd_kafka_error_code(error), what);
    }
    const rd_kafka_topic_partition_list_t* list = rd_kafka_group_result_partitions(results[g]);
    for (int i = 0; i < list->cnt; ++i) {
      if (list->elems[i].offset >= 0) {
        committed[list->elems[i].partition] = list->elems[i].offset;
      }
    }
  }
  return committed;
}

}  // namespace rowhouse::kafka
