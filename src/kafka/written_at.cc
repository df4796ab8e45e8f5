#include "kafka/written_at.h"

#include <vector>

#include "kafka/reader.h"

namespace rowhouse::kafka {

namespace {

constexpr size_t kAtOnce = 500;

}  // namespace

Result<std::map<TopicPartition, int64_t>> WrittenAt(
    const KafkaOptions& options, const Committed& offsets, Deadline deadline
) {
  std::map<TopicPartition, int64_t> written;
  if (offsets.empty()) {
    return written;
  }
  std::vector<PartitionStart> starts;
  starts.reserve(offsets.size());
  for (const auto& [where, offset] : offsets) {
    starts.push_back({where.first, where.second, offset});
  }
  const auto reader = ROWHOUSE_TRY(Reader::Open(options, starts));
  while (written.size() < starts.size() && !deadline.Passed()) {
    for (const Record& record : ROWHOUSE_TRY(reader->Read(kAtOnce, deadline))) {
      written.try_emplace({record.topic, record.partition}, record.timestamp_ms);
    }
  }
  return written;
}

}  // namespace rowhouse::kafka
